package org.align4j.core.figure;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.align4j.core.figure.Figure.Meaning;

/** The figures that every run has, whatever its method. */
public final class LoopFigures {
    /** The loss of a step, over the whole batch. */
    public static final Figure LOSS =
            Figure.of("loss", Meaning.LOSS).lowerIsBetter().captioned("Loss");

    /** The entropy of a token of the data's answers. */
    public static final Figure ENTROPY = Figure.of("entropy", Meaning.ENTROPY).captioned("Entropy per token");

    /** The gradient's norm before clipping. */
    public static final Figure GRADIENT_NORM =
            Figure.of("grad_norm", Meaning.GRADIENT_NORM).notOfRows();

    /** The learning rate that was applied. */
    public static final Figure LEARNING_RATE =
            Figure.of("learning_rate", Meaning.RATE).notOfRows();

    /** Tokens computed in a second. */
    public static final Figure TOKENS_PER_SECOND =
            Figure.of("tokens_per_second", Meaning.SPEED).notOfRows();

    /** The most memory so far. */
    public static final Figure PEAK_MEMORY =
            Figure.of("peak_memory_bytes", Meaning.MEMORY).notOfRows();

    /** The perplexity of general text, which an evaluation gives with its rows. */
    public static final Figure GUARD_PERPLEXITY = Figure.of("guard_perplexity", Meaning.GENERAL_PERPLEXITY)
            .lowerIsBetter()
            .captioned("Perplexity on general text")
            .notOfRows();

    /** Rows of a step that was not applied, 0 where all of them had been left out before; in that step's line. */
    public static final Figure SKIPPED_ROWS =
            Figure.of("num_skipped", Meaning.QUANTITY).notOfRows();

    /** Rows that a step did without, since the run had gone back because of them. */
    public static final Figure LEFT_OUT_ROWS =
            Figure.of("num_left_out", Meaning.QUANTITY).notOfRows();

    /** How often the run went back before a step that was not finite, in that step's line. */
    public static final Figure TIMES_ROLLED_BACK =
            Figure.of("num_rolled_back", Meaning.QUANTITY).notOfRows();

    /** Seconds of a step in which what trains went to a cluster. */
    public static final Figure SECONDS_BROADCAST =
            Figure.of("seconds_broadcast", Meaning.QUANTITY).notOfRows();

    /** Seconds of a step in which a cluster took forwards. */
    public static final Figure SECONDS_FORWARDS =
            Figure.of("seconds_forwards", Meaning.QUANTITY).notOfRows();

    /** Seconds of a step in which the gradients of a cluster's slices were added. */
    public static final Figure SECONDS_REDUCE =
            Figure.of("seconds_reduce", Meaning.QUANTITY).notOfRows();

    /** Seconds of a step's forwards in which a cluster's cores computed nothing, on average. */
    public static final Figure SECONDS_IDLE =
            Figure.of("seconds_idle", Meaning.QUANTITY).notOfRows();

    /**
     * What the options of every training do to these figures. What changes the tokens of held-out rows rescales nothing: rows are compared by
     * the hash of their tokens.
     */
    public static final FigureScales SCALES = FigureScales.NONE
            .rescaling(FigureScales.names(GUARD_PERPLEXITY), "guard-data")
            .rescaling(Set.of(GuardTaskFigures.PREFIX), "guard-tasks")
            .leaving("model", "data", "eval-data", "eval-fraction", "out", "dry-run", "seed", "adapter", "method")
            .leaving("quantization", "double-quantization", "weights", "recompute", "log-prob-chunk", "dtype", "device")
            .leaving("products")
            .leaving(
                    "format",
                    "columns",
                    "wrap",
                    "map-values",
                    "delimiter",
                    "encoding",
                    "max-length",
                    "bad-rows",
                    "too-long")
            .leaving("chat-template", "template-args", "system", "control-tokens")
            .leaving("lora-rank", "lora-alpha", "lora-dropout", "lora-targets", "lora-variant", "lora-exclude")
            .leaving("lora-layers", "lora-bias", "lora-rank-pattern", "lora-alpha-pattern", "modules-to-save")
            .leaving("learning-rate", "epochs", "max-steps", "batch-size", "micro-batch-tokens", "shuffle", "schedule")
            .leaving("warmup-steps", "warmup-fraction", "weight-decay", "adam-beta1", "adam-beta2", "adam-epsilon")
            .leaving("max-grad-norm", "on-nan", "save-every", "keep", "keep-every", "epoch-adapters", "keep-best")
            .leaving("early-stop-patience", "eval-every", "log-every", "report", "samples", "watch", "track", "threads")
            .leaving("cluster", "cluster-timeout", "cluster-mixed", "gradient-slices", "gradient-order")
            .leaving("slice-threads", "processes");

    private LoopFigures() {}

    /**
     * The names of the figures of a guard task in an evaluation: its value, and by how much that is above the first evaluation's, with the
     * bounds of the paired difference's interval.
     *
     * @param task the task's name
     */
    public record GuardTaskFigures(String task) {
        static final String PREFIX = "guard_tasks/";
        private static final String CHANGE = "/change";

        /** Returns the name of the value: the share of items that are right. */
        public String value() {
            return PREFIX + task;
        }

        /** Returns the name of the value less that of the first evaluation. */
        public String change() {
            return value() + CHANGE;
        }

        /** Returns the name of the interval's lower bound. */
        public String changeLow() {
            return change() + "_low";
        }

        /** Returns the name of the interval's upper bound. */
        public String changeHigh() {
            return change() + "_high";
        }

        /** Whether the name of an evaluation's figure is one of a guard task. */
        public static boolean isOne(String name) {
            return name.startsWith(Figure.EVALUATION + PREFIX);
        }

        /** Returns the figures of the tasks that have some among the names of an evaluation's figures, in their order. */
        public static List<GuardTaskFigures> among(Collection<String> names) {
            return names.stream()
                    .filter(name -> isOne(name) && name.endsWith(CHANGE))
                    .map(name -> name.substring((Figure.EVALUATION + PREFIX).length(), name.length() - CHANGE.length()))
                    .map(GuardTaskFigures::new)
                    .toList();
        }
    }
}
