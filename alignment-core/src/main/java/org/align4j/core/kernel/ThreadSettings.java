package org.align4j.core.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * What libtorch keeps for each thread, set where it is not yet as a kernel needs it: how many threads an operation has, and whether
 * operations are recorded for gradients. A new thread records, and has the number of threads that was set last on any other.
 *
 * <p>DJL sets the number once, when it loads, on the thread that loads it. Its native call for it is public, in a class that the
 * engine's artifact brings at run time, hence the method handles.
 */
final class ThreadSettings {
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
    public static void prepare(int threads) {
        ThreadSettings own = OF_THREAD.get();
        if (own.threads != threads) {
            own.set(threads);
        }
    }

    private void set(int asked) {
        try {
            if (threads == UNKNOWN) {
                SET_RECORDING.invokeExact(false);
                // Its first parallel operation, or this question, gives a thread the number that was set last on any.
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
