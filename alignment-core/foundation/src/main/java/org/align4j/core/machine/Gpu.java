package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Describes one GPU as the driver reports it.
 *
 * @param index from 0
 * @param name the maker's
 * @param architecture ten times the compute capability, such as 86; empty where the driver doesn't report it
 * @param totalBytes the card's memory; empty where the driver doesn't report it, as of a card that shares the machine's
 * @param freeBytes what no process has of it now; empty like {@code totalBytes}
 */
public record Gpu(int index, String name, OptionalInt architecture, OptionalLong totalBytes, OptionalLong freeBytes) {
    /** Returns the compute capability, such as 8.6. */
    public String capability() {
        return architecture.isPresent() ? GpuCode.capability(architecture.getAsInt()) : "unknown";
    }

    @Override
    public String toString() {
        String memory = freeBytes.isPresent() && totalBytes.isPresent()
                ? format("%.1f of %.1f GiB free", gibi(freeBytes.getAsLong()), gibi(totalBytes.getAsLong()))
                : "memory not reported";
        return format("gpu:%d (%s, compute capability %s, %s)", index, name, capability(), memory);
    }

    static double gibi(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
