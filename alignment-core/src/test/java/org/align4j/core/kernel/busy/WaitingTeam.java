package org.align4j.core.kernel.busy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.align4j.core.machine.Processor;

/**
 * Prints what libtorch's second thread spends of the processor, in milliseconds an operation, where the first computes in Java between
 * operations: with {@link SleepingWaits} off, on and off again.
 */
final class WaitingTeam {
    private static final int OPERATIONS = 8;
    private static final long BETWEEN_NANOS = 40_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private WaitingTeam() {}

    public static void main(String[] arguments) {
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

    private static double spent(NDArray tensor) {
        long others = SYSTEM.getProcessCpuTime() - THREADS.getCurrentThreadCpuTime();
        for (int operation = 0; operation < OPERATIONS; operation++) {
            tensor.addi(1);
            long until = THREADS.getCurrentThreadCpuTime() + BETWEEN_NANOS;
            while (THREADS.getCurrentThreadCpuTime() < until) {
                Thread.onSpinWait();
            }
        }
        return (SYSTEM.getProcessCpuTime() - THREADS.getCurrentThreadCpuTime() - others) / 1e6 / OPERATIONS;
    }
}
