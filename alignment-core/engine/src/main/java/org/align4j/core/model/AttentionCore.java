package org.align4j.core.model;

/**
 * Scores, mask and softmax of one layer, without its projections.
 *
 * @param layer index from 0
 * @param keyValueHeads heads that keys and values have; queries have a multiple of them
 * @param keyWidth width of a query and a key
 * @param valueWidth width of a value
 * @param scaling what scores are multiplied by, usually {@code keyWidth^-0.5}
 * @param reach how far back a token sees
 * @param scoreCap {@code cap * tanh(score / cap)} over the scaled scores (Gemma 2); 0: none
 */
public record AttentionCore(
        int layer, int keyValueHeads, int keyWidth, int valueWidth, double scaling, Reach reach, double scoreCap) {

    /** Keys and values of one width, scaled by its square root, everything before a token seen. */
    public static AttentionCore of(int layer, int keyValueHeads, int headWidth) {
        return new AttentionCore(layer, keyValueHeads, headWidth, headWidth, Math.pow(headWidth, -0.5), Reach.ALL, 0);
    }

    /** Returns this attention with another reach. */
    public AttentionCore within(Reach other) {
        return new AttentionCore(layer, keyValueHeads, keyWidth, valueWidth, scaling, other, scoreCap);
    }

    /** Returns this attention with scores multiplied by another number. */
    public AttentionCore scaledBy(double other) {
        return new AttentionCore(layer, keyValueHeads, keyWidth, valueWidth, other, reach, scoreCap);
    }

    /** Returns this attention with capped scores. */
    public AttentionCore cappedAt(double cap) {
        return new AttentionCore(layer, keyValueHeads, keyWidth, valueWidth, scaling, reach, cap);
    }
}
