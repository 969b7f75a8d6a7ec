package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.core.verdict.PairMeasure;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;

/**
 * What preference training minimises: the weighted sum of the batch means of one or several losses, all of pairs or all of
 * labelled answers.
 *
 * <p>Unless it {@link #needsWholeBatch}, it may judge a batch part by part: the shares of the parts add up to the loss and the
 * gradients of the whole batch. A training step first lets an objective that {@link #remembers} {@link #advance} its memory over
 * the whole batch.
 *
 * @param losses the losses of the mix; rewards are those of the first
 * @param modifiers what changes their terms
 */
public record PreferenceObjective(List<WeightedLoss> losses, Modifiers modifiers) {
    public PreferenceObjective {
        losses = List.copyOf(losses);
        if (losses.isEmpty()) {
            throw new InputException("loss is empty but must name at least one loss; sigmoid is usual.");
        }
    }

    /** Makes an objective of one loss, unmodified. */
    public static PreferenceObjective of(PreferenceLoss loss) {
        return new PreferenceObjective(List.of(new WeightedLoss("loss", loss, 1)), Modifiers.NONE);
    }

    /** Whether the rows of this objective are single labelled answers, not pairs. */
    public boolean isUnpaired() {
        return losses.get(0).loss() instanceof UnpairedLoss;
    }

    /** What of a pair the verdict on a run measures: what the first loss moves. */
    public PairMeasure measure() {
        return losses.get(0).loss().measure();
    }

    /** What the losses and the modifiers need together. */
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

    /** Whether a part of a batch can't be evaluated without the rest. */
    public boolean needsWholeBatch() {
        return traits().contains(Trait.NEEDS_WHOLE_BATCH);
    }

    /** Whether the objective's losses keep a state from step to step. */
    public boolean remembers() {
        return traits().contains(Trait.STATEFUL);
    }

    /** What is remembered once {@code whole}, a whole training batch, was seen: it is evaluated with that. */
    public LossState advance(BatchScores whole, LossState before) {
        Terms terms = terms(new Tape(), whole, BatchTotals.of(whole), before);
        LossState state = before;
        for (WeightedLoss each : losses) {
            state = terms.advanced(each.loss(), state);
        }
        return state;
    }

    /** Loss and gradients of a whole batch. */
    public BatchLoss evaluate(BatchScores whole, LossState state) {
        return evaluate(whole, BatchTotals.of(whole), state);
    }

    /**
     * The share of {@code part} in the loss and the gradients of the batch that it belongs to.
     *
     * @param totals the whole batch's
     */
    public BatchLoss evaluate(BatchScores part, BatchTotals totals, LossState state) {
        if (needsWholeBatch() && part.size() != totals.rows()) {
            throw new IllegalArgumentException(format(
                    "%d of %d rows were given, but %s needs the whole batch.", part.size(), totals.rows(), losses));
        }
        Tape tape = new Tape();
        Terms terms = terms(tape, part, totals, state);
        Var perRow = tape.constant(new double[part.size()]);
        double[] parts = new double[losses.size()];
        for (int i = 0; i < parts.length; i++) {
            Var own = weighted(losses.get(i).loss(), terms);
            parts[i] = own.sum().over(totals.rows()).value();
            perRow = perRow.plus(own.times(losses.get(i).weight()));
        }
        Var loss = perRow.sum().over(totals.rows());
        tape.backward(loss);
        return new BatchLoss(loss.value(), parts, rows(terms, perRow.values()));
    }

    private Terms terms(Tape tape, BatchScores batch, BatchTotals totals, LossState state) {
        return isUnpaired()
                ? new UnpairedTerms(tape, batch, totals, state)
                : new PairTerms(tape, batch, modifiers, totals, state);
    }

    private Var weighted(PreferenceLoss loss, Terms terms) {
        Var own = terms.losses(loss);
        if (!modifiers.weighting()) {
            return own;
        }
        // As in TRL, what a pair's weight multiplies is the token mean of the whole batch.
        return (loss.has(Trait.TOKEN_MEAN) ? own.mean() : own).times(terms.weights());
    }

    private List<BatchLoss.Row> rows(Terms terms, double[] rowLosses) {
        List<Var> rewards = terms.rewards(losses.get(0).loss());
        List<Var> logProbs = terms.logProbs();
        List<RowGradients> gradients = terms.gradients();
        return IntStream.range(0, rowLosses.length)
                .mapToObj(row -> new BatchLoss.Row(
                        rowLosses[row], ofRow(rewards, row), ofRow(logProbs, row), gradients.get(row)))
                .toList();
    }

    /** {@code [A]} one row's number of each answer. */
    private static double[] ofRow(List<Var> answers, int row) {
        return answers.stream().mapToDouble(answer -> answer.values()[row]).toArray();
    }

    /**
     * A loss of a mix, with its weight.
     *
     * @param name as in {@code --loss} and in the metric {@code loss/NAME}
     * @param loss the loss
     * @param weight what its batch mean is multiplied by
     */
    public record WeightedLoss(String name, PreferenceLoss loss, double weight) {}

    /**
     * The modifiers that change the terms of any loss that takes them.
     *
     * @param divergence how log-ratios become scores
     * @param lengthDiscount LD-DPO (Liu et al. 2024): what a token beyond the shorter response's length counts, 0 to 1; empty
     *     for plain sums
     * @param weighting WPO (Zhou et al. 2024): whether a pair's loss is weighted by how likely its responses are under the
     *     policy
     */
    public record Modifiers(Divergence divergence, OptionalDouble lengthDiscount, boolean weighting) {
        /** Plain DPO. */
        public static final Modifiers NONE = new Modifiers(Divergence.REVERSE_KL, OptionalDouble.empty(), false);
    }

    /**
     * What an objective makes of a batch, or of a part: then {@code loss}, {@code parts} and gradients are the part's share of the
     * whole batch's, and the shares add up.
     *
     * @param loss the batch loss: the mean over its rows
     * @param parts {@code [L]} for each loss of a mix, in its order: what it contributes before its weight in the mix
     * @param rows {@code [B]} what it makes of each row
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record BatchLoss(double loss, double[] parts, List<Row> rows) implements Serializable {
        /**
         * What an objective makes of one row of a batch.
         *
         * @param loss the row's own loss, weights included; a loss of the whole batch has no meaningful order here
         * @param rewards {@code [A]} the reward to report of each answer
         * @param logProbs {@code [A]} summed log-probabilities of the answers under the policy
         * @param gradients derivatives of the batch's loss
         */
        public record Row(double loss, double[] rewards, double[] logProbs, RowGradients gradients)
                implements Serializable {}

        /** The derivatives of the loss by the scores of some rows, in the given order. */
        public List<RowGradients> gradients(int[] places) {
            return Arrays.stream(places)
                    .mapToObj(place -> rows.get(place).gradients())
                    .toList();
        }

        /** The derivatives of the loss by the scores of every row. */
        public List<RowGradients> gradients() {
            return rows.stream().map(Row::gradients).toList();
        }

        /**
         * The derivatives of a loss by the scores of one row's A answers. Where a loss doesn't use something, they are zeros.
         *
         * @param answers {@code [A][T]} with respect to the token log-probabilities under the policy
         * @param prompt {@code [T]} with respect to the prompt's; empty where the batch didn't hold them
         * @param sequenceKl {@code [A]} with respect to the sequence KL
         */
        @SuppressWarnings("ArrayRecordComponent")
        public record RowGradients(double[][] answers, double[] prompt, double[] sequenceKl) implements Serializable {}
    }
}
