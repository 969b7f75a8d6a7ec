package org.align4j.core.run;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A change with which a run went on; one entry of {@code changes} or {@code extensions} in manifest.json.
 *
 * @param step optimizer steps done when the run went on with it
 * @param time when that was, in UTC: {@code 2026-01-15T12:00:00Z}
 * @param name as of {@link RunChange}
 * @param before as of {@link RunChange}
 * @param after as of {@link RunChange}
 */
public record RecordedChange(int step, String time, String name, String before, String after) {
    static RecordedChange of(RunChange change, int step, Instant time) {
        return new RecordedChange(
                step, time.truncatedTo(ChronoUnit.SECONDS).toString(), change.name(), change.before(), change.after());
    }
}
