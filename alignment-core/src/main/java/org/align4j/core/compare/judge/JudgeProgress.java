package org.align4j.core.compare.judge;

/** Hears how a judge gets on. */
@FunctionalInterface
public interface JudgeProgress {
    /** Hears nothing. */
    JudgeProgress UNHEARD = matches -> {};

    /** Hears that so many more matches are done. */
    void done(int matches);
}
