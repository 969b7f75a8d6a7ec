package org.align4j.core.kernel;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/** Kernels of which one call is refused memory, in the words of libtorch's allocator, for this process until it is closed. */
public final class RefusedKernels implements AutoCloseable {
    private static final String SELECTS = "module_method:";

    private final int refused;
    private final Moment moment;
    private final LoadedKernels.Caller kernels;
    private final List<String> calls = new ArrayList<>();

    /** When in a call memory is refused. */
    public enum Moment {
        /** Before it has changed anything. */
        BEFORE,
        /** After its work is done, which nobody gets to see but for what it changed in place. */
        AFTER
    }

    private RefusedKernels(int refused, Moment moment) {
        this.refused = refused;
        this.moment = moment;
        this.kernels = LoadedKernels.replace(this::call);
    }

    /** Refuses the n-th call, from 1. */
    public static RefusedKernels at(int n, Moment moment) {
        return new RefusedKernels(n, moment);
    }

    /** Counts and refuses none. */
    public static RefusedKernels counting() {
        return new RefusedKernels(0, Moment.BEFORE);
    }

    /** The kernels that were called so far, refused or not. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        LoadedKernels.replace(kernels);
    }

    private NDList call(Block block, ParameterStore parameters, NDList arguments) {
        boolean here = isRefused(arguments.get(0).getName().replace(SELECTS, ""));
        if (here && moment == Moment.BEFORE) {
            throw refusal();
        }
        NDList results = kernels.call(block, parameters, arguments);
        if (here) {
            results.close();
            throw refusal();
        }
        return results;
    }

    private synchronized boolean isRefused(String kernel) {
        calls.add(kernel);
        return calls.size() == refused;
    }

    private static EngineException refusal() {
        return new EngineException(
                "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
                        + " allocate 4096 bytes. Error code 12 (Cannot allocate memory)");
    }
}
