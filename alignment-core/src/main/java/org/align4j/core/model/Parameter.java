package org.align4j.core.model;

import java.util.Arrays;

/**
 * One weight of a model under its name on disk; the value comes from {@link Weights}.
 *
 * @param name such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param kind what it is, which decides weight decay and quantisation
 * @param shape on disk
 */
public record Parameter(String name, Kind kind, long... shape) {

    /** Kinds of weights. */
    public enum Kind {
        EMBEDDING,
        MATRIX,
        HEAD,
        NORM,
        BIAS
    }

    /** The module that it is the weight or bias of. */
    public String module() {
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Number of values. */
    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** Whether weight decay applies: to everything except biases and norm weights. */
    public boolean decays() {
        return kind != Kind.NORM && kind != Kind.BIAS;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Parameter p && p.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + " " + Arrays.toString(shape);
    }
}
