package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.Arrays;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;

/** Tensors in a checkpoint's files: written as fp32 from where they lie, and filled again from there. */
final class StoredTensors {
    private StoredTensors() {}

    /** Adds a tensor's fp32 values, read when the file is written. */
    public static void add(SafetensorsWriter writer, Scope scope, String name, NDArray tensor) {
        writer.add(name, StoredDtype.F32, tensor.getShape().getShape(), sink -> write(sink, scope, tensor));
    }

    /** Writes a tensor's fp32 values from where it lies: a checkpoint leaves no garbage of its size. */
    public static void write(TensorSink sink, Scope scope, NDArray tensor) throws IOException {
        try (Scope inner = scope.inner()) {
            sink.floats(TensorKernels.floats(inner, tensor));
        }
    }

    /** Returns a tensor's values in fp32, in row-major order. */
    public static float[] values(Scope scope, NDArray tensor) {
        return TensorKernels.toFloats(scope, tensor);
    }

    /**
     * Overwrites a tensor with what a checkpoint's file has under a name.
     *
     * @throws InputException where the file has none of its shape
     */
    public static void fill(Scope scope, NDArray target, SafetensorsFile file, String name) {
        TensorEntry entry = file.find(name);
        if (entry == null || !Arrays.equals(entry.shape(), target.getShape().getShape())) {
            throw new InputException(file.path() + " has no tensor " + name + " of shape " + target.getShape()
                    + "; the checkpoint is of a run with other options.");
        }
        fill(scope, target, entry.floats());
    }

    /** Overwrites a tensor with values in row-major order. */
    public static void fill(Scope scope, NDArray target, float[] values) {
        try (Scope inner = scope.inner()) {
            TensorKernels.fill(
                    inner, target, inner.floats(values, target.getShape().getShape()));
        }
    }
}
