package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.Trait;

/** The figures of preference optimization. */
final class DpoFigures {
    /** The mean reward of chosen, or desirable, answers. */
    public static final Figure CHOSEN_REWARD =
            Figure.of("rewards/chosen", Meaning.REWARD).higherIsBetter();

    /** The mean reward of rejected, or undesirable, answers. */
    public static final Figure REJECTED_REWARD =
            Figure.of("rewards/rejected", Meaning.REWARD).lowerIsBetter();

    /** The mean difference between the two rewards. */
    public static final Figure MARGIN =
            Figure.of("rewards/margins", Meaning.MARGIN).higherIsBetter().captioned("Reward margin");

    /** The share of pairs whose chosen answer gets the higher reward. */
    public static final Figure ACCURACY = Figure.of("rewards/accuracies", Meaning.ACCURACY)
            .higherIsBetter()
            .comparedWithStart()
            .captioned("Pairs won against the reference");

    /** The mean log-probability of chosen, or desirable, answers under the policy. */
    public static final Figure CHOSEN_LOG_PROB = Figure.of("logps/chosen", Meaning.LOG_PROBABILITY)
            .higherIsBetter()
            .captioned("Log-probability of chosen answers");

    /** The mean log-probability of rejected, or undesirable, answers under the policy. */
    public static final Figure REJECTED_LOG_PROB = Figure.of("logps/rejected", Meaning.LOG_PROBABILITY)
            .lowerIsBetter()
            .captioned("Log-probability of rejected answers");

    /** The share of pairs whose chosen answer is the likelier one under the policy. */
    public static final Figure LIKELIER = Figure.of("logps/accuracies", Meaning.LIKELIER)
            .higherIsBetter()
            .captioned("Pairs whose chosen answer is likelier");

    /** KTO's z: the mean log-ratio of answers to other rows' prompts. */
    public static final Figure BASELINE =
            Figure.of("kl", Meaning.BASELINE).lowerIsBetter().captioned("KTO's z");

    private static final String PARTS = "loss/";

    /** What is minimised, and its parts. */
    private static final Set<String> LOSSES = Set.of(LoopFigures.LOSS.name(), PARTS);

    /** The sizes of rewards: what scales them moves no accuracy. */
    private static final Set<String> SIZES =
            Set.of(LoopFigures.LOSS.name(), PARTS, CHOSEN_REWARD.name(), REJECTED_REWARD.name(), MARGIN.name());

    /** All that is measured against the reference. */
    private static final Set<String> REWARDS = Set.of(LoopFigures.LOSS.name(), PARTS, "rewards/", BASELINE.name());

    /** The measure of rows that counts from the model before training. */
    private static final Set<String> FROM_START = Set.of("win_rate");

    private static final FigureScales SCALES = LoopFigures.SCALES
            .rescaling(LOSSES, "loss-weights", "label-smoothing", "wpo")
            .rescaling(SIZES, "beta", "f-divergence", "f-alpha")
            .rescaling(REWARDS, "loss", "ld-alpha", "reference", "reference-sync-steps", "reference-mixup")
            .rescaling(REWARDS, "model", "adapter", "method", "quantization", "double-quantization")
            .rescaling(FROM_START, "model", "adapter", "method", "quantization", "double-quantization")
            .leaving("reference-cache", "prefix-sharing", "packing");

    private DpoFigures() {}

    /** What a loss of several adds to the whole. */
    public static Figure part(String loss) {
        return Figure.of(PARTS + loss, Meaning.LOSS_PART).lowerIsBetter();
    }

    /**
     * Returns what options do to the scale of these figures, the parameters of losses as these declare it.
     *
     * @param losses of a run, which may be given by their classes
     */
    static FigureScales scales(List<LossKind> losses) {
        FigureScales scales = SCALES;
        List<LossKind> all = new ArrayList<>(LossCatalogue.listed());
        all.addAll(losses);
        for (LossKind loss : all) {
            for (LossKind.LossParameter parameter : loss.parameters()) {
                String option = parameter.option().name();
                scales = switch (parameter.rescales()) {
                    case NOTHING -> scales.leaving(option);
                    case LOSS -> scales.rescaling(LOSSES, option);
                    case REWARDS -> scales.rescaling(REWARDS, option);
                    case UNDECIDED -> scales.undecided(REWARDS, option);
                };
            }
        }
        return losses.stream()
                        .anyMatch(loss -> loss.traits().contains(Trait.NEEDS_WHOLE_BATCH)
                                || loss.traits().contains(Trait.NEEDS_MISMATCHED_ROWS))
                ? scales.rescaling(LOSSES, "batch-size").rescaling(FigureScales.names(BASELINE), "batch-size")
                : scales;
    }

    /**
     * The figures that pairs give.
     *
     * @param losses that are minimised, by name
     */
    public static List<Figure> ofPairs(List<String> losses) {
        List<Figure> figures = new ArrayList<>(ofAnswers());
        figures.add(ACCURACY);
        figures.add(LIKELIER);
        if (losses.size() > 1) {
            losses.forEach(loss -> figures.add(part(loss)));
        }
        return figures;
    }

    /** The figures that single answers give, as pairs do; {@link #BASELINE} aside. */
    public static List<Figure> ofAnswers() {
        return List.of(
                LoopFigures.LOSS,
                CHOSEN_REWARD,
                REJECTED_REWARD,
                MARGIN,
                CHOSEN_LOG_PROB,
                REJECTED_LOG_PROB,
                LoopFigures.ENTROPY);
    }
}
