package org.align4j.core.data.encode;

/** A 64-bit key of token sequences: equal for equal ones, and for others practically never. */
final class TokenHash {
    private static final long PRIME = 0x100000001B3L;

    private TokenHash() {}

    static long of(int[] ids) {
        long hash = 0xCBF29CE484222325L;
        for (int id : ids) {
            hash = (hash ^ id) * PRIME;
            hash ^= hash >>> 29;
        }
        return mix(hash + ids.length);
    }

    /** Spreads every bit over all (the finaliser of SplitMix64). */
    static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
