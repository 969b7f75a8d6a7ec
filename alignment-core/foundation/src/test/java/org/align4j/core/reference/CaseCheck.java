package org.align4j.core.reference;

/** Compares one reference case with what the code under test computes. */
@FunctionalInterface
public interface CaseCheck {
    /** Computes and compares; differences are collected in {@code comparisons}, which fails the case at its end. */
    void check(ReferenceCase reference, Comparisons comparisons) throws Exception;
}
