package org.align4j.core.template.python;

import org.align4j.core.stop.StopSignal;

/** What one render may spend: every step and every character, element or bit it makes costs one, a new container more. */
public final class Budget {
    /** Enough for conversations of many megabytes; spent in a second or two. */
    public static final long WORK = 50_000_000;
    /** Macros and recursive loops inside one another. */
    public static final int DEPTH = 150;

    /** What a list, a tuple, a dictionary or a text of few characters costs beside what is in it. */
    private static final int CONTAINER = 32;

    private static final int ASK_EVERY = 1024;

    private long left = WORK;
    private int spendings;
    private int depth;

    /** Counts one step of a template's rendering and refuses too many. */
    public void step() {
        spend(1);
    }

    /**
     * Pays for making something of this size, before it is made.
     *
     * @throws org.align4j.core.stop.StoppedException if the process was asked to stop
     */
    public void spend(long size) {
        if (size > left) {
            throw new PythonError(
                    "LimitError", "the template does more than " + WORK + " steps, so it is taken to be endless");
        }
        left -= size;
        if (++spendings % ASK_EVERY == 0) {
            StopSignal.throwIfStopped();
        }
    }

    /** Returns what was paid so far. */
    public long spent() {
        return WORK - left;
    }

    /** Pays for a new list, tuple, dictionary or short text that may be kept. */
    public void container() {
        spend(CONTAINER);
    }

    /** Counts one nested call and refuses too many. */
    public void enter() {
        if (++depth > DEPTH) {
            throw new PythonError("LimitError", "the template's calls go more than " + DEPTH + " deep");
        }
    }

    /** Comes back from a call. */
    public void leave() {
        depth--;
    }
}
