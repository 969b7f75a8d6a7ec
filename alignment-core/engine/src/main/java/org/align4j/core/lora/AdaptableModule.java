package org.align4j.core.lora;

import java.util.List;

/**
 * A module of a model as adapters see it: a name and the shape of its weight.
 *
 * @param name the path, such as {@code model.layers.0.self_attn.q_proj}
 * @param type what it does with its weight
 * @param weightShape the shape of {@code name.weight} in the checkpoint
 * @param hasBias whether there is a {@code name.bias}
 */
public record AdaptableModule(String name, ModuleType type, List<Long> weightShape, boolean hasBias) {
    /** The kinds of modules by how they use their weight. */
    public enum ModuleType {
        /** A linear layer, weight [out, in]. */
        LINEAR,
        /** A linear layer that stores its weight transposed, [in, out] (GPT-2). */
        CONV1D,
        /** The output embedding or the score head, weight [out, in]; {@code all-linear} leaves it out. */
        OUTPUT,
        /** An embedding, weight [entries, width]. */
        EMBEDDING,
        /** A normalisation; it can be trained in full but not adapted. */
        NORM
    }

    public AdaptableModule {
        weightShape = List.copyOf(weightShape);
        int dimensions = type == ModuleType.NORM ? 1 : 2;
        if (weightShape.size() != dimensions) {
            throw new IllegalArgumentException(name + " is " + type + " with shape " + weightShape);
        }
    }

    /** The width of its input; for an embedding, the number of its entries. */
    public long inFeatures() {
        return switch (type) {
            case LINEAR, OUTPUT -> weightShape.get(1);
            case CONV1D, EMBEDDING, NORM -> weightShape.get(0);
        };
    }

    /** Returns the width of the layer's output. */
    public long outFeatures() {
        return switch (type) {
            case LINEAR, OUTPUT, NORM -> weightShape.get(0);
            case CONV1D, EMBEDDING -> weightShape.get(1);
        };
    }

    /** Returns whether LoRA can be put on the module. */
    boolean adaptable() {
        return type != ModuleType.NORM;
    }

    /** Returns whether {@code all-linear} means the module. */
    public boolean innerLinear() {
        return type == ModuleType.LINEAR || type == ModuleType.CONV1D;
    }
}
