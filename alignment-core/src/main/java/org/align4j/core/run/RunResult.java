package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Measured;
import org.align4j.core.verdict.Verdict;
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

    /** What a run can be. */
    public enum Status {
        /** The run is at work, or was killed without a word. */
        RUNNING,
        /** The run came to its end; the adapter or model stands in the run directory. */
        DONE,
        /** The run was told to stop by a signal; its last step is saved. */
        STOPPED,
        /** The run could not go on; the last checkpoint is whole. */
        FAILED;

        @JsonValue
        String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
