package org.align4j.dpo.loss;

import java.util.List;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.Terms.Tokens;

/**
 * The quantities that losses of pairs are written in, for a batch of B pairs or a part of one. Every vector is {@code
 * [B]}, log-probabilities are in nats and summed over a response unless said otherwise; with a length discount (LD-DPO)
 * the tokens beyond the shorter response's length count less, under policy and reference alike.
 */
public final class PairTerms extends Terms {
    private static final int CHOSEN = 0;
    private static final int REJECTED = 1;

    private final Modifiers modifiers;
    private final Tokens chosen;
    private final Tokens rejected;
    private final Var policyChosen;
    private final Var policyRejected;
    private final Var referenceChosen;
    private final Var referenceRejected;

    PairTerms(Tape tape, BatchScores batch, Modifiers modifiers, BatchTotals totals, LossState state) {
        super(tape, batch, totals, state);
        this.modifiers = modifiers;
        chosen = answer(CHOSEN);
        rejected = answer(REJECTED);
        policyChosen = sums(chosen);
        policyRejected = sums(rejected);
        referenceChosen = sums(Tokens.constant(tape, batch.reference(CHOSEN)));
        referenceRejected = sums(Tokens.constant(tape, batch.reference(REJECTED)));
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

    /** Returns log π(y⁺), the chosen response's log-probability under the policy. */
    public Var policyChosen() {
        return policyChosen;
    }

    /** Returns log π(y⁻), the rejected response's log-probability under the policy. */
    public Var policyRejected() {
        return policyRejected;
    }

    /** Returns log π_ref(y⁺), the chosen response's log-probability under the reference. */
    public Var referenceChosen() {
        return referenceChosen;
    }

    /** Returns log π_ref(y⁻), the rejected response's log-probability under the reference. */
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

    /** Returns a − b, the log-ratio difference. */
    public Var logRatioDifference() {
        return chosenLogRatio().minus(rejectedLogRatio());
    }

    /** Returns f(a), the chosen response's transformed log-ratio. */
    public Var chosenScore() {
        return modifiers.divergence().score(chosenLogRatio());
    }

    /** Returns f(b), the rejected response's transformed log-ratio. */
    public Var rejectedScore() {
        return modifiers.divergence().score(rejectedLogRatio());
    }

    /** Returns Δ = f(a) − f(b), the difference of the transformed log-ratios. */
    public Var scoreDifference() {
        return chosenScore().minus(rejectedScore());
    }

    /** f(a) / |y⁺| − f(b) / |y⁻|. */
    public Var meanScoreDifference() {
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
        return chosen.sums().times(-(double) totals.rows() / totals.chosenTokens());
    }

    /**
     * Returns shares whose mean over the batch is the mean negative log-likelihood of all tokens of prompts and chosen
     * responses.
     */
    public Var promptAndChosenNegativeLogLikelihood() {
        Var prompt = prompts().sums();
        long tokens = totals.promptTokens() + totals.chosenTokens();
        return prompt.plus(chosen.sums()).times(-(double) totals.rows() / tokens);
    }

    /** KL(π_ref ‖ π) summed over the chosen response. */
    public Var chosenSequenceKl() {
        return sequenceKl(CHOSEN);
    }

    /** KL(π_ref ‖ π) summed over the rejected response. */
    public Var rejectedSequenceKl() {
        return sequenceKl(REJECTED);
    }

    @Override
    Var losses(PreferenceLoss loss) {
        return ((PairLoss) loss).losses(this);
    }

    @Override
    List<Var> rewards(PreferenceLoss loss) {
        return ((PairLoss) loss).rewards(this);
    }

    @Override
    LossState advanced(PreferenceLoss loss, LossState before) {
        return ((PairLoss) loss).advance(this, before);
    }

    @Override
    List<Var> logProbs() {
        return List.of(policyChosen, policyRejected);
    }

    /**
     * How a log-ratio u = log π(y) − log π_ref(y) becomes a score (f-DPO, Wang et al. 2023, with TRL 1.16's constants). The
     * constants cancel in a plain difference of two scores, but not where each is divided by its own length.
     */
    @FunctionalInterface
    public interface Divergence {
        /** Plain DPO: u. */
        Divergence REVERSE_KL = u -> u;

        /** {@code 1 - e^-u}. */
        Divergence FORWARD_KL = u -> u.negate().expMinusOne().negate();

        /** Jensen-Shannon: {@code log 2 + log σ(u)}. */
        Divergence JENSEN_SHANNON = u -> u.logSigmoid().plus(Math.log(2));

        /** The largest exponent that the alpha divergence takes. */
        double LARGEST_EXPONENT = 80;

        /** {@code (e^((α-1)u) - 1) / (α-1)}, the exponent at most 80; u itself at α = 1. */
        static Divergence alpha(double coefficient) {
            double power = coefficient - 1;
            if (Math.abs(power) < 1e-6) {
                return REVERSE_KL;
            }
            return u -> u.times(power)
                    .clamp(Double.NEGATIVE_INFINITY, LARGEST_EXPONENT)
                    .expMinusOne()
                    .over(power);
        }

        /** The scores of log-ratios, {@code [B]}. */
        Var score(Var logRatios);
    }
}
