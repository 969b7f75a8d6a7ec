package org.align4j.dpo.loss.unpaired;

import java.util.Arrays;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.LossState;

/** The quantities that losses of rows are written in, for a batch of B rows or a part of one. */
public final class UnpairedTerms {
    private final Tape tape;
    private final UnpairedBatch batch;
    private final UnpairedTotals totals;
    private final LossState state;
    private final Var tokens;
    private final Var logProbs;
    private final Var logRatio;

    UnpairedTerms(Tape tape, UnpairedBatch batch, UnpairedTotals totals, LossState state) {
        this.tape = tape;
        this.batch = batch;
        this.totals = totals;
        this.state = state;
        int[] lengths = batch.responses().lengths();
        tokens = tape.variable(flat(batch.responses().policy()));
        logProbs = tokens.sums(lengths);
        logRatio = logProbs.minus(
                tape.constant(flat(batch.responses().reference())).sums(lengths));
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    /** {@code [B]} u = log π(y) − log π_ref(y). */
    public Var logRatio() {
        return logRatio;
    }

    /** KTO's z. */
    public double klEstimate() {
        return totals.klEstimate();
    }

    /** What losses remember, this batch included. */
    public LossState state() {
        return state;
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
        double[] chosen = new double[batch.size()];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = batch.desirable()[i] ? ifDesirable : otherwise;
        }
        return tape.constant(chosen);
    }

    Var logProbs() {
        return logProbs;
    }

    double[][] gradient() {
        double[] flat = tokens.gradient();
        int[] lengths = batch.responses().lengths();
        double[][] rows = new double[lengths.length][];
        for (int row = 0, i = 0; row < rows.length; i += lengths[row++]) {
            rows[row] = Arrays.copyOfRange(flat, i, i + lengths[row]);
        }
        return rows;
    }
}
