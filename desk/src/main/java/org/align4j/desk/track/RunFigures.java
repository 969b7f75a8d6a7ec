package org.align4j.desk.track;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.report.TensorBoardWriter;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.StepMetrics;

/**
 * Reads the figures of a run in the order of its events. A step that a resumed run took again with the same figures comes once; one that came out
 * otherwise, since the run had gone back and left out rows, comes again.
 */
final class RunFigures {
    private final EventsFile.Tail events;
    private final Map<Taken, Long> taken = new HashMap<>();

    /** Begins with the first event of a run, which may not be there yet. */
    RunFigures(Path run) {
        this.events = new EventsFile.Tail(run);
    }

    /** A step, or the evaluation after it. */
    private record Taken(int step, boolean evaluated) {}

    /**
     * The figures of a step or an evaluation.
     *
     * @param sequence the number of the run's event, growing
     * @param step optimizer steps done
     * @param values by their names in trackers: {@code train/loss}, {@code eval/loss}; NaN for what is not finite
     */
    record Line(long sequence, Instant time, int step, Map<String, Double> values) {}

    /** Returns all lines that were not returned before. */
    List<Line> next() throws IOException {
        List<Line> lines = new ArrayList<>();
        for (List<Recorded> some = events.next(); !some.isEmpty(); some = events.next()) {
            for (Recorded event : some) {
                if (event.event() instanceof RunEvent.Step step) {
                    add(lines, event, new Taken(step.step(), false), step.metrics());
                } else if (event.event() instanceof RunEvent.Evaluated evaluated) {
                    add(lines, event, new Taken(evaluated.step(), true), evaluated.metrics());
                }
            }
        }
        return lines;
    }

    /** Forces what was read to the disk, so that a number that a tracker has is never used again. */
    void sync() throws IOException {
        events.sync();
    }

    private void add(List<Line> lines, Recorded event, Taken step, StepMetrics metrics) {
        long now = repeated(metrics);
        Long before = taken.put(step, now);
        if (before == null || before != now) {
            Map<String, Double> values = new LinkedHashMap<>();
            metrics.values().forEach((name, value) -> {
                if (!name.equals("step")) {
                    values.put(TensorBoardWriter.tag(name), value);
                }
            });
            lines.add(new Line(event.sequence(), event.time(), step.step(), values));
        }
    }

    /** A hash of what a step that is taken again has again: all but time and memory. */
    private static long repeated(StepMetrics metrics) {
        Hasher hasher = Hashing.farmHashFingerprint64().newHasher();
        metrics.values().forEach((name, value) -> {
            if (!name.contains("second") && !name.endsWith("_bytes")) {
                hasher.putUnencodedChars(name).putDouble(value);
            }
        });
        return hasher.hash().asLong();
    }
}
