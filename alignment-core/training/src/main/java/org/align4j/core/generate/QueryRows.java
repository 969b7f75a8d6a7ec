package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.SelfAttention;

/**
 * The queries a key head that attention's products have for a row by itself, which decoding has for every answer. A trial on the machine finds
 * the least number with which such a row has the bits that it has in a block of a prompt, so that what an answer wrote is what reading gives.
 *
 * @param least rows of zeros fill up to it
 * @param exact whether the trial found one
 */
record QueryRows(int least, boolean exact) {
    /** Leaves products as large as the heads make them that share a key head; no trial was made. */
    static final QueryRows AS_THEY_ARE = new QueryRows(0, false);

    /** Blocks up to which each is tried; of later ones some. */
    private static final int EACH = 24;

    /**
     * Tries the attention of a model.
     *
     * @param engine of the threads that make passes
     * @param longest tokens of prompt and answer
     */
    static QueryRows tried(BaseModel base, Engine engine, int longest) {
        if (!engine.profile().mayRoundEqually()) {
            return AS_THEY_ARE;
        }
        try (Scope scope = engine.open()) {
            NDArray like = base.value(
                    scope, base.decoder().finalNorm().parameters().findFirst().orElseThrow());
            List<Head> heads = base.decoder().layers().stream()
                    .map(layer -> Head.of(layer.attention()))
                    .distinct()
                    .toList();
            int most = PlacePool.BLOCK
                    * heads.stream().mapToInt(Head::shared).max().orElse(1);
            int[] candidates = IntStream.concat(
                            IntStream.of(0, 2, 4, 6, 8, 12, 16, 24, 32).filter(rows -> rows < most), IntStream.of(most))
                    .toArray();
            return Arrays.stream(candidates)
                    .filter(rows -> heads.stream().allMatch(head -> head.alike(scope, like, longest, rows)))
                    .mapToObj(rows -> new QueryRows(rows, true))
                    .findFirst()
                    .orElse(AS_THEY_ARE);
        }
    }

    /** The parts of a layer's attention that decide the sizes of its products. */
    private record Head(
            int keyHeads, int heads, int keyWidth, int valueWidth, long extent, long size, double scaling, double cap) {
        static Head of(SelfAttention attention) {
            AttentionCore core = attention.core();
            long[] extent = QueueRows.extent(core.reach());
            return new Head(
                    core.keyValueHeads(),
                    attention.queryHeads(),
                    core.keyWidth(),
                    core.valueWidth(),
                    extent[0],
                    extent[1],
                    core.scaling(),
                    core.scoreCap());
        }

        /** Counts the query heads of a key head. */
        int shared() {
            return heads / keyHeads;
        }

        /** Returns whether rows of all blocks that are tried attend alike in products of so many queries. */
        boolean alike(Scope scope, NDArray like, int longest, int queries) {
            for (int block = 0; block * PlacePool.BLOCK < longest; block += 1 + Math.max(0, block - EACH) / 4) {
                try (Scope inner = scope.inner()) {
                    boolean same = GenerationKernels.mixesAlike(
                            inner,
                            like,
                            new long[] {keyHeads, heads, keyWidth, valueWidth, extent, size},
                            new double[] {scaling, cap},
                            new int[] {PlacePool.BLOCK, block * PlacePool.BLOCK},
                            queries);
                    if (!same) {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
