package org.align4j.dpo.score;

import java.util.function.Function;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.dpo.loss.BatchScores;

/** The reference's token log-probabilities of some rows, forward by forward. */
public interface ReferenceScores {

    /**
     * The log-probabilities of a forward's rows, nats.
     *
     * @return {@code [rows][answers][tokens]}
     */
    double[][][] of(PreferenceRows rows, RowLayout.Packed packed);

    /** What policy and reference say of a forward's rows. */
    default BatchScores beside(RowForward forward) {
        return forward.beside(of(forward.rows(), forward.packed()));
    }

    /** Reports what the comparison itself found, besides what the losses say; asked once, after a step's last forward. */
    default StepMetrics report() {
        return StepMetrics.EMPTY;
    }

    /** Returns scores without a reference: zeros. */
    static ReferenceScores none() {
        return (rows, packed) -> byAnswer(packed, span -> new double[span.length()]);
    }

    /** Computed anew for each forward, as it is packed: of a reference that changes. */
    static ReferenceScores online(Function<PackedBatch, TokenScores> model) {
        return (rows, packed) -> byAnswer(packed, model.apply(packed.batch())::logProbs);
    }

    private static double[][][] byAnswer(RowLayout.Packed packed, Function<Span, double[]> scores) {
        return packed.answers().stream()
                .map(spans -> spans.stream().map(scores).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }
}
