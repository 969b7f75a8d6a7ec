package org.align4j.core.machine;

import java.util.function.LongSupplier;

/**
 * The memory that this process takes of a device: what was free at the first question less what is free now. The library keeps what it
 * was once given, so that this is the peak too. What other processes take or give back meanwhile is counted with it.
 */
public final class DeviceMemory {
    private final LongSupplier free;
    private final long atFirst;
    private long least;

    /** @param free asks the driver for the free bytes */
    public DeviceMemory(LongSupplier free) {
        this.free = free;
        this.atFirst = free.getAsLong();
        this.least = atFirst;
    }

    /** Returns the bytes that were free when the device was first asked. */
    public long freeAtFirst() {
        return atFirst;
    }

    /** Returns the most bytes taken since, at any question. */
    public synchronized long peak() {
        least = Math.min(least, free.getAsLong());
        return atFirst - least;
    }
}
