package org.align4j.core.quantization;

import java.util.Locale;

/**
 * How weights are held in few bits: blocks of {@link #BLOCK} consecutive numbers, each block with its largest magnitude.
 *
 * @param scheme what a number becomes
 * @param doubled whether the blocks' constants are held in 8 bits too (Dettmers et al. 2023, section 3); NF4 only
 */
public record Quantization(Scheme scheme, boolean doubled) {
    /** Numbers that share one constant. */
    public static final int BLOCK = 64;

    /** Constants that share one constant of their own, where they are held in 8 bits. */
    public static final int CONSTANTS_BLOCK = 256;

    /** The schemes of quantisation. */
    public enum Scheme {
        /** The nearest of 16 quantiles of the normal distribution (QLoRA, Dettmers et al. 2023), as bitsandbytes rounds. */
        NF4(4),
        /** {@code round(127 x / absmax)}, half to even: symmetric, linear. */
        INT8(8);

        private final int bits;

        Scheme(int bits) {
            this.bits = bits;
        }

        /** Bits a number, constants left out. */
        public int bits() {
            return bits;
        }
    }

    /** Refuses constants in 8 bits with numbers in 8 bits. */
    public Quantization {
        if (doubled && scheme != Scheme.NF4) {
            throw new IllegalArgumentException("Constants in 8 bits are for NF4 only.");
        }
    }

    /** Counts the bytes that a tensor of so many elements takes on disk and in memory. */
    public long bytes(long elements) {
        return new PackedLayout(this, elements).bytes();
    }

    /** Returns the quantisation's name as files and people read it: {@code nf4}, {@code nf4-double}, {@code int8}. */
    public String text() {
        return scheme.name().toLowerCase(Locale.ROOT) + (doubled ? "-double" : "");
    }

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

        /** Counts the bytes before the checksum. */
        long checked() {
            long end = quantization.doubled()
                    ? constantCodesBegin() + blocks()
                    : constantsBegin() + blocks() * Float.BYTES;
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
}
