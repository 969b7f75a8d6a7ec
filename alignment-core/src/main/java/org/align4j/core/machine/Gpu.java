package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

/**
 * Describes one GPU as the driver reports it.
 *
 * @param index from 0
 * @param name the maker's
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param totalBytes the card's memory
 * @param freeBytes what no process has of it now
 */
public record Gpu(int index, String name, int major, int minor, long totalBytes, long freeBytes) {
    /** The architectures that PyTorch 2.7.1's CUDA 12.6 build has code for begin and end here; code runs within one major version. */
    private static final int OLDEST = 5;

    private static final int NEWEST = 9;

    /** Tells whether the libraries have code that this card runs. */
    public boolean hasCode() {
        return major >= OLDEST && major <= NEWEST;
    }

    /** Returns the compute capability, such as 8.6. */
    public String capability() {
        return major + "." + minor;
    }

    @Override
    public String toString() {
        return format(
                "gpu:%d (%s, compute capability %s, %.1f of %.1f GiB free)",
                index, name, capability(), freeBytes / (double) (1L << 30), totalBytes / (double) (1L << 30));
    }
}
