package org.align4j.ppo.report;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;

/**
 * What the options of methods that learn from a policy's own answers do to the scale of their figures. What is taken off a score before it
 * is reported rescales the scores; how answers are drawn rescales all that is measured of answers, since equal policies then answer
 * otherwise.
 */
public final class PpoScales {
    /** The measure of held-out rows: the score of each answer. */
    static final String MEASURE = "score";

    private static final String REWARDS = "rewards/";
    private static final String JUDGED = "judge/";

    /** The scores of answers, after all that is taken off them. */
    private static final Set<String> SCORES = with(
            Set.of(MEASURE),
            PpoFigures.SCORE,
            PpoFigures.SCORE_DEVIATION,
            PpoFigures.HIGHEST_SCORE,
            PpoFigures.AT_HIGHEST,
            PpoFigures.OBJECTIVE,
            PpoFigures.SPREADLESS,
            PpoFigures.SCORE_RISE);

    /** What one reward says of answers, and the scores that are made of it. */
    private static final Set<String> REWARDED = joined(SCORES, Set.of(REWARDS));

    /** Distances from the reference. */
    private static final Set<String> DISTANCES = FigureScales.names(
            PpoFigures.KL,
            PpoFigures.KL_K2,
            PpoFigures.KL_K3,
            PpoFigures.PENALTY,
            PpoFigures.OBJECTIVE,
            PpoFigures.REFERENCE_PERPLEXITY);

    private static final Set<String> PENALTIES =
            FigureScales.names(PpoFigures.PENALTY, PpoFigures.OBJECTIVE, PpoFigures.KL_COEFFICIENT);

    /** What is minimised, and what a step's updates say of themselves. */
    private static final Set<String> UPDATES =
            Set.of(LoopFigures.LOSS.name(), "loss/", "policy/", "value/", "clip_ratio/");

    private static final Set<String> GROUPS = FigureScales.names(
            PpoFigures.SPREADLESS,
            PpoFigures.REDRAWN,
            PpoFigures.HIGHEST_SCORE,
            PpoFigures.AT_HIGHEST,
            PpoFigures.SHORTEST,
            PpoFigures.LONGEST);

    /** All that is measured of drawn answers. */
    private static final Set<String> ANSWERS = joined(
            UPDATES,
            with(
                    Set.of(
                            MEASURE,
                            "objective/",
                            "responses/",
                            "completions/",
                            "episodes/",
                            "groups/",
                            REWARDS,
                            JUDGED),
                    PpoFigures.SPREADLESS));

    /** What options do to the scale of the figures of {@code align ppo}. */
    static final FigureScales ALL = drawing(LoopFigures.SCALES, ANSWERS)
            .rescaling(ANSWERS, "environment", "max-turns", "max-episode-tokens", "max-episode-seconds")
            .rescaling(REWARDED, "reward", "columns", "map-values")
            .rescaling(joined(REWARDED, Set.of(JUDGED)), "ensemble-penalty", "judge-rubric")
            .rescaling(SCORES, "reward-weights", "missing-eos-penalty", "reward-clip", "overlong-penalty")
            .rescaling(Set.of(JUDGED), "eval-reward", "columns", "map-values")
            .rescaling(DISTANCES, "reference", "model", "adapter", "method", "quantization", "double-quantization")
            .rescaling(PENALTIES, "kl-coefficient", "kl-target", "kl-horizon", "kl-estimator")
            .rescaling(UPDATES, "kl-coefficient", "kl-target", "kl-horizon", "kl-estimator", "reference")
            .rescaling(UPDATES, "algorithm", "reward", "reward-weights", "reward-normalization", "whiten-rewards")
            .rescaling(UPDATES, "clip-range", "clip-range-high", "dual-clip", "entropy-coefficient", "ppo-epochs")
            .rescaling(UPDATES, "mini-batches", "early-stop-kl", "value-clip-range", "value-coefficient", "gamma")
            .rescaling(UPDATES, "gae-lambda", "group-loss", "ratio", "advantage-scale", "sapo-temperature-pos")
            .rescaling(UPDATES, "sapo-temperature-neg", "vespo-k-pos", "vespo-lambda-pos", "vespo-k-neg")
            .rescaling(UPDATES, "vespo-lambda-neg", "mask-truncated", "top-entropy-share", "max-sequence-kl", "credit")
            .rescaling(GROUPS, "samples-per-prompt", "rollouts-per-step", "redraw-groups")
            .leaving("value-learning-rate", "value-warmup-steps", "reward-timeout", "reward-key", "judge-key")
            .leaving("generation-batch", "max-kl", "max-length-ratio", "min-entropy", "stop-over-optimized");

    private PpoScales() {}

    /** Returns the decisions and those on how answers are drawn. */
    public static FigureScales drawing(FigureScales others, Set<String> ofAnswers) {
        return others.rescaling(ofAnswers, "max-new-tokens", "temperature", "top-k", "top-p", "min-p")
                .rescaling(
                        ofAnswers,
                        "repetition-penalty",
                        "presence-penalty",
                        "frequency-penalty",
                        "logit-bias",
                        "forbid",
                        "stop");
    }

    private static Set<String> with(Set<String> names, Figure... figures) {
        return joined(names, FigureScales.names(figures));
    }

    private static Set<String> joined(Set<String> some, Set<String> others) {
        return Stream.of(some, others).flatMap(Set::stream).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
