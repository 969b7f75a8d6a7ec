package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory.Series;
import org.jspecify.annotations.Nullable;

/**
 * Early warnings in words: what in the data, the settings and the metrics so far usually ends in a model nobody wants.
 * Pure functions; a healthy run gets none.
 */
public final class Warnings {
    /** The code of {@link #outOfMemory}. */
    public static final String OUT_OF_MEMORY = "out-of-memory";

    private static final double CERTAIN_ACCURACY = 0.98;
    private static final double SATURATED_MARGIN = 5; // σ(5) = 0.993
    private static final double WORSE_FRACTION = 0.01;
    private static final double FALL_FRACTION = 0.02;

    private Warnings() {}

    /** All of {@link #beforeTraining} and {@link #duringTraining}. */
    public static List<Warning> of(MetricHistory history, DataFacts facts) {
        List<Warning> found = new ArrayList<>(beforeTraining(facts));
        found.addAll(duringTraining(history, facts));
        return List.copyOf(found);
    }

    /** What data and settings alone tell, before the first step. */
    public static List<Warning> beforeTraining(DataFacts facts) {
        return facts.warnings();
    }

    /** Memory was refused, and the same rows went through smaller forwards. */
    public static Warning outOfMemory(int tokensBefore, int tokensNow) {
        return new Warning(
                OUT_OF_MEMORY,
                format(
                        "Memory was refused with micro-batch-tokens %d; the same rows were computed again with %d, which changes results by rounding only.",
                        tokensBefore, tokensNow),
                format("Give micro-batch-tokens %d next time, or recompute true, or more memory.", tokensNow));
    }

    /** What the metrics so far tell; call it after an evaluation and at the end. */
    public static List<Warning> duringTraining(MetricHistory history, DataFacts facts) {
        List<Warning> found = new ArrayList<>();
        MethodFacts method = facts.method();
        notFinite(history).ifPresent(found::add);
        chosenFalling(history, method).ifPresent(found::add);
        if (!method.wantsCertainMargin()) {
            marginsSaturated(history).ifPresent(found::add);
        }
        if (!method.penalisesFall()) {
            evaluationWorse(history).ifPresent(found::add);
        }
        guardPerplexity(history, method).ifPresent(found::add);
        certainAtStart(history).ifPresent(found::add);
        if (method.isSampling()) {
            Overoptimization.of(history).warning().ifPresent(found::add);
        }
        gradientExploding(history).ifPresent(found::add);
        gradientClipped(history, facts.maxGradNorm(), method).ifPresent(found::add);
        return List.copyOf(found);
    }

    private static Optional<Warning> notFinite(MetricHistory history) {
        Series loss = history.series("loss");
        for (int i = 0; i < loss.size(); i++) {
            if (!Double.isFinite(loss.values()[i])) {
                return Optional.of(new Warning(
                        "loss-not-finite",
                        format("The loss was not finite at step %,.0f.", loss.steps()[i]),
                        "Lower learning-rate, look at the rows of that step, and resume from the last checkpoint."));
            }
        }
        return Optional.empty();
    }

    private static Optional<Warning> chosenFalling(MetricHistory history, MethodFacts method) {
        String advice = "The margin may grow by making both answers unlikely; " + againstFalling(method) + ".";
        Series evaluated = history.series("eval_logps/chosen");
        if (evaluated.size() >= 2) {
            double fall = evaluated.first() - evaluated.last();
            return fall >= 1 && fall >= FALL_FRACTION * Math.abs(evaluated.first())
                    ? Optional.of(new Warning(
                            "chosen-falling",
                            format(
                                    "The mean log-probability of the chosen evaluation answers fell from %.1f to %.1f.",
                                    evaluated.first(), evaluated.last()),
                            advice))
                    : Optional.empty();
        }
        if (!method.hasReference()) {
            return Optional.empty(); // then rewards are log-probabilities, which are below 0 anyhow
        }
        Series rewards = history.series("rewards/chosen");
        Series last = rewards.recent();
        return last.size() >= 5 && last.mean() < -2 * last.standardError() && last.mean() < -0.05
                ? Optional.of(new Warning(
                        "chosen-falling",
                        format(
                                "The chosen answers have become less likely than under the reference"
                                        + " (mean reward %.2f over the last %d steps).",
                                last.mean(), last.size()),
                        advice))
                : Optional.empty();
    }

    private static String againstFalling(MethodFacts method) {
        StringBuilder ways = new StringBuilder("lower learning-rate");
        if (!method.anchor().isEmpty()) {
            ways.append(" or raise ").append(method.anchor());
        }
        if (!method.isUnpaired() && !method.imitatesChosen()) {
            ways.append(", or add the sft loss (loss-weights)");
        }
        if (!method.isUnpaired() && method.hasReference() && !method.penalisesFall()) {
            ways.append(", or use dpop");
        }
        return ways.toString();
    }

