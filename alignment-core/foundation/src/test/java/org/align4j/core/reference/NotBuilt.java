package org.align4j.core.reference;

/** Thrown by a check that meets a kind of case the code under test doesn't have yet. */
public final class NotBuilt extends RuntimeException {
    NotBuilt(String kind) {
        super(kind);
    }
}
