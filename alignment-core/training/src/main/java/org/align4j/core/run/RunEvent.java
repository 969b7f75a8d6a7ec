package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a training run. Console, listeners of Java programs, sinks and {@code events.jsonl} have one stream of these; what
 * an event says is in its components, never in a text that must be taken apart.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(RunEvent.Started.class),
    @JsonSubTypes.Type(RunEvent.Step.class),
    @JsonSubTypes.Type(RunEvent.Evaluated.class),
    @JsonSubTypes.Type(RunEvent.Sampled.class),
    @JsonSubTypes.Type(RunEvent.Saved.class),
    @JsonSubTypes.Type(RunEvent.Warned.class),
    @JsonSubTypes.Type(RunEvent.Progress.class),
    @JsonSubTypes.Type(RunEvent.Downloading.class),
    @JsonSubTypes.Type(RunEvent.Stopped.class),
    @JsonSubTypes.Type(RunEvent.Finished.class)
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface RunEvent {
    /**
     * The steps begin, or go on from a checkpoint: what was reported of later steps no longer counts.
     *
     * @param from optimizer steps done, 0 for a new run
     * @param totalSteps steps that the run is to have
     */
    @JsonTypeName("started")
    record Started(int from, int totalSteps) implements RunEvent {}

    /**
     * An optimizer step was taken.
     *
     * @param step from 1
     * @param totalSteps steps that the run is to have
     * @param metrics its line of {@code metrics.jsonl}
     */
    @JsonTypeName("step")
    record Step(int step, int totalSteps, StepMetrics metrics) implements RunEvent {}

    /**
     * The evaluation rows were evaluated.
     *
     * @param step optimizer steps done, 0 before the first
     * @param totalSteps steps that the run is to have
     * @param metrics its line of {@code metrics.jsonl}, whose names begin with {@code eval_}
     */
    @JsonTypeName("evaluated")
    record Evaluated(int step, int totalSteps, StepMetrics metrics) implements RunEvent {}

    /**
     * The policy answered a prompt of the data, with the likeliest tokens.
     *
     * @param row the prompt's row in the input, 0-based
     * @param prompt as a person reads it
     * @param before the answer of the policy as it starts
     * @param after the trained policy's answer; null before the end
     * @param chosen the answer that the data prefers; null where there is none
     */
    @JsonTypeName("sample")
    record Sampled(
            int row,
            String prompt,
            String before,
            @Nullable String after,
            @Nullable String chosen) implements RunEvent {}

    /**
     * A checkpoint is on disk.
     *
     * @param step optimizer steps done
     * @param checkpoint its folder within the run's directory, {@code checkpoints/step-000100}
     */
    @JsonTypeName("saved")
    record Saved(int step, String checkpoint) implements RunEvent {}

    /**
     * A warning that had not been given before.
     *
     * @param code stable name such as {@code chosen-falling}
     * @param seen one plain sentence of what was seen, with figures
     * @param advice one sentence of what to do
     */
    @JsonTypeName("warned")
    record Warned(String code, String seen, String advice) implements RunEvent {}

    /**
     * An activity goes on, or a sentence for a person says what was found or decided.
     *
     * @param label what is going on, or the sentence
     * @param done units that are done; null for a sentence
     * @param total how many units there are, 0 where nobody knows; of an activity that ended before, as many as are done; null for a sentence
     */
    @JsonTypeName("progress")
    record Progress(
            String label, @Nullable Long done, @Nullable Long total) implements RunEvent {
        /** The label of an activity that begins when a run waits because it was asked to, and ends when it goes on. */
        public static final String PAUSED = "paused";

        /** Returns a sentence for a person. */
        public static Progress sentence(String sentence) {
            return new Progress(sentence, null, null);
        }
    }

    /**
     * A model or data set is downloaded or unpacked; reported from the threads that do.
     *
     * @param what its name
     * @param received bytes so far
     * @param bytes of all of it
     */
    @JsonTypeName("downloading")
    record Downloading(String what, long received, long bytes) implements RunEvent {}

    /**
     * The run was asked to stop by a signal or a program; its last whole step is saved. {@link Finished} follows.
     *
     * @param reason such as the signal
     */
    @JsonTypeName("stopped")
    record Stopped(@Nullable String reason) implements RunEvent {}

    /**
     * The run ended: its last event, unless it is resumed.
     *
     * @param status done, stopped or failed
     * @param reason why it ended where that isn't plain; null otherwise
     * @param verdict what it did to the model; unclear before its end
     */
    @JsonTypeName("finished")
    record Finished(
            Status status,
            @Nullable String reason,
            @Nullable Verdict verdict) implements RunEvent {}

    /**
     * An event in its place in the stream: a line of {@code events.jsonl}.
     *
     * @param sequence from 1, growing over all of the run's processes; no two events have one
     * @param time when it happened
     * @param step optimizer steps done then
     * @param event what happened
     */
    record Recorded(long sequence, Instant time, int step, RunEvent event) {}
}
