package org.align4j.core.pack;

import java.io.Serializable;
import java.util.List;

/**
 * Rows of a pack that see a shared prefix and, causally, themselves: a prompt, or one of the sequences that begin with it.
 *
 * @param begin the first row
 * @param end the row after the last
 * @param prefixBegin the first row of the prefix; {@code begin} where there is none
 * @param prefixEnd the row after the prefix's last; {@code prefixBegin} where there is none
 */
public record RowBlock(int begin, int end, int prefixBegin, int prefixEnd) implements Serializable {
    /** Numbers that a kernel reads for each block. */
    public static final int NUMBERS = 4;

    /** Rows that see themselves only. */
    static RowBlock alone(int begin, int end) {
        return new RowBlock(begin, end, begin, begin);
    }

    /** {@code [B * 4]} the four numbers of each block, one block after the other: what kernels read. */
    public static long[] numbers(List<RowBlock> blocks) {
        long[] numbers = new long[NUMBERS * blocks.size()];
        int at = 0;
        for (RowBlock block : blocks) {
            numbers[at++] = block.begin;
            numbers[at++] = block.end;
            numbers[at++] = block.prefixBegin;
            numbers[at++] = block.prefixEnd;
        }
        return numbers;
    }

    /** How many rows it has. */
    public int rows() {
        return end - begin;
    }

    /** How many rows its prefix has. */
    public int prefix() {
        return prefixEnd - prefixBegin;
    }

    /** How many rows its last one sees. */
    public int seen() {
        return prefix() + rows();
    }

    /** Whether {@code other} is its whole prefix. */
    boolean beginsWith(RowBlock other) {
        return prefix() > 0 && prefixBegin == other.begin && prefixEnd == other.end;
    }
}
