package org.align4j.dpo.loss.unpaired;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.LossState;

/**
 * The objective that training on desirable and undesirable responses minimises. Given the totals of the whole batch and the
 * memory advanced over it, parts may be evaluated one by one: their shares add up.
 *
 * @param name as in {@code --loss}
 * @param loss the loss
 */
public record UnpairedObjective(String name, UnpairedLoss loss) {
    /** Returns what is remembered once {@code whole}, a whole training batch, was seen: to be used in its evaluation. */
    public LossState advance(UnpairedBatch whole, LossState before) {
        UnpairedTotals totals = UnpairedTotals.of(whole.size());
        return loss.advance(new UnpairedTerms(new Tape(), whole, totals, before), before);
    }

    /** Computes the share of {@code part} in the loss and the gradients of the batch that it belongs to. */
    public UnpairedResult evaluate(UnpairedBatch part, UnpairedTotals totals, LossState state) {
        Tape tape = new Tape();
        UnpairedTerms terms = new UnpairedTerms(tape, part, totals, state);
        Var perRow = loss.losses(terms);
        Var share = perRow.sum().over(totals.rows());
        tape.backward(share);
        return new UnpairedResult(
                share.value(),
                perRow.values(),
                terms.gradient(),
                terms.logRatio().times(loss.beta()).values(),
                terms.logProbs().values());
    }
}
