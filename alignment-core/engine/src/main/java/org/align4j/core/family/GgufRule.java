package org.align4j.core.family;

import java.util.ArrayList;
import java.util.List;

/**
 * Says which tensors of a checkpoint a tensor of a GGUF file is, and how its rows lie there.
 *
 * @param gguf its name in the file without {@code .weight} and {@code .bias}; {@code #} stands for the layer
 * @param ours its name in a checkpoint; {@code #} stands for the layer, {@code @} for an expert, all of which are one tensor in the file
 * @param rows their order
 * @param onePlus whether the file has one plus the weight
 */
record GgufRule(String gguf, String ours, GgufRows rows, boolean onePlus) {
    private static final String LAYER = "#";
    private static final String EXPERT = "@";

    /** A tensor whose rows lie as they are. */
    static GgufRule of(String gguf, String ours) {
        return new GgufRule(gguf, ours, GgufRows.AS_THEY_ARE, false);
    }

    GgufRule in(GgufRows other) {
        return new GgufRule(gguf, ours, other, onePlus);
    }

    GgufRule plusOne() {
        return new GgufRule(gguf, ours, rows, true);
    }

    /** The order of a tensor's rows in a file; a vector has nothing to turn round. */
    GgufRows rows(boolean vector) {
        return vector && rows == GgufRows.TRANSPOSED ? GgufRows.AS_THEY_ARE : rows;
    }

    boolean isOfLayers() {
        return gguf.contains(LAYER);
    }

    boolean isOfExperts() {
        return ours.contains(EXPERT);
    }

    /** The name in a file. */
    String gguf(int layer, String suffix) {
        return gguf.replace(LAYER, String.valueOf(layer)) + suffix;
    }

    /** The names in a checkpoint: one, or one for each expert. */
    List<String> ours(int layer, int experts, String suffix) {
        String name = ours.replace(LAYER, String.valueOf(layer)) + suffix;
        if (!isOfExperts()) {
            return List.of(name);
        }
        List<String> names = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            names.add(name.replace(EXPERT, String.valueOf(expert)));
        }
        return names;
    }
}
