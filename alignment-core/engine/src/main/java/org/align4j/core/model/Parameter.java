package org.align4j.core.model;

import java.util.Arrays;
import org.align4j.core.kernel.Dtype;

/**
 * One weight of a model under its name on disk; the value comes from {@link Weights}.
 *
 * @param name such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param role what it is, which decides weight decay and quantisation
 * @param shape on disk
 */
public record Parameter(String name, Role role, long... shape) {

    /** The roles that weights have in a model. */
    public enum Role {
        EMBEDDING,
        MATRIX,
        HEAD,
        NORM,
        BIAS,
        /** Matrices of many experts in one tensor. */
        STACK,
        /** What experts are chosen by: fp32 in every compute dtype. */
        ROUTER,
        /** Numbers that training leaves alone, fp32 in every compute dtype. */
        BUFFER
    }

    /** Returns the module of which this is the weight or bias. */
    public String module() {
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Counts the values of the parameter. */
    public long elements() {
        long elements = 1;
        for (long size : shape) {
            elements = Math.multiplyExact(elements, size);
        }
        return elements;
    }

    /** Whether weight decay applies: to everything except biases and norm weights. */
    public boolean decays() {
        return role != Role.NORM && role != Role.BIAS;
    }

    /** Returns whether training in full changes the parameter. */
    public boolean trains() {
        return role != Role.BUFFER;
    }

    /** The dtype of its value in a model that computes in another. */
    public Dtype dtype(Dtype compute) {
        return role == Role.ROUTER || role == Role.BUFFER ? Dtype.F32 : compute;
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
