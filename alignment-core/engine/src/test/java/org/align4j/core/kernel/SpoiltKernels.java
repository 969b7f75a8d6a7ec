package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.nio.FloatBuffer;

/** Kernels that make one number of one step NaN, once, for this process until it is closed; whichever method trains. */
public final class SpoiltKernels implements AutoCloseable {
    private static final String SELECTS = "module_method:";
    private static final String NORM = "global_norm";
    private static final String SOUND = "all_sound";

    /** Among the arguments of the head's kernel: whether it is differentiated. */
    private static final int WITH_GRADIENTS = 5;

    private final Place place;
    private final int step;
    private final LoadedKernels.Caller kernels;
    private int norms;
    private boolean done;

    /** Where the number is. */
    public enum Place {
        /** What the loss is made of: a log-probability or a score of an answer that is learnt from. */
        LOSS,
        /** The gradient, before its norm is asked for. */
        GRADIENT,
        /** A moment of the optimizer, once the gradient is there. */
        SLOT
    }

    private SpoiltKernels(Place place, int step) {
        this.place = place;
        this.step = step;
        this.kernels = LoadedKernels.replace(this::call);
    }

    /**
     * Spoils a step.
     *
     * @param step from 1, of a run that begins now and whose steps are one update each
     */
    public static SpoiltKernels at(Place place, int step) {
        return new SpoiltKernels(place, step);
    }

    /** Whether the step has come. */
    public boolean isDone() {
        return done;
    }

    @Override
    public void close() {
        LoadedKernels.replace(kernels);
    }

    private synchronized NDList call(Block block, ParameterStore parameters, NDList arguments) {
        String kernel = arguments.get(0).getName().replace(SELECTS, "");
        if (kernel.equals(NORM)) {
            norms++;
        }
        boolean norm = kernel.equals(NORM) && place == Place.GRADIENT && norms == step;
        boolean sound = kernel.equals(SOUND) && place == Place.SLOT && norms == step;
        if (!done && (norm || sound)) {
            // The last one: a gradient, or the second moments of a group.
            spoil(arguments.get(arguments.size() - 1));
        }
        NDList results = kernels.call(block, parameters, arguments);
        if (!done && place == Place.LOSS && norms == step - 1 && isLearnt(kernel, arguments)) {
            spoil(results.get(0));
        }
        return results;
    }

    private static boolean isLearnt(String kernel, NDList arguments) {
        return kernel.equals("row_scores")
                || (kernel.equals("head_scores")
                        && arguments.get(WITH_GRADIENTS).toLongArray()[0] == 1);
    }

    private void spoil(NDArray tensor) {
        float[] values = tensor.toFloatArray();
        values[0] = Float.NaN;
        tensor.set(FloatBuffer.wrap(values));
        done = true;
    }
}
