package org.align4j.ppo.loss;

import java.io.Serializable;

/**
 * Tokens whose ratio a clip changed for the worse.
 *
 * @param low those below the range
 * @param high those above it
 */
public record ClippedTokens(long low, long high) implements Serializable {
    /** The count where nothing is clipped. */
    public static final ClippedTokens NONE = new ClippedTokens(0, 0);

    /** Counts both. */
    public long all() {
        return low + high;
    }
}
