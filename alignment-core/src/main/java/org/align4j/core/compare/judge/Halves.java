package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.Judge.JudgeProgress;

/** Counts choices and tells of a match when both its orders may be done. */
final class Halves {
    private final JudgeProgress matches;
    private int odd;

    Halves(JudgeProgress matches) {
        this.matches = matches;
    }

    synchronized void done(int choices) {
        int all = choices + odd;
        odd = all % 2;
        matches.done(all / 2);
    }
}
