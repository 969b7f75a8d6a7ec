package org.align4j.core.policy.measure;

import static org.align4j.core.error.RootFormat.format;

import java.util.Objects;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Parameter;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trunk;

/**
 * Floating-point operations of passes' matrix products, low-rank pairs left out. P numbers in the layers' matrices that one
 * token uses, V vocabulary, H hidden, D and E widths of a head's keys and values.
 *
 * <p>A token: 2 P forward, 2 P for the gradient of its inputs, 2 Q more where layers are computed again, 2 P more where the
 * matrices train. Q is P without a layer's last product, where its backward is written out and needs no result; else P. A response
 * position: 2 V H for the logits, 2 V H for their gradient (twice that where the head trains). A pair of positions that attention
 * computes: 2 (D + E) a head forward, twice that backward, once more where computed again and not remembered.
 */
public final class PassFlop {
    private final Policy policy;
    private final long body;
    private final long again;
    private final long head;
    private final boolean trainsBody;

    public PassFlop(Policy policy) {
        this.policy = policy;
        Decoder decoder = policy.decoder();
        this.body = decoder.layers().stream().mapToLong(PassFlop::matrices).sum();
        this.again = body
                - (policy.plan().isWritten()
                        ? decoder.layers().stream().mapToLong(PassFlop::last).sum()
                        : 0);
        this.head = (long) decoder.vocabulary() * decoder.hiddenSize();
        this.trainsBody = decoder.layers().stream()
                .flatMap(DecoderLayer::parameters)
                .anyMatch(parameter ->
                        parameter.shape().length > 1 && policy.trainables().trainableOf(parameter) != null);
    }

    private static long matrices(DecoderLayer layer) {
        return layer.parameters()
                        .filter(parameter -> parameter.shape().length > 1)
                        .mapToLong(Parameter::elements)
                        .sum()
                - layer.idleElements();
    }

    private static long last(DecoderLayer layer) {
        return Objects.requireNonNull(LayerParts.of(layer))
                .mlp()
                .down()
                .weight()
                .elements();
    }

    /** Writes the formula of operations with this policy's numbers. */
    public String formula() {
        return format(
                "%d P%s per token (P = %d%s) + %d V H per response position + attention",
                tokenProducts(true),
                recomputes() ? " + 2 Q" : "",
                body,
                recomputes() ? format(", Q = %d", again) : "",
                headProducts(true));
    }

    /** Counts the floating-point operations of a pass. */
    public double of(PassLog.Entry pass) {
        PackedBatch batch = pass.batch();
        int products =
                !pass.differentiated() ? 1 : recomputes() && !policy.plan().remembers(batch) ? 4 : 3;
        return withoutAttention(batch.size(), batch.scored(), pass.differentiated())
                + (double) products * attention() * batch.attentionCells();
    }

    /**
     * Counts the operations of passes, those of attention left out.
     *
     * @param tokens of them
     * @param scored response positions
     */
    public double withoutAttention(long tokens, long scored, boolean differentiated) {
        long computedAgain = differentiated && recomputes() ? 2 * again : 0;
        return (double) (tokenProducts(differentiated) * body + computedAgain) * tokens
                + (double) headProducts(differentiated) * head * scored;
    }

    private int tokenProducts(boolean differentiated) {
        return !differentiated ? 2 : 4 + (trainsBody ? 2 : 0);
    }

    private int headProducts(boolean differentiated) {
        return !differentiated ? 2 : policy.trainsHead() ? 8 : 4;
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
