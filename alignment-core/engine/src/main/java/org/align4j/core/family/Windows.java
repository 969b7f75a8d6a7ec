package org.align4j.core.family;

import java.util.List;
import java.util.function.IntPredicate;
import org.align4j.core.model.Reach;

/** Says which layers see a window of tokens only, and how many tokens it has. */
final class Windows {
    private static final String WINDOW = "sliding_attention";
    private static final String ALL = "full_attention";

    private Windows() {}

    /** {@code sliding_window} on every layer; all tokens where it is null or absent. */
    static Reach everywhere(ConfigJson config) {
        return config.has("sliding_window") ? Reach.window(config.count("sliding_window")) : Reach.ALL;
    }

    /** {@code sliding_window}, which must be there where a layer sees a window. */
    static Reach required(ConfigJson config) {
        return Reach.window(config.count("sliding_window"));
    }

    /** Whether a layer sees a window: by {@code layer_types}, or all but each {@code sliding_window_pattern}-th. */
    static boolean inPattern(ConfigJson config, int layer) {
        return has(config, layer, i -> (i + 1) % config.count("sliding_window_pattern") != 0);
    }

    /**
     * Whether a layer is one of those that see a window, by {@code layer_types} where the config has them.
     *
     * @param otherwise the family's rule
     */
    static boolean has(ConfigJson config, int layer, IntPredicate otherwise) {
        List<String> types = config.texts("layer_types");
        if (types.isEmpty()) {
            return otherwise.test(layer);
        }
        int layers = config.count("num_hidden_layers");
        if (types.size() != layers) {
            throw config.error("layer_types has " + types.size() + " entries but num_hidden_layers is " + layers + ".");
        }
        String type = types.get(layer);
        if (!type.equals(WINDOW) && !type.equals(ALL)) {
            throw config.error("layer_types has \"" + type + "\" for layer " + layer + " but this family knows " + ALL
                    + " and " + WINDOW + "; the results would be wrong.");
        }
        return type.equals(WINDOW);
    }

    /** {@link #everywhere} on the layers that {@link #has} names, all tokens on the others. */
    static Reach reach(ConfigJson config, int layer, IntPredicate otherwise) {
        return has(config, layer, otherwise) ? everywhere(config) : Reach.ALL;
    }

    /** Qwen's rule: windows where {@code use_sliding_window} is on, from layer {@code max_window_layers}. */
    static Reach ofQwen(ConfigJson config, int layer) {
        int first = config.whole(28, "max_window_layers");
        return ifUsed(config, reach(config, layer, i -> i >= first));
    }

    /** A reach where {@code use_sliding_window} is on. */
    static Reach ifUsed(ConfigJson config, Reach reach) {
        return config.flag("use_sliding_window", false) ? reach : Reach.ALL;
    }
}
