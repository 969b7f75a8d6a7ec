package org.align4j.core.session.options;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a policy is compared with while it trains.
 *
 * @param kind where the reference comes from
 * @param model the folder (or hub name) of another model, for {@link Kind#MODEL} only
 */
public record ReferenceChoice(Kind kind, @Nullable String model) {
    /** No reference. */
    public static final ReferenceChoice NONE = new ReferenceChoice(Kind.NONE, null);

    /** The sources of a reference model. */
    public enum Kind {
        /** The model without adapters. */
        BASE,
        /** The adapter that training starts from, frozen. */
        ADAPTER,
        /** Nothing: the policy is compared with no other. */
        NONE,
        /** The reference is another model. */
        MODEL
    }

    /** {@code base}, {@code adapter}, {@code none}, or a folder. */
    public static ReferenceChoice parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "base" -> new ReferenceChoice(Kind.BASE, null);
            case "adapter" -> new ReferenceChoice(Kind.ADAPTER, null);
            case "none" -> NONE;
            default -> ofModel(text);
        };
    }

    /** Returns another model as the reference. */
    public static ReferenceChoice ofModel(String model) {
        return new ReferenceChoice(Kind.MODEL, model);
    }

    /**
     * Returns the reference that is the policy which training starts as: the usual one of every method.
     *
     * @param adapter that training starts from, whether it was named itself or by a run; null: none, so that the model itself is the start
     */
    public static ReferenceChoice ofStart(@Nullable Path adapter) {
        return new ReferenceChoice(adapter == null ? Kind.BASE : Kind.ADAPTER, null);
    }

    /** Returns the forms of the option's value for {@code --help}. */
    public static String describe() {
        return "base|adapter|none|DIR";
    }

    /** Whether the reference is of a kind. */
    public boolean is(Kind other) {
        return kind == other;
    }

    @Override
    public String toString() {
        return model != null ? model : kind.name().toLowerCase(Locale.ROOT);
    }
}
