package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The state of a run as {@code result.json} has it: at work, stopped, failed or finished, and what came of it.
 *
 * @param status running, done, stopped or failed
 * @param step optimizer steps done
 * @param totalSteps steps the run is to have
 * @param metrics the last figures of every name, training and evaluation
 * @param reason why it ended where that isn't plain: the signal, the error, an early stop; null otherwise
 * @param best the best evaluation, null where none is watched
 * @param warnings early warnings in words, in the order they arose
 * @param verdict what it did to the model; unclear until it is done, and in runs of earlier versions
 * @param evidence the figures that the verdict rests on; none until it is done, and in runs of earlier versions
 */
public record RunResult(
        Status status,
        int step,
        int totalSteps,
        StepMetrics metrics,
        @Nullable String reason,
        RunState.@Nullable Best best,
        List<String> warnings,
        @Nullable Verdict verdict,
        @Nullable List<Measured> evidence) {
    public RunResult {
        evidence = evidence == null ? List.of() : List.copyOf(evidence);
        verdict = verdict == null ? Verdict.UNCLEAR : verdict;
        warnings = List.copyOf(warnings);
    }

    /** A run that has just begun. */
    public static RunResult start(int totalSteps) {
        return new RunResult(
                Status.RUNNING, 0, totalSteps, StepMetrics.EMPTY, null, null, List.of(), Verdict.UNCLEAR, List.of());
    }

    /** Returns this result with the verdict on what the run did to the model. */
    public RunResult judged(Judgement found) {
        return new RunResult(
                status, step, totalSteps, metrics, reason, best, warnings, found.verdict(), found.evidence());
    }

    /** The states that a run can have. */
    public enum Status {
        /** The run is at work, or was killed without a word. */
        RUNNING,
        /** The run came to its end; the adapter or model is in the run directory. */
        DONE,
        /** The run was asked to stop by a signal; its last step is saved. */
        STOPPED,
        /** The run could not go on; the last checkpoint is whole. */
        FAILED;

        @JsonValue
        String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a checkpoint remembers of the run besides its parts ({@code state.json}). The position in the data is not among
     * it: the rows of a step follow from seed and step alone.
     *
     * @param step optimizer steps done, from 1; 0 before the first
     * @param metricsBytes the length of {@code metrics.jsonl} when the checkpoint was taken
     * @param tokens tokens computed in training forwards so far ({@code num_tokens})
     * @param paddingTokens padding computed so far ({@code num_padding_tokens})
     * @param evaluated whether the evaluation due after this step is already among the metrics
     * @param best the best evaluation so far, null before the first or where none is watched
     * @param evaluationsSinceBest evaluations since then without an improvement
     * @param notFinite what was not finite and was left out; null for nothing
     */
    public record RunState(
            int step,
            long metricsBytes,
            long tokens,
            long paddingTokens,
            boolean evaluated,
            @Nullable Best best,
            int evaluationsSinceBest,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            LeftOut notFinite) {
        /** The state of a run before its first step. */
        public static final RunState START = new RunState(0, 0, 0, 0, false, null, 0, null);

        /** Returns what was left out, which is nothing where no step was met that is not finite. */
        public LeftOut leftOut() {
            return notFinite == null ? LeftOut.NONE : notFinite;
        }

        /** Returns the state one step further, which was applied. */
        public RunState afterApplied(long moreTokens, long morePaddingTokens) {
            RunState after = afterStep(moreTokens, morePaddingTokens);
            return notFinite == null ? after : after.with(notFinite.afterApplied(after.step));
        }

        /** Returns this state with something else left out. */
        public RunState with(LeftOut other) {
            return new RunState(
                    step, metricsBytes, tokens, paddingTokens, evaluated, best, evaluationsSinceBest, other);
        }

        /** Returns the state one step further, whether the step was applied or not. */
        public RunState afterStep(long moreTokens, long morePaddingTokens) {
            return new RunState(
                    step + 1,
                    metricsBytes,
                    tokens + moreTokens,
                    paddingTokens + morePaddingTokens,
                    false,
                    best,
                    evaluationsSinceBest,
                    notFinite);
        }

        /** Returns the state after the evaluation of this step. */
        public RunState afterEvaluation(@Nullable Best newBest) {
            boolean better = newBest != null && newBest.step() == step;
            int since = better ? 0 : evaluationsSinceBest + 1;
            return looked(true, newBest, since);
        }

        /** Returns this state with the metrics' length of now. */
        public RunState withMetricsBytes(long bytes) {
            return new RunState(step, bytes, tokens, paddingTokens, evaluated, best, evaluationsSinceBest, notFinite);
        }

        /** Returns this state with its patience begun again, for a finished run that goes further. */
        public RunState reopened() {
            return looked(evaluated, best, 0);
        }

        private RunState looked(boolean here, @Nullable Best found, int since) {
            return new RunState(step, metricsBytes, tokens, paddingTokens, here, found, since, notFinite);
        }

        /**
         * The best evaluation so far.
         *
         * @param metric its name, {@code eval_loss}
         * @param value the figure
         * @param step the step after which it was measured
         */
        public record Best(String metric, double value, int step) {}
    }
}
