package org.align4j.core.pack;

import java.util.List;
import java.util.stream.LongStream;
import org.align4j.core.pack.PackedBatch.RowBlock;

/**
 * What the blocks of a pack see, laid end to end: first the shared prefix of the first block, then its own rows, then those of the
 * next. A prefix is there once for each block that sees it. B blocks, T keys.
 *
 * @param queries {@code [B + 1]} the first row of each block; last, the end of all rows
 * @param keys {@code [B + 1]} where what each block sees begins; last, T
 * @param rows {@code [T]} the row that is at each place; empty where no block has a prefix, so that it is each row once
 * @param longestQueries rows of the longest block
 * @param longestKeys the most rows that a block sees
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
public record SeenRows(int[] queries, int[] keys, long[] rows, int longestQueries, int longestKeys) {

    /** Lists the rows that the blocks of a pack see. */
    public static SeenRows of(List<RowBlock> blocks) {
        int count = blocks.size();
        int[] queries = new int[count + 1];
        int[] keys = new int[count + 1];
        LongStream.Builder rows = LongStream.builder();
        int longestQueries = 0;
        int longestKeys = 0;
        for (int i = 0; i < count; i++) {
            RowBlock block = blocks.get(i);
            queries[i + 1] = queries[i] + block.rows();
            keys[i + 1] = keys[i] + block.seen();
            longestQueries = Math.max(longestQueries, block.rows());
            longestKeys = Math.max(longestKeys, block.seen());
            LongStream.range(block.prefixBegin(), block.prefixEnd()).forEach(rows::add);
            LongStream.range(block.begin(), block.end()).forEach(rows::add);
        }
        long[] all = keys[count] == queries[count] ? new long[0] : rows.build().toArray();
        return new SeenRows(queries, keys, all, longestQueries, longestKeys);
    }
}
