package org.align4j.core.forecast;

import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.LayerParts;
import org.align4j.core.model.Linear;
import org.align4j.core.model.layer.VarlenAttention;

/**
 * Bytes that a forward leaves for its backward. A layer whose backward is written out keeps of each token its output, queries, keys
 * and values, the heads' results, the sum after attention, gate and up, and thin rows of low-rank pairs. One that autograd
 * differentiates keeps the inputs and outputs of its two norms, queries, keys and values by query head, the heads' results and four
 * rows as wide as the MLP, and the keys and values that blocks with a shared prompt see. Both keep attention's probabilities, but for long blocks. With
 * recomputation: each layer's input, where blocks are long the heads' results of layers whose backward is written out, and all of that of
 * one layer. What the backward of a layer needs besides comes on top.
 *
 * @param dtype the compute dtype
 * @param recompute whether layers are computed again in the backward pass
 * @param atOnce forwards that are in memory at a time
 * @param written whether layers whose shape allows it are differentiated by the backward that is written for them
 * @param remembers whether these, where they are computed again, take attention's result from the first time
 */
public record Activations(
        Decoder decoder, Dtype dtype, boolean recompute, int atOnce, boolean written, boolean remembers) {
    /** fp32 tensors of a chunk of logits that live at a time, beside the logits as the product gave them. */
    private static final long LOGIT_COPIES = 2;

    /** Bytes of a number of the sum that every layer adds to: fp32 in every compute dtype. */
    private static final long SUM_BYTES = Float.BYTES;

    /** Tensors of a tile's pairs that live at a time in its backward: probabilities, their gradients, and capped scores. */
    private static final long TILE_COPIES = 3;

    /** Numbers of each token that the pairs' thin products keep: seven of the usual rank. */
    private static final long THIN = 7 * 16;

    /**
     * What passes through the backward of one layer, and holes that the allocator leaves, in layers: fitted to SmolLM2-135M,
     * where it holds from 269 to 1,218 tokens.
     */
    private static final double BACKWARD_OF_KEPT = 7;

    /**
     * {@link #BACKWARD_OF_KEPT} for layers whose backward is written out, which are smaller: fitted to 465 and 923 tokens,
     * one forward and two.
     */
    private static final double WRITTEN_BACKWARD_OF_KEPT = 4;

    /**
     * {@link #BACKWARD_OF_KEPT} where layers are computed again: large blocks go back when they are freed, which leaves no
     * holes. Fitted to one and three layers as wide as Llama-3.1-8B's.
     */
    private static final double BACKWARD_OF_RECOMPUTED = 0.8;

    /**
     * {@link #BACKWARD_OF_RECOMPUTED} for layers whose backward is written out: three rows as wide as the MLP and three as
     * wide as the model, and a tenth.
     */
    private static final double WRITTEN_BACKWARD_OF_RECOMPUTED = 1.3;

    /** Holes that small blocks leave, in bytes of those that stay: fitted to 690, 1,343 and 2,406 tokens. */
    private static final double HOLES_OF_STAYING = 2.3;

    /** Returns the bytes that a kept graph takes for each token: attention's pairs of positions left out. */
    public long bytesPerToken() {
        return decoder.layers().stream().mapToLong(this::bytesPerToken).sum();
    }

    private boolean isWritten(DecoderLayer layer) {
        return written && LayerParts.of(layer) != null;
    }

    private long bytesPerToken(DecoderLayer layer) {
        long hidden = decoder.hiddenSize();
        if (isWritten(layer)) {
            AttentionCore core = layer.attentionCore();
            long shared = (long) core.keyValueHeads() * (core.keyWidth() + core.valueWidth());
            return SUM_BYTES * 2 * hidden + dtype.bytes() * (headWidths(layer) + shared + 2 * mlpWidth(layer) + THIN);
        }
        return SUM_BYTES * 2 * hidden + dtype.bytes() * (2 * hidden + 2 * headWidths(layer) + 4 * mlpWidth(layer));
    }

    private static long headWidths(DecoderLayer layer) {
        return (long) layer.attention().queryHeads()
                * (layer.attentionCore().keyWidth() + layer.attentionCore().valueWidth());
    }

    /** Returns the width of a layer's feed-forward part; of experts, that of as many as a token goes to. */
    private long mlpWidth(DecoderLayer layer) {
        long attention = layer.attention().linears().count();
        long widest = layer.linears()
                .skip(attention)
                .mapToLong(linear -> Math.max(linear.inputs(), linear.outputs()))
                .max()
                .orElse(decoder.hiddenSize());
        if (layer.idleElements() == 0) {
            return widest;
        }
        long all =
                layer.parameters().mapToLong(parameter -> parameter.elements()).sum();
        long ofAttention =
                layer.attention().linears().mapToLong(Activations::elements).sum();
        return Math.max(widest, (all - layer.idleElements() - ofAttention) / (3L * decoder.hiddenSize()));
    }

    private static long elements(Linear linear) {
        return (long) linear.inputs() * linear.outputs();
    }

    /** Describes activations of one forward at a time, differentiated by autograd. */
    public Activations(Decoder decoder, Dtype dtype, boolean recompute) {
        this(decoder, dtype, recompute, 1, false, false);
    }

    /** Returns a forward's size as its device holds it: without scores where attention of every layer is one call there. */
    public ForwardSize on(DeviceProfile device, ForwardSize size) {
        boolean inOneCall = device.attendsPacks()
                && decoder.layers().stream().allMatch(layer -> VarlenAttention.fits(layer.attentionCore(), dtype));
        return inOneCall ? size.inOneCall(groups()) : size;
    }

    private int groups() {
        return decoder.layers().stream()
                .mapToInt(layer ->
                        layer.attention().queryHeads() / layer.attentionCore().keyValueHeads())
                .min()
                .orElse(1);
    }

    /** Returns the bytes of all forwards that are in memory at once. */
    public long bytes(ForwardSize size) {
        return atOnce * keptBytes(size) + passingBytes(size);
    }

    /**
     * Returns the bytes of the holes that the C library keeps where layers are computed again: blocks that go back at once leave none, smaller
     * ones that stay leave them between each other.
     */
    long holes(ForwardSize size) {
        long block = size.tokens() * decoder.hiddenSize() * SUM_BYTES;
        return block < NativeHeap.LARGE_BLOCK ? Math.round(HOLES_OF_STAYING * atOnce * keptBytes(size)) : 0;
    }

    /** What stays from the forward until its layer's backward: all of each layer, or its input and what is remembered. */
    private long keptBytes(ForwardSize size) {
        return recompute
                ? ((decoder.layers().size() + 1L) * decoder.hiddenSize() * SUM_BYTES + remembered(size) * dtype.bytes())
                        * size.tokens()
                : decoder.layers().stream()
                        .mapToLong(layer -> bytes(layer, size))
                        .sum();
    }

    /** Returns the numbers of each token that recomputation remembers. */
    private long remembered(ForwardSize size) {
        return !remembers || size.tileCells() == 0
                ? 0
                : decoder.layers().stream()
                        .filter(this::isWritten)
                        .mapToLong(layer -> (long) layer.attention().queryHeads()
                                * layer.attentionCore().valueWidth())
                        .sum();
    }

    /** What a layer's backward takes for its while, in as many forwards as there are; with recomputation the layer is in it. */
    long passingBytes(ForwardSize size) {
        long largest = decoder.layers().stream()
                .mapToLong(layer -> bytes(layer, size))
                .max()
                .orElse(0);
        boolean all = decoder.layers().stream().allMatch(this::isWritten);
        double ofKept = all ? WRITTEN_BACKWARD_OF_KEPT : BACKWARD_OF_KEPT;
        double ofRecomputed = all ? WRITTEN_BACKWARD_OF_RECOMPUTED : BACKWARD_OF_RECOMPUTED;
        return Math.round(atOnce * largest * (recompute ? 1 + ofRecomputed : ofKept)) + atOnce * tileBytes(size);
    }

    /** Returns the bytes of a tile's scores, those of the query heads of one key head, while they are differentiated. */
    private long tileBytes(ForwardSize size) {
        long heads = decoder.layers().stream()
                .mapToLong(layer ->
                        layer.attention().queryHeads() / layer.attentionCore().keyValueHeads())
                .max()
                .orElse(0);
        return TILE_COPIES * dtype.bytes() * heads * size.tileCells();
    }

    private long bytes(DecoderLayer layer, ForwardSize size) {
        long copies = isWritten(layer) ? 0 : headWidths(layer) * size.sharedKeys();
        return bytesPerToken(layer) * size.tokens()
                + cellBytes(layer) * layer.attention().queryHeads() * size.cells()
                + dtype.bytes() * copies;
    }

    /** Returns the bytes of one probability: autograd keeps it in fp32, as softmax gave it, and rounded, as the product took it. */
    private long cellBytes(DecoderLayer layer) {
        return dtype == Dtype.F32 || isWritten(layer) ? dtype.bytes() : Float.BYTES + dtype.bytes();
    }

    /**
     * Returns the bytes of the head while it scores, in each of the forwards: a chunk of logits, and the gradients of the
     * response positions.
     *
     * @param chunkRows rows of logits at a time
     */
    public long headBytes(ForwardSize size, int chunkRows) {
        long rows = Math.min(chunkRows, size.scored());
        long vocabulary = decoder.vocabulary();
        long one = rows * vocabulary * (LOGIT_COPIES * Float.BYTES + dtype.bytes())
                + 2 * size.scored() * decoder.hiddenSize() * dtype.bytes();
        return atOnce * one;
    }
}
