package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;

/** Computes values from codes and the constants of their blocks. Every result belongs to the given scope. */
public final class QuantizationKernels {
    private QuantizationKernels() {}

    /**
     * What words of four NF4 codes stand for, as {@link #nf4} looks it up.
     *
     * @param values {@code [16]} fp32, by code
     * @return {@code [65536, 4]} fp32
     */
    public static NDArray nf4Words(Scope scope, NDArray values) {
        Shapes.require("values", values, 16);
        return scope.call("nf4_words", values);
    }

    /**
     * Computes the values of NF4 codes.
     *
     * @param codes {@code [16 blocks]} int16, four codes each
     * @param words of {@link #nf4Words}
     * @param constants {@code [blocks]} fp32
     * @param shape {@code [axes]} int64 on the CPU, of the result
     * @param dtype of the result; products are made in fp32
     */
    public static NDArray nf4(
            Scope scope, NDArray codes, NDArray words, NDArray constants, NDArray shape, Dtype dtype) {
        Shapes.require("codes", codes, 16 * constants.size());
        return scope.call(
                "dequantize_nf4", codes, words, constants, shape, scope.places(dtype.code()), scope.pieceBytes());
    }

    /**
     * Values of int8 codes: {@code code * (constant / 127)}.
     *
     * @param codes {@code [64 blocks]} int8
     * @param constants {@code [blocks]} fp32
     * @param shape {@code [axes]} int64 on the CPU, of the result
     */
    public static NDArray int8(Scope scope, NDArray codes, NDArray constants, NDArray shape, Dtype dtype) {
        Shapes.require("codes", codes, 64 * constants.size());
        return scope.call("dequantize_int8", codes, constants, shape, scope.places(dtype.code()), scope.pieceBytes());
    }

    /**
     * Values of 8-bit floats whose blocks have a factor each.
     *
     * @param codes {@code [..., R, C]} F8_E4M3
     * @param factors {@code [matrices, R / rows, C / columns]} fp32, rounded up
     * @param rows of a block
     * @param columns of a block
     * @param dtype of the result; products are made in fp32
     */
    public static NDArray fp8(Scope scope, NDArray codes, NDArray factors, int rows, int columns, Dtype dtype) {
        Shapes.require("factors", factors, -1, -1, -1);
        return scope.call(
                "dequantize_fp8",
                codes,
                factors,
                scope.places(rows),
                scope.places(columns),
                scope.places(dtype.code()),
                scope.pieceBytes());
    }

    /**
     * Constants that are held in 8 bits.
     *
     * @param codes {@code [blocks]} uint8
     * @param values {@code [256]} fp32, by code
     * @param constants {@code [blocks / 256, rounded up]} fp32
     * @param mean {@code [1]} fp32, added
     * @return {@code [blocks]} fp32
     */
    public static NDArray constants(Scope scope, NDArray codes, NDArray values, NDArray constants, NDArray mean) {
        Shapes.require("values", values, 256);
        Shapes.require("mean", mean, 1);
        return scope.call("dequantize_constants", codes, values, constants, mean);
    }
}
