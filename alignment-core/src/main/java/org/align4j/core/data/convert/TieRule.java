package org.align4j.core.data.convert;

/** What becomes of pairs of which neither answer is better. */
public enum TieRule {
    /** Such pairs are left out and counted. */
    DROP,
    /** Such pairs are written with {@code "tie": true}. */
    KEEP
}
