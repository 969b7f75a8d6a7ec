package org.align4j.core.compare;

import org.align4j.core.compare.judge.JudgeProgress;

/** Follows a comparison while it goes on. */
public interface ComparisonListener {
    /** Hears nothing. */
    ComparisonListener SILENT = new ComparisonListener() {};

    /**
     * Hears that a judge begins.
     *
     * @param judge as it was named
     * @param matches how many it is asked to rule on
     * @return hears how it gets on
     */
    default JudgeProgress begun(String judge, int matches) {
        return JudgeProgress.UNHEARD;
    }

    /** Hears a sentence about what was found or counted. */
    default void note(String sentence) {}
}
