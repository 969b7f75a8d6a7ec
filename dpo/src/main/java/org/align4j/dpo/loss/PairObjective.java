package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;

/**
 * The objective that training on pairs minimises: the weighted sum of the batch means of one or several losses.
 *
 * <p>An objective whose pairs don't depend on each other ({@link #isSeparable}) may be evaluated part by part: the
 * shares of the parts add up to the loss and the gradients of the whole batch. A training step first lets the objective
 * {@link #advance} its memory over the whole batch.
 *
 * @param losses the losses of the mix; rewards are those of the first
 * @param modifiers what changes their terms
 */
public record PairObjective(List<WeightedLoss> losses, Modifiers modifiers) {
    public PairObjective {
        losses = List.copyOf(losses);
        if (losses.isEmpty()) {
            throw new InputException("loss is empty but must name at least one loss; sigmoid is usual.");
        }
    }

    /** Makes the objective of one loss, unmodified. */
    public static PairObjective of(PairLoss loss) {
        return new PairObjective(List.of(new WeightedLoss("loss", loss, 1)), Modifiers.NONE);
    }

    /** Returns what the losses and the modifiers need together. */
    public Set<Trait> traits() {
        EnumSet<Trait> traits = EnumSet.noneOf(Trait.class);
        losses.forEach(each -> traits.addAll(each.loss().traits()));
        if (modifiers.weighting()) {
            traits.add(Trait.NEEDS_LOG_SUM_SQUARES);
            if (traits.contains(Trait.TOKEN_MEAN)) {
                traits.add(Trait.NEEDS_WHOLE_BATCH);
            }
        }
        return traits;
    }

    /** Tells whether a part of a batch can be evaluated without the rest. */
    public boolean isSeparable() {
        return !traits().contains(Trait.NEEDS_WHOLE_BATCH);
    }

    /** Returns what is remembered once {@code whole}, a whole training batch, was seen: to be used in its evaluation. */
    public LossState advance(PairBatch whole, LossState before) {
        PairTerms terms = new PairTerms(new Tape(), whole, modifiers, BatchTotals.of(whole), before);
        LossState state = before;
        for (WeightedLoss each : losses) {
            state = each.loss().advance(terms, state);
        }
        return state;
    }

    /** Loss and gradients of a whole batch. */
    public PairResult evaluate(PairBatch whole, LossState state) {
        return evaluate(whole, BatchTotals.of(whole), state);
    }

    /**
     * Computes the share of {@code part} in the loss and the gradients of the batch that it belongs to.
     *
     * @param totals the whole batch's
     */
    public PairResult evaluate(PairBatch part, BatchTotals totals, LossState state) {
        if (!isSeparable() && part.size() != totals.pairs()) {
            throw new IllegalArgumentException(format(
                    "%d of %d pairs were given, but %s needs the whole batch.", part.size(), totals.pairs(), losses));
        }
        Tape tape = new Tape();
        PairTerms terms = new PairTerms(tape, part, modifiers, totals, state);
        Var perPair = tape.constant(new double[part.size()]);
        double[] parts = new double[losses.size()];
        for (int i = 0; i < parts.length; i++) {
            Var own = weighted(losses.get(i).loss(), terms);
            parts[i] = own.sum().over(totals.pairs()).value();
            perPair = perPair.plus(own.times(losses.get(i).weight()));
        }
        Var loss = perPair.sum().over(totals.pairs());
        tape.backward(loss);
        return new PairResult(
                loss.value(),
                perPair.values(),
                parts,
                terms.gradients(),
                losses.get(0).loss().rewards(terms),
                terms.policyChosen().values(),
                terms.policyRejected().values());
    }

    private Var weighted(PairLoss loss, PairTerms terms) {
        Var own = loss.losses(terms);
        if (!modifiers.weighting()) {
            return own;
        }
        // As in TRL, what a pair's weight multiplies is the token mean of the whole batch.
        return (loss.has(Trait.TOKEN_MEAN) ? own.mean() : own).times(terms.weights());
    }
}
