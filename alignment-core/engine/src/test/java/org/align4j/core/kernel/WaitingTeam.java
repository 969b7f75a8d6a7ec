package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.align4j.core.kernel.BusyWatch.SleepingWaits;
import org.align4j.core.machine.Processor;

/**
 * Prints what libtorch's second thread spends of the processor, in milliseconds an operation, where the first computes in Java between
 * operations: with {@link SleepingWaits} off, on and off again.
 */
final class WaitingTeam {
    private static final int OPERATIONS = 8;
    private static final long BETWEEN_NANOS = 40_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Path TASKS = Path.of("/proc/self/task");

    private WaitingTeam() {}

    public static void main(String[] arguments) throws IOException {
        System.setProperty("ai.djl.pytorch.num_threads", "2");
        try (NDManager manager = NDManager.newBaseManager()) {
            SleepingWaits waits = new SleepingWaits(
                    2,
                    Processor.allowed(),
                    () -> manager.zeros(new Shape(1 << 17)).close());
            NDArray tensor = manager.zeros(new Shape(1 << 17));
            spent(tensor);
            System.out.println("before " + spent(tensor));
            waits.on();
            spent(tensor);
            System.out.println("on " + spent(tensor));
            waits.off();
            spent(tensor);
            System.out.println("off " + spent(tensor));
        }
    }

    private static double spent(NDArray tensor) throws IOException {
        long others = nativeNanos();
        for (int operation = 0; operation < OPERATIONS; operation++) {
            tensor.addi(1);
            long until = THREADS.getCurrentThreadCpuTime() + BETWEEN_NANOS;
            while (THREADS.getCurrentThreadCpuTime() < until) {
                Thread.onSpinWait();
            }
        }
        return (nativeNanos() - others) / 1e6 / OPERATIONS;
    }

    /** What libtorch's threads have spent. They have the process's name; those of the JVM, its compiler among them, have their own. */
    private static long nativeNanos() throws IOException {
        String name = Files.readString(Path.of("/proc/self/comm"));
        long nanos = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                nanos += nanos(task, name);
            }
        }
        return nanos - THREADS.getCurrentThreadCpuTime();
    }

    private static long nanos(Path task, String name) throws IOException {
        try {
            return Files.readString(task.resolve("comm")).equals(name)
                    ? Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0])
                    : 0;
        } catch (NoSuchFileException ended) {
            return 0; // one of the JVM's, which come and go
        }
    }
}
