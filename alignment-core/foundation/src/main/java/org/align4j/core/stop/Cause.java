package org.align4j.core.stop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * What asks a process to end: signals, and what counts as one. Signals are reached by reflection: the compiler warns of any mention of
 * sun.misc.
 */
enum Cause {
    TERM("SIGTERM", 143),
    INT("SIGINT", 130),
    HUP("SIGHUP", 129),
    /** The process that started this one, and held it by a pipe, closed the pipe or died. */
    PIPE("the end of its supervisor's pipe", 143),
    /** Whoever started this process has it train so far and no further. */
    STEP("its supervisor's last step", 143),
    /** A word of a person or a program between two steps; see {@link Control}. */
    CONTROL("the word stop in its file control", 143),
    /** Something began the JVM's shutdown without a signal that we see. */
    SHUTDOWN("the JVM's shutdown", 143);

    private final String words;
    private final int exitCode;

    Cause(String words, int exitCode) {
        this.words = words;
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }

    StoppedException exception() {
        return new StoppedException(words, exitCode);
    }

    /**
     * Sets what happens on this signal.
     *
     * @return the former handler, or null where this signal can't be handled: -Xrs, ignored by the shell, none such
     */
    @Nullable
    Object handle(Runnable action) {
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            return set(Proxy.newProxyInstance(
                    Cause.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        action.run();
                        return null;
                    }));
        } catch (ClassNotFoundException noSuchModule) {
            return null;
        }
    }

    /** Gives the signal back to a former handler. */
    void restore(Object formerHandler) {
        set(formerHandler);
    }

    private @Nullable Object set(Object handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            return signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                    .invoke(null, signal.getConstructor(String.class).newInstance(name()), handler);
        } catch (InvocationTargetException refused) {
            return null;
        } catch (ReflectiveOperationException noSuchModule) {
            return null;
        }
    }
}
