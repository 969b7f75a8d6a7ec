package org.align4j.core.train;

/** The state before a step has gone beyond a limit that the options set: the run ends with the last one that had not. */
public final class LimitReached extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param limit what was found and what the limit is, without a full stop */
    public LimitReached(String limit) {
        super(limit);
    }
}
