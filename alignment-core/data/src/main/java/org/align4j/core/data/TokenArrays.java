package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks and cuts the arrays of token rows. */
final class TokenArrays {
    private TokenArrays() {}

    /** Refuses parts of a row without a token, by their names. */
    static void requireSome(List<String> names, int[]... parts) {
        for (int part = 0; part < parts.length; part++) {
            if (parts[part].length == 0) {
                throw new IllegalArgumentException(names.get(part) + " has no token but needs at least one.");
            }
        }
    }

    /** Returns the first tokens, at most {@code length}. */
    static int[] start(int[] ids, int length) {
        return ids.length <= length ? ids : Arrays.copyOf(ids, length);
    }

    /** Returns the tokens from a place on; null where none is left. */
    static int @Nullable [] end(int[] ids, int from) {
        return from >= ids.length ? null : Arrays.copyOfRange(ids, from, ids.length);
    }
}
