package org.align4j.core.data.layout;

/** Says which pairs a row with several graded answers gives. */
public enum Pairing {
    /** One pair: the best answer against the worst. */
    BEST_WORST,
    /** Each answer against each one below it. */
    ALL,
    /** Each answer against the next one below it. */
    ADJACENT
}
