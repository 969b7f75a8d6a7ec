package org.align4j.dpo;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the policy is compared with.
 *
 * @param kind where the reference comes from
 * @param model the folder (or hub name) of another model, for {@link Kind#MODEL} only
 */
public record ReferenceChoice(Kind kind, @Nullable String model) {
    /** Where a reference comes from. */
    public enum Kind {
        /** The model without adapters. */
        BASE,
        /** The adapter that training starts from, frozen. */
        ADAPTER,
        /** Nothing: the reference's log-probabilities count as 0. */
        NONE,
        /** The reference is another model. */
        MODEL
    }

    /** {@code base}, {@code adapter}, {@code none}, or a folder. */
    public static ReferenceChoice parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "base" -> new ReferenceChoice(Kind.BASE, null);
            case "adapter" -> new ReferenceChoice(Kind.ADAPTER, null);
            case "none" -> new ReferenceChoice(Kind.NONE, null);
            default -> new ReferenceChoice(Kind.MODEL, text);
        };
    }

    /** What it may be, for {@code --help}. */
    public static String describe() {
        return "base|adapter|none|DIR";
    }

    @Override
    public String toString() {
        return model != null ? model : kind.name().toLowerCase(Locale.ROOT);
    }
}
