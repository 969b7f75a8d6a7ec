package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.nio.FloatBuffer;

/** Copies and conversions of whole tensors. */
public final class TensorKernels {
    private TensorKernels() {}

    /** The tensor in another dtype; the tensor itself where it has it already. */
    public static NDArray cast(Scope scope, NDArray x, Dtype dtype) {
        return scope.call("cast", x, scope.places(dtype.code()));
    }

    /** The tensor in the dtype of another; the tensor itself where it has it already. */
    public static NDArray castAs(Scope scope, NDArray x, NDArray other) {
        return scope.call("cast_as", x, other);
    }

    /** Makes a second handle to a tensor's memory, which lives as long as its scope. */
    public static NDArray alias(Scope scope, NDArray x) {
        return scope.call("alias", x);
    }

    /** A contiguous copy of its own in a dtype. */
    public static NDArray copy(Scope scope, NDArray x, Dtype dtype) {
        return scope.call("materialize", x, scope.places(dtype.code()));
    }

    /** The tensor on the scope's device; the tensor itself where it is there already. */
    public static NDArray onDevice(Scope scope, NDArray x) {
        return scope.call("to_device_of", x, scope.anchor());
    }

    /**
     * Elements of a flat tensor from a place on, viewed in a shape; no copy.
     *
     * @param begin {@code [1]} int64 on the CPU
     * @param shape {@code [axes]} int64 on the CPU
     */
    public static NDArray view(Scope scope, NDArray flat, NDArray begin, NDArray shape) {
        Shapes.require("flat", flat, -1);
        return scope.call("slice_view", flat, begin, shape);
    }

    /** Overwrites {@code target} with {@code source} of the same shape, converting the dtype. */
    public static void fill(Scope scope, NDArray target, NDArray source) {
        Shapes.requireSame("target", target, "source", source);
        scope.call("fill_from", target, source);
    }

    /** Overwrites each target with its source, converting dtypes. */
    public static void fillAll(Scope scope, TensorList targets, TensorList sources) {
        scope.call("copy_all", OptimizerKernels.arguments(targets, sources));
    }

    /** Moves each target to {@code (1 - share) * target + share * source}; each product is rounded, then their sum. */
    public static void mixAll(Scope scope, TensorList targets, TensorList sources, double share) {
        NDList arguments = OptimizerKernels.arguments(targets, sources);
        arguments.add(scope.number(share));
        scope.call("mix_all", arguments);
    }

    /** True where every element is finite. */
    public static boolean isFinite(Scope scope, NDArray x) {
        return scope.call("all_finite", x, scope.pieceBytes()).getBoolean();
    }

    /** True where two tensors of one shape are equal everywhere. */
    public static boolean areEqual(Scope scope, NDArray x, NDArray y) {
        Shapes.requireSame("x", x, "y", y);
        return scope.call("equal", x, y).getBoolean();
    }

    /**
     * The values in fp32 where they lie; a copy in the scope where they are of another dtype or on another device.
     *
     * @return to be read while both the tensor and the scope are open
     */
    public static FloatBuffer floats(Scope scope, NDArray x) {
        return cast(scope, x, Dtype.F32).toByteBuffer(true).asFloatBuffer();
    }

    /** Overwrites a contiguous fp32 tensor with as many of the next values as it has elements, in row-major order. */
    public static void overwrite(Scope scope, NDArray target, FloatBuffer values) {
        int elements = Math.toIntExact(target.size());
        if (target.getDevice().isGpu()) {
            float[] own = new float[elements];
            values.get(own);
            fill(scope, target, scope.floats(own, target.getShape().getShape()));
        } else {
            floats(scope, target).put(values.slice().limit(elements));
            values.position(values.position() + elements);
        }
    }

    /** The values as Java floats, whatever the dtype. */
    public static float[] toFloats(Scope scope, NDArray x) {
        try (Scope inner = scope.inner()) {
            return cast(inner, x, Dtype.F32).toFloatArray();
        }
    }
}
