package org.align4j.core.generate;

import java.util.BitSet;

/**
 * Says which tokens may come next in one answer: a grammar over tokens, such as one that keeps an answer JSON. It belongs to one request
 * and is asked by one thread at a time, between two steps of every answer that runs, so that it must answer fast.
 */
public interface TokenFilter {

    /**
     * Returns the ids that may come next; the queue only reads it until {@link #accept} is called. Tokens that end an answer must be
     * among them wherever the answer may end.
     */
    BitSet allowed();

    /** Takes the token that was chosen, one of those allowed. */
    void accept(int id);
}
