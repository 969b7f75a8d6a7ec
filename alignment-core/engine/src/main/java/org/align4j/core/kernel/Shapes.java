package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.StringJoiner;

/** Shape expectations, checked in Java before a native call. */
final class Shapes {
    private Shapes() {}

    /**
     * Requires a shape; -1 accepts any length.
     *
     * @throws IllegalArgumentException naming the tensor and both shapes
     */
    public static void require(String name, NDArray tensor, long... expected) {
        Shape shape = tensor.getShape();
        boolean fits = shape.dimension() == expected.length;
        for (int i = 0; fits && i < expected.length; i++) {
            fits = expected[i] < 0 || expected[i] == shape.get(i);
        }
        if (!fits) {
            StringJoiner wanted = new StringJoiner(", ", "[", "]");
            Arrays.stream(expected).forEach(n -> wanted.add(n < 0 ? "any" : Long.toString(n)));
            throw new IllegalArgumentException(name + " has shape " + shape + " but must have " + wanted + ".");
        }
    }

    /** Requires two tensors to have one shape. */
    public static void requireSame(String firstName, NDArray first, String secondName, NDArray second) {
        if (!first.getShape().equals(second.getShape())) {
            throw new IllegalArgumentException(firstName + " has shape " + first.getShape() + " but " + secondName
                    + " has " + second.getShape() + "; they must be equal.");
        }
    }

    /** The length of the last axis. */
    public static long last(NDArray tensor) {
        Shape shape = tensor.getShape();
        return shape.get(shape.dimension() - 1);
    }
}
