package org.align4j.serve.job;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that a job reported; once it was, nothing of it changes.
 *
 * @param id {@code ftevent-…}
 * @param time in whole seconds
 * @param level how bad it is
 * @param kind whether it is a sentence or carries figures
 * @param what happened, such as {@code started}, {@code step}, {@code checkpoint} or {@code succeeded}
 * @param step at which step of the training; 0 where that says nothing
 * @param text for a person, as the hosted service wrote it
 * @param data figures by name; empty for a sentence
 */
public record JobEvent(
        String id, Instant time, Level level, Kind kind, String what, int step, String text, Map<String, Object> data) {

    /** Takes a copy. */
    public JobEvent {
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    }

    /** How bad an event is. */
    public enum Level {
        /** All is well. */
        INFO,
        /** Somebody should look. */
        WARN,
        /** The job can't go on. */
        ERROR
    }

    /** What an event carries. */
    public enum Kind {
        /** A sentence. */
        MESSAGE,
        /** Figures of a step. */
        METRICS
    }
}
