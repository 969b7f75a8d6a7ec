package org.align4j.core.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.common.hash.Hashing;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.stop.StopSignal;

/**
 * The native engine on one device, with the number of threads that its kernels on the CPU have. Tensors are made and kernels run
 * inside a {@link Scope}. A stop signal is met before each kernel.
 *
 * <p>Any thread may use it, several at a time too, each with scopes of its own: what libtorch keeps for each thread is set before a
 * kernel runs ({@link ThreadSettings}). Engines of one device share the loaded kernels, and tensors of one may be given to another.
 */
public final class Engine implements DeviceGauge {
    private static final String THREADS_PROPERTY = "ai.djl.pytorch.num_threads";
    /** Elements enough for libtorch to share an operation out: its grain is 32,768. */
    private static final long SHARED_OUT = 1 << 17;

    private final LoadedKernels kernels;
    private final int threads;

    private Engine(LoadedKernels kernels, int threads) {
        this.kernels = kernels;
        this.threads = threads;
        if (!kernels.profile().apart()) {
            BusyWatch.over(threads, this::startTeam);
        }
    }

    /** Has libtorch share a small operation out, for which the calling thread gets a team of its own. */
    private void startTeam() {
        ThreadSettings.prepare(threads);
        try (NDManager manager = kernels.newManager()) {
            manager.zeros(new Shape(SHARED_OUT)).addi(1);
        }
    }

    /**
     * Returns the engine of a device, loaded on first use.
     *
     * @param threads that a kernel on the CPU has, the one that calls it among them
     */
    public static Engine on(Device device, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + " but must be at least 1.");
        }
        return new Engine(LoadedKernels.on(device), threads);
    }

    /**
     * Tries a kernel on a device, in a process of its own, which takes some seconds.
     *
     * @param device such as {@code gpu:0}
     * @return what is wrong and what to do; empty where the device computes
     */
    public static Optional<String> refusal(String device) {
        return CardTrial.refusal(device);
    }

    /** Returns the engine of the CPU, with the threads that are usual here. */
    public static Engine cpu() {
        return on(Device.cpu(), usualThreads());
    }

    /**
     * Threads of a kernel where nobody says how many: one for each processor that this process may use, a container's limit
     * included, which libtorch by itself would not know; or {@code -Dai.djl.pytorch.num_threads}.
     *
     * @throws InputException where that is no number of threads
     */
    public static int usualThreads() {
        String given = System.getProperty(THREADS_PROPERTY);
        if (given == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!given.matches("[1-9][0-9]{0,3}")) {
            throw new InputException(THREADS_PROPERTY + " is " + given
                    + " but must be 1 to 9999; leave it out for one thread a processor.");
        }
        return Integer.parseInt(given);
    }

    /** SHA-256 of the kernels' text: what was computed with other kernels may differ in its last bits. */
    public static String kernelsHash() {
        return Hashing.sha256()
                .hashString(KernelArchive.resource("kernels.py"), StandardCharsets.UTF_8)
                .toString();
    }

    public Device device() {
        return kernels.device();
    }

    /** Returns the sizes and habits of a device, which loads the kernels there. */
    public static DeviceProfile profile(Device device) {
        return LoadedKernels.on(device).profile();
    }

    /** Returns the sizes and habits of the device. */
    public DeviceProfile profile() {
        return kernels.profile();
    }

    @Override
    public long nanoTime() {
        prepareThread();
        return kernels.nanoTime();
    }

    @Override
    public OptionalLong peakBytes() {
        return kernels.peakBytes();
    }

    /** Threads that a kernel on the CPU has, the one that calls it among them. */
    public int threads() {
        return threads;
    }

    /** Opens a scope for one piece of work; its tensors live until it is closed. */
    public Scope open() {
        prepareThread();
        return new Scope(this, kernels.newManager());
    }

    /** Sets for the thread that calls what libtorch keeps for each, where it isn't set. */
    void prepareThread() {
        ThreadSettings.prepare(threads);
    }

    /** Returns a number that kernels read, made once per process. */
    NDArray constant(double value) {
        return kernels.constant(value);
    }

    /** Returns a size or place that kernels read, made once per process. */
    NDArray constant(long value) {
        return kernels.constant(value);
    }

    /** Runs a draw that seeds first, alone: the library has one generator for all threads. */
    NDArray drawing(Supplier<NDArray> draw) {
        return kernels.drawing(draw);
    }

    NDList run(NDList arguments) {
        StopSignal.throwIfStopped();
        return runUnchecked(arguments);
    }

    /** Runs without asking whether to stop: what must happen on the way out. */
    NDList runUnchecked(NDList arguments) {
        prepareThread();
        return kernels.run(arguments);
    }

    /** Returns whether there are kernels that read weights arranged for few rows, and a trial of them does not fail. */
    boolean arranges(BooleanSupplier trial) {
        return kernels.arranges(trial);
    }

    /** Runs one of the kernels that read weights arranged for few rows. */
    NDList runArranged(NDList arguments) {
        StopSignal.throwIfStopped();
        prepareThread();
        return kernels.runArranged(arguments);
    }

    /**
     * What libtorch keeps for each thread, set where it is not yet as a kernel needs it: how many threads an operation has, and whether
     * operations are recorded for gradients. A new thread records, and has the number of threads that was set last on any other.
     *
     * <p>DJL sets the number once, when it loads, on the thread that loads it. Its native call for it is public, in a class that the
     * engine's artifact brings at run time, so method handles are needed.
     */
    private static final class ThreadSettings {
        private static final ThreadLocal<ThreadSettings> OF_THREAD = ThreadLocal.withInitial(ThreadSettings::new);
        private static final MethodHandle SET_THREADS =
                nativeCall("setNumThreads", MethodType.methodType(void.class, int.class));
        private static final MethodHandle GET_THREADS = nativeCall("getNumThreads", MethodType.methodType(int.class));
        private static final MethodHandle SET_RECORDING =
                nativeCall("setGradMode", MethodType.methodType(void.class, boolean.class));

        private static final int UNKNOWN = 0;

        private int threads = UNKNOWN;

        private ThreadSettings() {}

        /**
         * Prepares the thread that calls for a kernel.
         *
         * @param threads that an operation of the kernel has
         */
        static void prepare(int threads) {
            ThreadSettings own = OF_THREAD.get();
            if (own.threads != threads) {
                own.set(threads);
            }
        }

        private void set(int asked) {
            try {
                if (threads == UNKNOWN) {
                    SET_RECORDING.invokeExact(false);
                    // Its first parallel operation, or this question, gives a thread the number that was set last on
                    // any.
                    int ignored = (int) GET_THREADS.invokeExact();
                }
                SET_THREADS.invokeExact(asked);
                threads = asked;
            } catch (RuntimeException | Error failed) {
                throw failed;
            } catch (Throwable impossible) {
                throw new IllegalStateException("A native call of DJL threw what it doesn't declare", impossible);
            }
        }

        private static MethodHandle nativeCall(String name, MethodType type) {
            try {
                return MethodHandles.lookup().findStatic(Class.forName("ai.djl.pytorch.jni.JniUtils"), name, type);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(
                        "The engine on the class path has no " + name + "; give DJL's PyTorch engine 0.36.0.", e);
            }
        }
    }
}
