package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;

/** The early warnings that several methods share, by what figures mean. */
public final class UsualWarnings {
    /** The warnings of a method that nothing holds near its start, in the order in which they are reported. */
    public static final List<EarlyWarning> ALL = List.of(
            UsualWarnings::lossNotFinite,
            UsualWarnings::marginsSaturated,
            UsualWarnings::evaluationWorse,
            guardPerplexity(""),
            guardTasks(""),
            UsualWarnings::certainAtStart,
            UsualWarnings::gradientExploding,
            gradientClipped("lower learning-rate"));

    private static final double CERTAIN_ACCURACY = 0.98;
    private static final double SATURATED_MARGIN = 5; // σ(5) = 0.993
    private static final double WORSE_FRACTION = 0.01;
    private static final int FEWEST_NORMS = 20;

    private UsualWarnings() {}

    /** Warns of the first step whose loss was no finite number; of what was left out where the options say so. */
    public static Optional<Warning> lossNotFinite(MetricHistory history, DataFacts facts) {
        Optional<Warning> leftOut = leftOut(history);
        if (leftOut.isPresent()) {
            return leftOut;
        }
        Series loss = history.steps(LoopFigures.LOSS);
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

    /** Warns of steps that were left out, and of rows that steps took no more, since they were not finite. */
    private static Optional<Warning> leftOut(MetricHistory history) {
        Series skipped = history.steps(LoopFigures.SKIPPED_ROWS);
        Series back = history.steps(LoopFigures.TIMES_ROLLED_BACK);
        if (skipped.size() + back.size() == 0) {
            return Optional.empty();
        }
        double first = Math.min(
                skipped.size() == 0 ? Double.POSITIVE_INFINITY : skipped.steps()[0],
                back.size() == 0 ? Double.POSITIVE_INFINITY : back.steps()[0]);
        return Optional.of(new Warning(
                "loss-not-finite",
                format(
                        "Steps were not finite, the first at step %,.0f: %d were not applied, before %d the run went back.",
                        first, skipped.size(), back.size()),
                "Look at the rows that not_finite in manifest.json names; maybe lower learning-rate."));
    }

    /** Warns of pairs from which nothing more is learned. */
    public static Optional<Warning> marginsSaturated(MetricHistory history, DataFacts facts) {
        Series margins = history.steps(facts.method().figures(), Meaning.MARGIN).recent();
        Series accuracies =
                history.steps(facts.method().figures(), Meaning.ACCURACY).recent();
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

    /** Warns of an evaluation loss that has been better before. */
    public static Optional<Warning> evaluationWorse(MetricHistory history, DataFacts facts) {
        Series loss = history.evaluations(LoopFigures.LOSS);
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

    /**
     * Warns of general text that is forgotten.
     *
     * @param anchor the option that keeps the policy near its start; empty where nothing does
     */
    public static EarlyWarning guardPerplexity(String anchor) {
        return (history, facts) -> {
            Series guard = history.evaluations(LoopFigures.GUARD_PERPLEXITY);
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
                            "The model forgets general text; " + against(anchor)))
                    : Optional.empty();
        };
    }

    private static String against(String anchor) {
        return "lower learning-rate, " + (anchor.isEmpty() ? "" : "raise " + anchor + " ")
                + "or train for fewer steps.";
    }

    /**
     * Warns of a guard task of which fewer items are right than before the first step, beyond what chance explains.
     *
     * @param anchor the option that keeps the policy near its start; empty where nothing does
     */
    public static EarlyWarning guardTasks(String anchor) {
        return (history, facts) -> {
            List<String> fallen = GuardTaskFigures.among(history.names()).stream()
                    .flatMap(task -> fallen(history, task).stream())
                    .toList();
            return fallen.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Warning(
                            "guard-tasks",
                            String.join(" ", fallen),
                            "The model forgets what it could do; " + against(anchor)));
        };
    }

    private static Optional<String> fallen(MetricHistory history, GuardTaskFigures task) {
        Series values = evaluated(history, task.value());
        double low = evaluated(history, task.changeLow()).last();
        double high = evaluated(history, task.changeHigh()).last();
        return high < 0
                ? Optional.of(format(
                        "On the guard task %s %.1f %% of the items were right before and %.1f %% are now (change %.1f points, 95 %% interval %.1f to %.1f).",
                        task.task(),
                        100 * values.first(),
                        100 * values.last(),
                        100 * evaluated(history, task.change()).last(),
                        100 * low,
                        100 * high))
                : Optional.empty();
    }

    private static Series evaluated(MetricHistory history, String name) {
        return history.series(Figure.EVALUATION + name);
    }

