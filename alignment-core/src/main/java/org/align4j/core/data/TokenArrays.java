package org.align4j.core.data;

/** What the token rows ask of their arrays. */
final class TokenArrays {
    private TokenArrays() {}

    static void requireSome(String name, int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException(name + " has no token but needs at least one.");
        }
    }

    /** Whether a token after the first counts, so that there is something to predict it from. */
    static boolean learnable(boolean[] trained) {
        for (int t = 1; t < trained.length; t++) {
            if (trained[t]) {
                return true;
            }
        }
        return false;
    }

    /** The place of the first trained token, or the length where there is none. */
    static int firstTrained(boolean[] trained) {
        int t = 0;
        while (t < trained.length && !trained[t]) {
            t++;
        }
        return t;
    }
}
