package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import java.util.Collection;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** What a run keeps and shows on its way. */
@Heading("Checkpoints, evaluation and report")
public record CheckpointOptions(
        KeptOptions kept,
        EvaluationOptions evaluations,

        @Option(
                help = "What is done about a step whose loss or gradient is not finite: fail ends the run; skip leaves"
                        + " the step out; roll-back goes back to the last checkpoint and leaves out its rows. The run"
                        + " ends after 3 in a row.",
                defaultValue = "fail")
        OnNan onNan,

        ShownOptions shown) {
    /** Which checkpoints are written, and which stay. */
    public record KeptOptions(
            @Option(
                    help =
                            "Steps between checkpoints; more lose more work to a kill; auto is every 10 minutes, each epoch's end and the end.",
                    unset = "auto")
            @Nullable
            Integer saveEvery,

            @Option(help = "How many of the newest checkpoints stay; more take more disk.", defaultValue = "3")
            int keep,

            @Option(
                    help =
                            "Save a checkpoint that stays every this many steps, however many newer ones there are, such as for align frontier; fewer take more disk.",
                    unset = "none")
            @Nullable
            Integer keepEvery,

            @Option(
                    help =
                            "Save at each epoch's end, and after each evaluation of --eval-every, and keep the adapter in adapters/step-000100 though its checkpoint goes; takes more disk.",
                    defaultValue = "false")
            boolean epochAdapters,

            @Option(help = "The evaluation figure, such as loss, whose best checkpoint stays too.", unset = "none")
            @Nullable
            String keepBest) {}

    /** When the run is evaluated, and when that ends it. */
    public record EvaluationOptions(
            @Option(
                    help = "Evaluations without a better figure after which the run ends; more wait longer.",
                    unset = "none")
            @Nullable
            Integer earlyStopPatience,

            @Option(
                    help =
                            "Steps between evaluations; more evaluate less often; auto is each epoch's end. First and last always.",
                    unset = "auto")
            @Nullable
            Integer evalEvery) {}

    /** What the run shows of itself. */
    public record ShownOptions(
            @Option(help = "Steps between lines on the console; more print fewer lines.", defaultValue = "1")
            int logEvery,

            @Option(help = "Write report.html at the end.", defaultValue = "true")
            boolean report,

            @Option(
                    help = "Prompts answered before and after training, for the report; more take longer; 0 for none.",
                    defaultValue = "4")
            int samples) {}

    private static final String PREFIX = "eval_";

    /** Checks ranges. */
    public CheckpointOptions {
        InputException.requireAtLeast(1, "save-every", kept.saveEvery(), "or auto");
        InputException.requireAtLeast(1, "keep", kept.keep(), "3 is usual");
        InputException.requireAtLeast(1, "keep-every", kept.keepEvery(), "or none");
        InputException.requireAtLeast(1, "early-stop-patience", evaluations.earlyStopPatience(), "or none");
        InputException.requireAtLeast(1, "eval-every", evaluations.evalEvery(), "or auto");
        InputException.requireAtLeast(1, "log-every", shown.logEvery(), "1 shows each step");
        InputException.requireAtLeast(0, "samples", shown.samples(), "4 is usual");
        if (kept.keepBest() != null && kept.keepBest().isBlank()) {
            throw new InputException("keep-best is empty but must name a figure of the evaluation, such as loss.");
        }
    }

    /** Refuses what only evaluation rows can serve, where there are none. */
    public void requireEvaluation(boolean evaluates) {
        String given = kept.keepBest() != null
                ? "keep-best"
                : evaluations.earlyStopPatience() != null
                        ? "early-stop-patience"
                        : evaluations.evalEvery() != null ? "eval-every" : null;
        if (given != null && !evaluates) {
            throw new InputException(format(
                    "%s is given but there are no evaluation rows; give eval-data or eval-fraction, or drop it.",
                    given));
        }
    }

    /**
     * Refuses to watch a figure that no evaluation will report.
     *
     * @param reported the names of those that it reports, without prefix
     * @throws InputException naming the nearest of them
     */
    public void requireWatchable(Collection<String> reported) {
        String watched = watched();
        if (watched == null) {
            return;
        }
        String name = watched.substring(PREFIX.length());
        if (!reported.contains(name)) {
            throw new InputException(format(
                    "%s, which this run's evaluation does not report%s It reports %s.",
                    kept.keepBest() == null
                            ? "early-stop-patience is " + evaluations.earlyStopPatience() + " and waits for loss"
                            : "keep-best is " + Shortened.of(kept.keepBest()),
                    Nearest.hint(Shortened.of(name), reported),
                    String.join(", ", reported)));
        }
    }

    /** The figure that is watched, as the metrics name it; null where none is. */
    public @Nullable String watched() {
        if (kept.keepBest() != null) {
            return kept.keepBest().startsWith(PREFIX) ? kept.keepBest() : PREFIX + kept.keepBest();
        }
        return evaluations.earlyStopPatience() == null ? null : PREFIX + "loss";
    }

    /** What is done about a step whose loss, gradient, weights or moments are not finite. No such step is ever applied. */
    public enum OnNan {
        /** The run ends with exit code 1. */
        FAIL,
        /** The step is left out and the schedule goes on. */
        SKIP,
        /** The run goes back to its last checkpoint and takes the steps since again, without the rows of this one. */
        ROLL_BACK
    }
}