    /** Warns of pairs that are right before anything was learned. */
    public static Optional<Warning> certainAtStart(MetricHistory history, DataFacts facts) {
        Series evaluated = history.evaluations(facts.method().figures(), Meaning.ACCURACY);
        if (evaluated.size() > 0 && evaluated.steps()[0] == 0 && evaluated.first() >= CERTAIN_ACCURACY) {
            return Optional.of(certain(format(
                    "Before the first step %.0f %% of the evaluation pairs were already right.",
                    100 * evaluated.first())));
        }
        Series training = history.steps(facts.method().figures(), Meaning.ACCURACY);
        if (training.size() >= 6 && training.part(1, 6).mean() >= CERTAIN_ACCURACY) {
            return Optional.of(certain(format(
                    "In steps 2 to 6 %.0f %% of the pairs were already right.",
                    100 * training.part(1, 6).mean())));
        }
        return Optional.empty();
    }

    private static Warning certain(String seen) {
        return new Warning(
                "certain-at-start",
                seen,
                "Either the pairs differ by something trivial (a marker, length, a truncated answer) or the model has"
                        + " seen them; look at a few with align render.");
    }

    /** Warns of gradients that grow without end. */
    public static Optional<Warning> gradientExploding(MetricHistory history, DataFacts facts) {
        Series norms = history.steps(LoopFigures.GRADIENT_NORM);
        if (norms.size() < FEWEST_NORMS) {
            return Optional.empty();
        }
        double early = norms.part(0, norms.size() / 2).median();
        double late = norms.recent().median();
        if (!(late > 10 * early)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                "gradient-exploding",
                format(
                        "The gradient norm grew from %s in the first half to %s at the end.",
                        Warnings.brief(early), Warnings.brief(late)),
                "Lower learning-rate, or add warm-up."));
    }

    /**
     * Warns of gradients nearly all of which are clipped.
     *
     * @param remedy how they become smaller, {@code lower learning-rate}
     */
    public static EarlyWarning gradientClipped(String remedy) {
        return (history, facts) -> clipped(history, facts)
                .map(clipped -> clipped.warning(
                        format("%,d of %,d gradients were clipped", clipped.clipped, clipped.steps), remedy));
    }

    /** Warns of gradients nearly all of which are clipped, where a step has several updates. */
    public static EarlyWarning gradientsOfUpdatesClipped(String remedy) {
        return (history, facts) -> clipped(history, facts)
                .map(clipped -> clipped.warning(
                        format(
                                "In %,d of %,d steps the gradients of the updates were clipped",
                                clipped.clipped, clipped.steps),
                        remedy));
    }

    private record Clipped(long clipped, int steps, double median, double bound) {
        Warning warning(String seen, String remedy) {
            return new Warning(
                    "gradient-clipped",
                    format(
                            "%s; their median norm %s is far above max-grad-norm (%s).",
                            seen, Warnings.brief(median), Warnings.brief(bound)),
                    "Every step goes the full bound; " + remedy + ", or raise max-grad-norm knowingly.");
        }
    }

    private static Optional<Clipped> clipped(MetricHistory history, DataFacts facts) {
        Series norms = history.steps(LoopFigures.GRADIENT_NORM);
        Double bound = facts.rate().maxGradNorm();
        if (bound == null || norms.size() < FEWEST_NORMS) {
            return Optional.empty();
        }
        long clipped =
                Arrays.stream(norms.values()).filter(norm -> norm > bound).count();
        double median = norms.median();
        return clipped < 0.95 * norms.size() || median < 10 * bound
                ? Optional.empty()
                : Optional.of(new Clipped(clipped, norms.size(), median, bound));
    }

    /** Looks at a run's figures so far for one thing that usually ends in a model nobody wants. A pure function. */
    public interface EarlyWarning {
        /**
         * Warns where the figures show the cause.
         *
         * @param history the figures so far
         * @param facts what else is known of the run
         */
        Optional<Warning> look(MetricHistory history, DataFacts facts);
    }

    /**
     * What a run did to the model's command of general text: perplexity on the guard text before and after.
     *
     * @param before perplexity of the starting model
     * @param after perplexity of the trained one
     */
    public record Forgetting(double before, double after) {
        /** The rise from which on {@link #alarm()} holds: 5 %. */
        public static final double ALARM_FRACTION = 0.05;

        public Forgetting {
            if (!(before >= 1 && before < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "The perplexity before is " + before + " but a perplexity is finite and at least 1.");
            }
        }

        /** Relative change: 0.07 for a perplexity that rose by 7 %. */
        public double increaseFraction() {
            return after / before - 1;
        }

        /** Whether the perplexity rose by 5 % or more, or is no longer a number. */
        public boolean alarm() {
            return !(increaseFraction() < ALARM_FRACTION);
        }
    }
}
