package org.align4j.core.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process has used at most. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String PEAK = "VmHWM:";

    private ProcessMemory() {}

    /** Peak resident bytes of the process; NaN where the system doesn't tell. */
    static double peakBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(PEAK)) {
                    return 1024.0 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return Double.NaN;
        } catch (IOException notLinux) {
            return Double.NaN;
        }
    }
}