    private static Optional<Warning> marginsSaturated(MetricHistory history) {
        Series margins = either(history, "rewards/margins", "margin").recent();
        Series accuracies = either(history, "rewards/accuracies", "accuracy").recent();
        if (margins.size() < 5 || margins.mean() < SATURATED_MARGIN || accuracies.mean() < CERTAIN_ACCURACY) {
            return Optional.empty();
        }
        return Optional.of(
                new Warning(
                        "margins-saturated",
                        format(
                                "Over the last %d steps the margin was %.1f and %.0f %% of the pairs were right.",
                                margins.size(), margins.mean(), 100 * accuracies.mean()),
                        "Nothing more is learned from these pairs; train for fewer steps, or add harder pairs (dpo: or raise beta)."));
    }

    private static Optional<Warning> evaluationWorse(MetricHistory history) {
        Series loss = history.series("eval_loss");
        if (loss.size() < 2) {
            return Optional.empty();
        }
        int best = 0;
        for (int i = 1; i < loss.size(); i++) {
            best = loss.values()[i] < loss.values()[best] ? i : best;
        }
        double least = loss.values()[best];
        if (loss.last() - least <= WORSE_FRACTION * Math.abs(least)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                "evaluation-worse",
                format(
                        "Evaluation loss was best at step %,.0f (%.4f) and is now worse (%.4f).",
                        loss.steps()[best], least, loss.last()),
                loss.steps()[best] == 0
                        ? "It never fell below that of the start; lower learning-rate, or see whether the evaluation rows are"
                                + " like the training rows."
                        : "The run overfits; use fewer epochs or a lower learning-rate, or keep-best eval_loss."));
    }

    private static Optional<Warning> guardPerplexity(MetricHistory history, MethodFacts method) {
        Series guard = history.series("eval_guard_perplexity");
        if (guard.size() < 2 || !(guard.first() >= 1)) {
            return Optional.empty();
        }
        Forgetting forgetting = new Forgetting(guard.first(), guard.last());
        return forgetting.alarm()
                ? Optional.of(new Warning(
                        "guard-perplexity",
                        format(
                                "Perplexity on the guard text rose by %.1f %% (from %.2f to %.2f).",
                                100 * forgetting.increaseFraction(), guard.first(), guard.last()),
                        "The model forgets general text; lower learning-rate, "
                                + (method.anchor().isEmpty() ? "" : "raise " + method.anchor() + " ")
                                + "or train for fewer steps."))
                : Optional.empty();
    }

    private static Optional<Warning> certainAtStart(MetricHistory history) {
        for (String name : List.of("eval_rewards/accuracies", "eval_accuracy")) {
            Series evaluated = history.series(name);
            if (evaluated.size() > 0 && evaluated.steps()[0] == 0 && evaluated.first() >= CERTAIN_ACCURACY) {
                return Optional.of(certain(format(
                        "Before the first step %.0f %% of the evaluation pairs were already right.",
                        100 * evaluated.first())));
            }
        }
        Series training = either(history, "rewards/accuracies", "accuracy");
        if (training.size() >= 6 && training.part(1, 6).mean() >= CERTAIN_ACCURACY) {
            return Optional.of(certain(format(
                    "In steps 2 to 6 %.0f %% of the pairs were already right.",
                    100 * training.part(1, 6).mean())));
        }
        return Optional.empty();
    }

    /** The figure of preference training, or that of reward models. */
    private static Series either(MetricHistory history, String name, String other) {
        Series series = history.series(name);
        return series.size() > 0 ? series : history.series(other);
    }

    private static Warning certain(String seen) {
        return new Warning(
                "certain-at-start",
                seen,
                "Either the pairs differ by something trivial (a marker, length, a truncated answer) or the model has"
                        + " seen them; look at a few with align render.");
    }

    private static Optional<Warning> gradientExploding(MetricHistory history) {
        Series norms = history.series("grad_norm");
        if (norms.size() < 20) {
            return Optional.empty();
        }
        double early = norms.part(0, norms.size() / 2).median();
        double late = norms.recent().median();
        if (!(late > 10 * early)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                "gradient-exploding",
                format("The gradient norm grew from %s in the first half to %s at the end.", brief(early), brief(late)),
                "Lower learning-rate, or add warm-up."));
    }

    private static Optional<Warning> gradientClipped(
            MetricHistory history, @Nullable Double bound, MethodFacts method) {
        Series norms = history.series("grad_norm");
        if (bound == null || norms.size() < 20) {
            return Optional.empty();
        }
        long clipped =
                Arrays.stream(norms.values()).filter(norm -> norm > bound).count();
        double median = norms.median();
        if (clipped < 0.95 * norms.size() || median < 10 * bound) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                "gradient-clipped",
                format(
                        method.isSampling()
                                ? "In %,d of %,d steps the gradients of the updates were clipped; their median norm %s is far above"
                                        + " max-grad-norm (%s)."
                                : "%,d of %,d gradients were clipped; their median norm %s is far above max-grad-norm (%s).",
                        clipped,
                        norms.size(),
                        brief(median),
                        brief(bound)),
                "Every step goes the full bound; "
                        + (method.isPreference() ? "lower beta or the rows' length" : "lower learning-rate")
                        + ", or raise max-grad-norm knowingly."));
    }

    /** Three significant digits. */
    static String brief(double value) {
        return format("%.3g", value);
    }
}
