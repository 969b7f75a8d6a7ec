package org.align4j.dpo;

import java.util.function.Function;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;

/** The reference's token log-probabilities of some rows, forward by forward. */
interface ReferenceScores {

    /**
     * Returns the reference's log-probabilities of a forward's rows, nats.
     *
     * @param places {@code [rows]} of these among all rows
     * @param packed the forward
     * @return {@code [rows][answers][tokens]}
     */
    double[][][] of(int[] places, RowLayout.Packed packed);

    /** Returns scores without a reference: zeros. */
    static ReferenceScores none() {
        return (places, packed) -> byAnswer(packed, span -> new double[span.length()]);
    }

    /** Computed anew for each forward, as it is packed: of a reference that changes. */
    static ReferenceScores online(Function<PackedBatch, TokenScores> model) {
        return (places, packed) -> byAnswer(packed, model.apply(packed.batch())::logProbs);
    }

    private static double[][][] byAnswer(RowLayout.Packed packed, Function<Span, double[]> scores) {
        return packed.answers().stream()
                .map(spans -> spans.stream().map(scores).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }
}
