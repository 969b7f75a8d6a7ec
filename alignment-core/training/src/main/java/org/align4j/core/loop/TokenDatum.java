package org.align4j.core.loop;

/**
 * A sequence with what a loss needs beside its tokens.
 *
 * @param <I> kind of the loss's inputs
 * @param sequence tokens and targets
 * @param inputs numbers for each target
 */
public record TokenDatum<I extends TokenLoss.Inputs>(TokenSequence sequence, I inputs) {
    /** Refuses inputs that don't fit the targets, and numbers that are not finite. */
    public TokenDatum {
        inputs.check(sequence.targets());
    }
}
