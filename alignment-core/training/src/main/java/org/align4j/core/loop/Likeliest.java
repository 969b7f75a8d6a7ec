package org.align4j.core.loop;

/**
 * The likeliest tokens at each position of sequences that has targets; a position without has none.
 *
 * @param ids {@code [sequences][T][k]} the likeliest first
 * @param logProbs {@code [sequences][T][k]} nats
 * @param logits {@code [sequences][T][k]} what the softmax is taken of
 */
@SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
public record Likeliest(int[][][] ids, double[][][] logProbs, double[][][] logits) {
    /** Most tokens per position that may be asked for. */
    public static final int MOST = 100;
}
