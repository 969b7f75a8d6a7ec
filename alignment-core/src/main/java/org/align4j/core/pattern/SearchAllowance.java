package org.align4j.core.pattern;

import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.error.InputException;

/**
 * What the expressions of one file may read of all texts together. Each search ends for itself, but a file of a million rows
 * could ask for a million that are slow; so what searches read beyond the ordinary is counted over the whole file.
 */
public final class SearchAllowance {
    /** Read in about half a minute. */
    private static final long MOST_EXTRA = 2_000_000_000;

    /** What a search reads ordinarily: so much, and this often each character. */
    private static final long ORDINARY = 100_000;

    private static final long ORDINARY_READINGS = 100;

    private final String file;
    private final AtomicLong extra = new AtomicLong();

    /** @param file the file that the expressions are from, for messages */
    public SearchAllowance(String file) {
        this.file = file;
    }

    /** @throws InputException where the file's searches read too much already */
    void require() {
        if (extra.get() > MOST_EXTRA) {
            throw new InputException(
                    file + " has expressions that take too long on the answers together; use fewer"
                            + " repetitions that can take the same characters, such as (.*)(.*), or make them possessive: .*+.");
        }
    }

    void charge(int read, int length) {
        extra.addAndGet(Math.max(0, read - ORDINARY - ORDINARY_READINGS * length));
    }
}
