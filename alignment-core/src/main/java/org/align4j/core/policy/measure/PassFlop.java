package org.align4j.core.policy.measure;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Parameter;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.body.Trunk;

/**
 * Floating-point operations of passes' matrix products, low-rank pairs left out. P numbers in the layers' matrices that one
 * token uses, V vocabulary, H hidden, D and E widths of a head's keys and values.
 *
 * <p>A token: 2 P forward, 2 P for the gradient of its inputs, 2 P more where layers are computed again, 2 P more where the
 * matrices train. A response position: 2 V H for the logits, 2 V H for their gradient (twice that where the head trains). A
 * pair of positions that attention computes: 2 (D + E) a head forward, twice that backward, once more where computed again.
 */
public final class PassFlop {
    private final Policy policy;
    private final long body;
    private final long head;
    private final boolean trainsBody;

    public PassFlop(Policy policy) {
        this.policy = policy;
        Decoder decoder = policy.decoder();
        this.body = decoder.layers().stream().mapToLong(PassFlop::matrices).sum();
        this.head = (long) decoder.vocabulary() * decoder.hiddenSize();
        this.trainsBody = decoder.layers().stream()
                .flatMap(DecoderLayer::parameters)
                .anyMatch(parameter ->
                        parameter.shape().length > 1 && policy.trainables().standingFor(parameter) != null);
    }

    private static long matrices(DecoderLayer layer) {
        return layer.parameters()
                        .filter(parameter -> parameter.shape().length > 1)
                        .mapToLong(Parameter::elements)
                        .sum()
                - layer.idleElements();
    }

    /** P of the formula. */
    public long bodyParameters() {
        return body;
    }

    /** The formula with this policy's numbers, for people. */
    public String formula() {
        return format(
                "%d P a token (P = %d) + %d V H a response position + attention",
                tokenProducts(true), body, headProducts(true));
    }

    /** Operations of a pass. */
    public double of(PassLog.Entry pass) {
        PackedBatch batch = pass.batch();
        return of(batch.size(), batch.scored(), batch.attentionCells(), pass.differentiated());
    }

    /**
     * Operations of some passes.
     *
     * @param tokens of them
     * @param scored response positions
     * @param cells pairs of positions in attention
     */
    public double of(long tokens, long scored, long cells, boolean differentiated) {
        return (double) tokenProducts(differentiated) * body * tokens
                + (double) headProducts(differentiated) * head * scored
                + (double) attentionProducts(differentiated) * attention() * cells;
    }

    private int tokenProducts(boolean differentiated) {
        return !differentiated ? 2 : 4 + (recomputes() ? 2 : 0) + (trainsBody ? 2 : 0);
    }

    private int headProducts(boolean differentiated) {
        return !differentiated ? 2 : policy.trainsHead() ? 8 : 4;
    }

    private int attentionProducts(boolean differentiated) {
        return !differentiated ? 1 : recomputes() ? 4 : 3;
    }

    private boolean recomputes() {
        return policy.recordingMode() == Trunk.Mode.RECOMPUTE;
    }

    private long attention() {
        return policy.decoder().layers().stream()
                .mapToLong(layer -> 2L
                        * layer.attention().queryHeads()
                        * (layer.attentionCore().keyWidth()
                                + layer.attentionCore().valueWidth()))
                .sum();
    }
}
