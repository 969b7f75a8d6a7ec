package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * The quantities that losses of pairs are written in, for a batch of B pairs or a part of one. Every vector is {@code
 * [B]}, log-probabilities are in nats and summed over a response unless said otherwise; with a length discount (LD-DPO)
 * the tokens beyond the shorter response's length count less, under policy and reference alike.
 */
public final class PairTerms {
    private final Tape tape;
    private final PairBatch batch;
    private final Modifiers modifiers;
    private final BatchTotals totals;
    private final LossState state;
    private final Tokens chosen;
    private final Tokens rejected;
    private final @Nullable Tokens prompts;
    private final @Nullable Var chosenKl;
    private final @Nullable Var rejectedKl;
    private final Var policyChosen;
    private final Var policyRejected;
    private final Var referenceChosen;
    private final Var referenceRejected;

    PairTerms(Tape tape, PairBatch batch, Modifiers modifiers, BatchTotals totals, LossState state) {
        this.tape = tape;
        this.batch = batch;
        this.modifiers = modifiers;
        this.totals = totals;
        this.state = state;
        chosen = Tokens.variable(tape, batch.chosen().policy());
        rejected = Tokens.variable(tape, batch.rejected().policy());
        prompts = batch.promptPolicy() == null ? null : Tokens.variable(tape, batch.promptPolicy());
        chosenKl = variable(tape, batch.chosen().sequenceKl());
        rejectedKl = variable(tape, batch.rejected().sequenceKl());
        policyChosen = sums(chosen);
        policyRejected = sums(rejected);
        referenceChosen = sums(Tokens.constant(tape, batch.chosen().reference()));
        referenceRejected = sums(Tokens.constant(tape, batch.rejected().reference()));
    }

    private static @Nullable Var variable(Tape tape, double @Nullable [] values) {
        return values == null ? null : tape.variable(values);
    }

    private Var sums(Tokens tokens) {
        return modifiers.lengthDiscount().isEmpty()
                ? tokens.sums()
                : tokens.sums(shorter(), modifiers.lengthDiscount().getAsDouble());
    }

    private int[] shorter() {
        int[] shorter = chosen.lengths().clone();
        for (int i = 0; i < shorter.length; i++) {
            shorter[i] = Math.min(shorter[i], rejected.lengths()[i]);
        }
        return shorter;
    }

    /** How many pairs. */
    public int size() {
        return batch.size();
    }

    /** What losses remember, this batch included. */
    public LossState state() {
        return state;
    }

    /** log π(y⁺). */
    public Var policyChosen() {
        return policyChosen;
    }

    /** log π(y⁻). */
    public Var policyRejected() {
        return policyRejected;
    }

    /** log π_ref(y⁺). */
    public Var referenceChosen() {
        return referenceChosen;
    }

    /** log π_ref(y⁻). */
    public Var referenceRejected() {
        return referenceRejected;
    }

    /** a = log π(y⁺) − log π_ref(y⁺). */
    public Var chosenLogRatio() {
        return policyChosen.minus(referenceChosen);
    }

    /** b = log π(y⁻) − log π_ref(y⁻). */
    public Var rejectedLogRatio() {
        return policyRejected.minus(referenceRejected);
    }

    /** a − b. */
    public Var logRatioMargin() {
        return chosenLogRatio().minus(rejectedLogRatio());
    }

    /** f(a). */
    public Var chosenScore() {
        return modifiers.divergence().score(chosenLogRatio());
    }

    /** f(b). */
    public Var rejectedScore() {
        return modifiers.divergence().score(rejectedLogRatio());
    }

    /** Δ = f(a) − f(b). */
    public Var scoreMargin() {
        return chosenScore().minus(rejectedScore());
    }

    /** f(a) / |y⁺| − f(b) / |y⁻|. */
    public Var meanScoreMargin() {
        return chosenScore().over(chosen.divisors()).minus(rejectedScore().over(rejected.divisors()));
    }

    /** log π(y⁺) / |y⁺|, per token. */
    public Var meanPolicyChosen() {
        return policyChosen.over(chosen.divisors());
    }

    /** log π(y⁻) / |y⁻|, per token. */
    public Var meanPolicyRejected() {
        return policyRejected.over(rejected.divisors());
    }

    /** |y⁺| − |y⁻| in tokens, a constant. */
    public Var lengthDifference() {
        double[] difference = new double[size()];
        for (int i = 0; i < difference.length; i++) {
            difference[i] = chosen.lengths()[i] - rejected.lengths()[i];
        }
        return tape.constant(difference);
    }

    /** Shares whose mean over the batch is the mean negative log-likelihood of all its chosen tokens. */
    public Var chosenNegativeLogLikelihood() {
        return chosen.sums().times(-(double) totals.pairs() / totals.chosenTokens());
    }

    /**
     * Returns shares whose mean over the batch is the mean negative log-likelihood of all tokens of prompts and chosen
     * responses.
     */
    public Var promptAndChosenNegativeLogLikelihood() {
        Var prompt = given(prompts, "the log-probabilities of prompt tokens").sums();
        long tokens = totals.promptTokens() + totals.chosenTokens();
        return prompt.plus(chosen.sums()).times(-(double) totals.pairs() / tokens);
    }

    /** KL(π_ref ‖ π) summed over the chosen response. */
    public Var chosenSequenceKl() {
        return given(chosenKl, "the sequence KL");
    }

    /** KL(π_ref ‖ π) summed over the rejected response. */
    public Var rejectedSequenceKl() {
        return given(rejectedKl, "the sequence KL");
    }

    /** WPO's weight of a pair: how likely both responses are under the policy, per token and against its own sampling. */
    double[] weights() {
        double[] ofChosen = weights(batch.chosen());
        double[] ofRejected = weights(batch.rejected());
        for (int i = 0; i < ofChosen.length; i++) {
            ofChosen[i] *= ofRejected[i];
        }
        return ofChosen;
    }

    private static double[] weights(Responses responses) {
        double[][] squares = given(responses.logSumSquares(), "log Σp² of each token");
        double[] weights = new double[responses.size()];
        for (int i = 0; i < weights.length; i++) {
            double sum = 0;
            for (int t = 0; t < squares[i].length; t++) {
                sum += responses.policy()[i][t] - squares[i][t];
            }
            weights[i] = Math.exp(sum / Math.max(1, squares[i].length));
        }
        return weights;
    }

    PairGradients gradients() {
        return new PairGradients(
                chosen.gradient(),
                rejected.gradient(),
                prompts == null ? new double[size()][0] : prompts.gradient(),
                chosenKl == null ? new double[size()] : chosenKl.gradient(),
                rejectedKl == null ? new double[size()] : rejectedKl.gradient());
    }

    private static <T> T given(@Nullable T value, String what) {
        if (value == null) {
            throw new IllegalStateException("The batch lacks " + what + ", which this loss needs.");
        }
        return value;
    }
}
