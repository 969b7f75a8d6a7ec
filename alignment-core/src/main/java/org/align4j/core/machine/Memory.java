package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.List;
import java.util.OptionalLong;

/**
 * The memory of a machine and of this process, in bytes.
 *
 * @param machine what the machine has
 * @param limit what this process may use: a container's limit, or all
 * @param available what is free for the taking now, where the system tells
 * @param resident what this process occupies now, where the system tells
 * @param peak the most it has occupied, where the system tells
 * @param heap the Java heap's limit
 * @param heapFixed whether the heap starts at its limit
 */
public record Memory(
        long machine,
        long limit,
        OptionalLong available,
        OptionalLong resident,
        OptionalLong peak,
        long heap,
        boolean heapFixed) {

    /** Reads the memory of this machine and process now. */
    public static Memory current() {
        List<String> machine = ProcFile.lines("/proc/meminfo");
        List<String> process = ProcFile.lines("/proc/self/status");
        long limit =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new Memory(
                ProcFile.bytes(machine, "MemTotal").orElse(limit),
                limit,
                ProcFile.bytes(machine, "MemAvailable"),
                ProcFile.bytes(process, "VmRSS"),
                ProcFile.bytes(process, "VmHWM"),
                Runtime.getRuntime().maxMemory(),
                // Part of the young generation is not counted in the maximum.
                heap.getInit() >= heap.getMax());
    }

    /**
     * Returns the space of the Java heap for new objects, all of which a run comes to use; a third of the heap where the
     * collector sets none apart.
     */
    public static long spaceForNewObjects() {
        long space = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            boolean survivors = pool.getName().contains("Survivor");
            if (survivors || pool.getName().contains("Eden")) {
                long most = pool.getUsage().getMax();
                if (most < 0) {
                    return Runtime.getRuntime().maxMemory() / 3;
                }
                space += survivors ? 2 * most : most; // there are two such spaces, in use by turns
            }
        }
        return space;
    }

    /** Writes bytes for people, such as {@code 1.5 GiB}. */
    public static String text(long bytes) {
        return bytes >= 1L << 30
                ? format("%.1f GiB", bytes / (double) (1L << 30))
                : format("%.0f MiB", bytes / (double) (1L << 20));
    }
}
