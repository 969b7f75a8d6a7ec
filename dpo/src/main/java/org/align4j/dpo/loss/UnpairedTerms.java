package org.align4j.dpo.loss;

import java.util.List;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.Terms.Tokens;

/** The quantities that losses of labelled answers are written in, for a batch of B rows or a part of one. */
public final class UnpairedTerms extends Terms {
    private final Var logProbs;
    private final Var logRatio;

    UnpairedTerms(Tape tape, BatchScores batch, BatchTotals totals, LossState state) {
        super(tape, batch, totals, state);
        logProbs = answer(0).sums();
        logRatio = logProbs.minus(Tokens.constant(tape, batch.reference(0)).sums());
    }

    /** {@code [B]} u = log π(y) − log π_ref(y). */
    public Var logRatio() {
        return logRatio;
    }

    /** Returns KTO's z, its estimate of the KL divergence. */
    public double klEstimate() {
        return totals.klEstimate();
    }

    /** {@code [B]} numbers with the sign +1 where the response is desirable, −1 where not. */
    public Var signed(Var values) {
        return values.times(choose(1, -1));
    }

    /** {@code [B]} numbers times the weight of their kind. */
    public Var weighted(Var values, double desirableWeight, double undesirableWeight) {
        return values.times(choose(desirableWeight, undesirableWeight));
    }

    private Var choose(double ifDesirable, double otherwise) {
        return tape.constant(batch.rows().stream()
                .mapToDouble(row -> row.desirable() ? ifDesirable : otherwise)
                .toArray());
    }

    @Override
    Var losses(PreferenceLoss loss) {
        return ((UnpairedLoss) loss).losses(this);
    }

    @Override
    List<Var> rewards(PreferenceLoss loss) {
        return List.of(((UnpairedLoss) loss).rewards(this));
    }

    @Override
    LossState advanced(PreferenceLoss loss, LossState before) {
        return ((UnpairedLoss) loss).advance(this, before);
    }

    @Override
    List<Var> logProbs() {
        return List.of(logProbs);
    }
}
