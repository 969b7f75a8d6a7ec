package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.jspecify.annotations.Nullable;

/** Where the tokens of a pass are in their sequences, and what follows from it, made once a pass. */
public final class Positions {
    private final Scope owner;
    private final int[] values;
    private final int[] lengths;
    private final Dtype dtype;
    private final Map<Rope, Rotation> rotations = new HashMap<>();
    private final Map<PositionTemperature, NDArray> temperatures = new HashMap<>();
    private @Nullable NDArray ids;

    /**
     * @param owner lives as long as the pass, its backward included
     * @param values {@code [N]} from 0
     * @param lengths {@code [N]} tokens of the sequence that each belongs to
     * @param dtype of cosines and sines
     */
    public Positions(Scope owner, int[] values, int[] lengths, Dtype dtype) {
        this.owner = owner;
        this.values = values;
        this.lengths = lengths;
        this.dtype = dtype;
    }

    /** Returns the positions of all tokens, {@code [N]} int64. */
    NDArray ids() {
        NDArray made = ids;
        if (made == null) {
            made = owner.longs(Arrays.stream(values).asLongStream().toArray());
            ids = made;
        }
        return made;
    }

    /** Cosine and sine {@code [N, D / 2]} of the angles. */
    public record Rotation(NDArray cosine, NDArray sine) {}

    /** Returns the cosines and sines that turn queries and keys at these positions; they belong to the pass. */
    public Rotation rotation(Rope rope) {
        return rotations.computeIfAbsent(rope, this::make);
    }

    /** Rotary positions put into {@code [heads, N, D]}. */
    public NDArray rotate(Scope scope, Rope rope, NDArray x) {
        Rotation rotation = rotation(rope);
        return DecoderKernels.rope(scope, x, rotation.cosine(), rotation.sine());
    }

    /** Puts rotary positions into {@code [heads, N, D]}, the dimensions paired as asked. */
    public NDArray rotate(Scope scope, Rope rope, Rope.Pairing pairing, NDArray x) {
        if (pairing == Rope.Pairing.HALVES) {
            return rotate(scope, rope, x);
        }
        Rotation rotation = rotation(rope);
        return DecoderKernels.ropePairs(scope, x, rotation.cosine(), rotation.sine());
    }

    /** Queries {@code [heads, N, D]} made larger as positions grow. */
    public NDArray sharpen(Scope scope, PositionTemperature temperature, NDArray x) {
        return DecoderKernels.scalePositions(scope, x, temperatures.computeIfAbsent(temperature, this::factors));
    }

    private NDArray factors(PositionTemperature temperature) {
        float[] factors = new float[values.length];
        for (int n = 0; n < factors.length; n++) {
            factors[n] = (float) temperature.factor(values[n]);
        }
        try (Scope inner = owner.inner()) {
            return owner.keep(TensorKernels.copy(inner, inner.floats(factors, factors.length, 1), Dtype.F32));
        }
    }

    private Rotation make(Rope rope) {
        long width = rope.inverseFrequencies().length;
        try (Scope inner = owner.inner()) {
            NDArray cos = inner.floats(rope.cosines(values, lengths), values.length, width);
            NDArray sin = inner.floats(rope.sines(values, lengths), values.length, width);
            return new Rotation(
                    owner.keep(TensorKernels.copy(inner, cos, dtype)),
                    owner.keep(TensorKernels.copy(inner, sin, dtype)));
        }
    }

    /**
     * Queries grow with the logarithm of their position, so that attention stays as sharp over long texts (Nakanishi 2025, as in
     * Llama 4): {@code 1 + scale * log(1 + floor((first + position) / step))}, positions from 0.
     *
     * @param scale how fast
     * @param step positions with one factor
     * @param first what the first token counts as: 1 in Llama 4, 0 in Ministral 3
     */
    public record PositionTemperature(double scale, double step, int first) {

        double factor(int position) {
            return 1 + scale * Math.log1p(Math.floor((first + position) / step));
        }
    }
}
