package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.generate.Completion;
import org.align4j.core.machine.DeviceGauge;

/** How fast answers were made. Reading the prompts takes its time too; their tokens are not counted. */
final class GenerationSpeed {
    private static final double NANOS = 1e-9;

    private final DeviceGauge device;
    private long started;
    private double seconds;
    private long tokens;

    /** @param device that makes the answers */
    GenerationSpeed(DeviceGauge device) {
        this.device = device;
    }

    void start() {
        started = device.nanoTime();
    }

    void add(Completion completion) {
        tokens += completion.ids().length;
    }

    void stop() {
        seconds = (device.nanoTime() - started) * NANOS;
    }

    private double perSecond() {
        return seconds > 0 ? tokens / seconds : 0;
    }

    /** Returns the figures of speed as {@code --json} gives them. */
    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("tokens", tokens);
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", perSecond());
        device.peakBytes().ifPresent(peak -> figures.put("peak_memory_bytes", peak));
        return figures;
    }

    /** Returns the figures of speed in one line for people. */
    String text() {
        return format("%,d tokens in %.1f s: %,.1f a second.", tokens, seconds, perSecond());
    }
}
