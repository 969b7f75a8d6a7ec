package org.align4j.serve.job;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning job as it stands. Times are whole seconds; what was once reported (id, creation, finish, tuned model) never changes.
 *
 * @param id {@code ftjob-…}
 * @param asked what the client asked
 * @param seed of the training: the asked one, or the drawn one
 * @param standing where a job stands
 * @param outcome what the training made
 */
public record Job(String id, JobRequest asked, int seed, Standing standing, Outcome outcome) {
    /**
     * Where a job stands.
     *
     * @param state where it stands
     * @param created when it was asked for
     * @param finished when it ended; null before
     * @param estimatedFinish when it will end, at the present speed; null where nobody knows
     * @param fault why it failed; null otherwise
     */
    public record Standing(
            State state,
            Instant created,
            @Nullable Instant finished,
            @Nullable Instant estimatedFinish,
            @Nullable Fault fault) {}

    /**
     * What the training made.
     *
     * @param settled what the training made of its options, by their names: {@code epochs}, {@code batch-size}, {@code learning-rate}, {@code beta}; empty
     *     before it starts
     * @param trainedTokens tokens that the training computed; null before its end
     * @param tunedModel the tuned model's name; null before success
     * @param resultFiles ids of the files with the figures of its steps
     */
    public record Outcome(
            Map<String, Object> settled,
            @Nullable Long trainedTokens,
            @Nullable String tunedModel,
            List<String> resultFiles) {
        /** Copies what may change. */
        public Outcome {
            settled = Collections.unmodifiableMap(new LinkedHashMap<>(settled));
            resultFiles = List.copyOf(resultFiles);
        }
    }

    /** Takes copies. */
    public Job {}

    /** Returns this job with the time at which it will end. */
    Job withEstimate(@Nullable Instant other) {
        return new Job(
                id,
                asked,
                seed,
                new Standing(standing.state(), standing.created(), standing.finished(), other, standing.fault()),
                outcome);
    }

    /** Where a job stands. */
    public enum State {
        /** The job's files are examined. */
        VALIDATING,
        /** The job waits for its turn. */
        QUEUED,
        /** The job trains. */
        RUNNING,
        /** The job waits until somebody resumes it. */
        PAUSED,
        /** The job's model stands. */
        SUCCEEDED,
        /** The job couldn't go on; its fault says why. */
        FAILED,
        /** Somebody ended the job; its last checkpoint stays. */
        CANCELLED;

        /** Whether nothing more happens to the job. */
        public boolean isFinal() {
            return this == SUCCEEDED || this == FAILED || this == CANCELLED;
        }

        /** Returns the state as a word in a sentence. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Why a job failed.
     *
     * @param code such as {@code invalid_file_format}
     * @param message for a person
     * @param param the request's field that is to blame; null where none is
     */
    public record Fault(
            String code, String message, @Nullable String param) {}
}
