package org.align4j.core.data;

/** Checks that token rows share of their arrays. */
final class TokenArrays {
    private TokenArrays() {}

    static void requireSome(String name, int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException(name + " has no token but needs at least one.");
        }
    }
}
