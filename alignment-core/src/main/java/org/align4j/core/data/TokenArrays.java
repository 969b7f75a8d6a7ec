package org.align4j.core.data;

/** What the token rows ask of their arrays. */
final class TokenArrays {
    private TokenArrays() {}

    static void requireSome(String name, int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException(name + " has no token but needs at least one.");
        }
    }
}
