package org.align4j.core.machine;

import java.util.OptionalLong;

/** The clock and the memory of what computes, as a measurement reads them. */
public interface DeviceGauge {
    /** The processor, whose work is done when a call returns. */
    DeviceGauge PROCESSOR = new DeviceGauge() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public OptionalLong peakBytes() {
            return Memory.current().peak();
        }
    };

    /** Waits until all that was asked of the device is done, then reads the clock: {@link System#nanoTime}. */
    long nanoTime();

    /** Returns the most memory so far: bytes of the process on a CPU, bytes of the device on a GPU; empty where nobody knows. */
    OptionalLong peakBytes();
}
