package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The memory of a machine and of this process, in bytes.
 *
 * @param machine what the machine has
 * @param limit what this process may use: a container's limit, or all
 * @param available what is free for the taking now, where the system says
 * @param resident what this process occupies now, where the system says
 * @param peak the most it has occupied, where the system says
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

    /** Files in which Linux describes itself; empty on other systems. */
    public static final class ProcFile {
        private ProcFile() {}

        public static List<String> lines(String path) {
            try (Stream<String> lines = Files.lines(Path.of(path))) {
                return lines.toList();
            } catch (IOException | UncheckedIOException e) {
                return List.of();
            }
        }

        /** The value after {@code name:} on the first line that has it. */
        public static Optional<String> value(List<String> lines, String name) {
            return lines.stream()
                    .filter(line -> line.startsWith(name))
                    .filter(line -> line.substring(name.length()).stripLeading().startsWith(":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        }

        /** Reads a value such as {@code 123 kB} in bytes. */
        public static OptionalLong bytes(List<String> lines, String name) {
            Optional<String> value = value(lines, name).filter(text -> text.endsWith(" kB"));
            return value.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(value.get().replace(" kB", "")) * 1024);
        }
    }
}
