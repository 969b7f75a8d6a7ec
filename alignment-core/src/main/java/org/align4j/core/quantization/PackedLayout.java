package org.align4j.core.quantization;

/**
 * The places of one quantised tensor's parts, in bytes from its beginning: codes of whole blocks, then constants (fp32), or
 * constants of constants (fp32), their mean (fp32) and their codes; last a checksum. Every part begins at a multiple of its
 * element's size.
 *
 * @param elements of the tensor; the last block is filled with zeros
 */
public record PackedLayout(Quantization quantization, long elements) {
    static final int CHECKSUM = 8;
    private static final int ALIGNMENT = 8;

    /** Blocks, the last one filled up. */
    public long blocks() {
        return ceilDivide(elements, Quantization.BLOCK);
    }

    /** Counts the blocks of constants. */
    public long constantsBlocks() {
        return ceilDivide(blocks(), Quantization.CONSTANTS_BLOCK);
    }

    /** Bytes of the codes, which come first: of NF4 two a byte, the first in the upper half. */
    public long codes() {
        return blocks() * Quantization.BLOCK * quantization.scheme().bits() / Byte.SIZE;
    }

    /** Returns where {@link #blocks} constants lie or, where they are held in 8 bits, {@link #constantsBlocks} of theirs. */
    public long constantsBegin() {
        return codes();
    }

    /** Where the mean of the constants lies; constants in 8 bits only. */
    public long meanBegin() {
        return constantsBegin() + constantsBlocks() * Float.BYTES;
    }

    /** Where {@link #blocks} codes of constants lie; constants in 8 bits only. */
    public long constantCodesBegin() {
        return meanBegin() + Float.BYTES;
    }

    /** Bytes before the checksum. */
    long checked() {
        long end = quantization.doubled() ? constantCodesBegin() + blocks() : constantsBegin() + blocks() * Float.BYTES;
        return ceilDivide(end, ALIGNMENT) * ALIGNMENT;
    }

    /** Counts the bytes of the tensor in all. */
    public long bytes() {
        return checked() + CHECKSUM;
    }

    private static long ceilDivide(long value, long by) {
        return (value + by - 1) / by;
    }
}
