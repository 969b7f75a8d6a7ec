package org.align4j.dpo;

import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.dpo.loss.BatchScores;
import org.jspecify.annotations.Nullable;

/** The reference's token log-probabilities of some rows, forward by forward. */
interface ReferenceScores {

    /**
     * The log-probabilities of a forward's rows where they are known before it, nats.
     *
     * @return {@code [rows][answers][tokens]}; null where whoever takes the forward is to score the reference too, as it is packed
     */
    double @Nullable [][][] known(PreferenceRows rows, RowLayout.Packed packed);

    /** Looks at what policy and reference said of a forward's rows. */
    default void saw(RowForward forward, BatchScores scores) {}

    /** Reports what the comparison itself found, besides what the losses say; asked once, after a step's last forward. */
    default StepMetrics report() {
        return StepMetrics.EMPTY;
    }

    /** Returns scores without a reference: zeros. */
    static ReferenceScores none() {
        return (rows, packed) -> packed.answers().stream()
                .map(spans ->
                        spans.stream().map(span -> new double[span.length()]).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    /** Returns scores that are never known beforehand: of a reference that changes. */
    static ReferenceScores online() {
        return (rows, packed) -> null;
    }

    /** The log-probabilities of a forward's answers, {@code [rows][answers][tokens]}. */
    static double[][][] byAnswer(RowLayout.Packed packed, TokenScores scores) {
        return packed.answers().stream()
                .map(spans ->
                        spans.stream().map((Span span) -> scores.logProbs(span)).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }
}
