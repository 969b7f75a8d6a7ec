package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.PrimitiveIterator;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A loss that is a sum over the tokens of a sequence: a pure function from the policy's log-probabilities to the loss and its
 * derivatives by them. p is the policy's log-probability of a target, q the one it was drawn with, A its advantage and r = exp(p − q). The
 * formulas are those of Tinker's losses; nothing is averaged. Every array is {@code [T][K]}, as the targets of the sequence.
 *
 * @param <I> what a sequence needs beside its tokens
 */
public sealed interface TokenLoss<I extends TokenLoss.Inputs> {

    /**
     * Computes the loss of one sequence.
     *
     * @param logProbs {@code [T][K]} nats
     * @throws InputException where the inputs have another shape, or the loss or a derivative is not finite
     */
    Value evaluate(double[][] logProbs, I inputs);

    /** The numbers for each target that a loss needs of a sequence beside its tokens. */
    sealed interface Inputs {
        /**
         * Refuses inputs of another shape and numbers that are not finite.
         *
         * @param targets {@code [T][K]} of the sequence
         */
        void check(int[][] targets);

        /**
         * Returns the first position with a weight or an advantage that is not 0; -1 where all are 0. What comes before it is a prompt that
         * sequences which begin alike share.
         */
        int firstCounted();
    }

    /**
     * Says how much each target counts.
     *
     * @param weights {@code [T][K]} of any sign
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Weights(double[][] weights) implements Inputs {
        /** Gives every target of a sequence one weight. */
        public static Weights each(TokenSequence sequence, double weight) {
            return new Weights(TargetShape.of(sequence.targets()).filled(() -> weight));
        }

        @Override
        public void check(int[][] targets) {
            TargetShape.of(targets).require("weights", weights);
        }

        @Override
        public int firstCounted() {
            return TargetShape.firstCounted(weights);
        }
    }

    /**
     * Says how likely the targets were where they were drawn, and what they were worth.
     *
     * @param logProbs {@code [T][K]} q, nats
     * @param advantages {@code [T][K]} A; a target of advantage 0 has no part in a loss of ratios
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Drawn(double[][] logProbs, double[][] advantages) implements Inputs {
        /**
         * Gives every target of a sequence one advantage.
         *
         * @param logProbs of the targets in their order, such as those of a drawn answer's tokens
         */
        public static Drawn each(TokenSequence sequence, double[] logProbs, double advantage) {
            TargetShape shape = TargetShape.of(sequence.targets());
            if (logProbs.length != shape.targets()) {
                throw new InputException(format(
                        "There are %,d logprobs but the sequence has %,d targets; give one for each.",
                        logProbs.length, shape.targets()));
            }
            PrimitiveIterator.OfDouble next = Arrays.stream(logProbs).iterator();
            return new Drawn(shape.filled(next::nextDouble), shape.filled(() -> advantage));
        }

        @Override
        public void check(int[][] targets) {
            TargetShape shape = TargetShape.of(targets);
            shape.require("logprobs", logProbs);
            shape.require("advantages", advantages);
        }

        @Override
        public int firstCounted() {
            return TargetShape.firstCounted(advantages);
        }
    }

    /**
     * Says, too, which targets the ratio of the whole sequence is taken over.
     *
     * @param drawn logprobs and advantages
     * @param mask {@code [T][K]} sequence_ratio_mask, 0 or more and somewhere above 0
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record DrawnSequence(Drawn drawn, double[][] mask) implements Inputs {
        @Override
        public int firstCounted() {
            return drawn.firstCounted();
        }

        @Override
        public void check(int[][] targets) {
            drawn.check(targets);
            TargetShape.of(targets).require("sequence_ratio_mask", mask);
            double sum = 0;
            for (double[] position : mask) {
                for (double share : position) {
                    if (share < 0) {
                        throw new InputException(format(
                                "sequence_ratio_mask has %s but must be 0 or more everywhere; 1 counts a token.",
                                share));
                    }
                    sum += share;
                }
            }
            if (!(sum > 0)) {
                throw new InputException(
                        "sequence_ratio_mask is 0 everywhere but must count a token of the sequence; give 1 for each token that was drawn.");
            }
        }
    }

    /**
     * Holds what a loss says of one sequence.
     *
     * @param loss the sum over the targets
     * @param derivatives {@code [T][K]} d loss / d p
     * @param figures to report
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Value(double loss, double[][] derivatives, Figures figures) {}

    /**
     * Figures of a loss over targets, which add up over sequences.
     *
     * @param loss the sum
     * @param tokens targets whose weight or advantage is not 0
     * @param ratios of those targets; null for a loss without ratios
     */
    record Figures(double loss, long tokens, @Nullable Ratios ratios) {
        /** Adds the figures of other sequences. */
        public Figures plus(Figures other) {
            Ratios both = ratios == null || other.ratios == null ? null : ratios.plus(other.ratios);
            return new Figures(loss + other.loss, tokens + other.tokens, both);
        }
    }

    /**
     * Ratios of probabilities under the policy to those with which the targets were drawn.
     *
     * @param sum of r
     * @param least r
     * @param largest r
     * @param clipped targets whose gradient the clip took away or bounded
     * @param divergence sum of q − p: an estimate of KL(drawn || policy)
     */
    record Ratios(double sum, double least, double largest, long clipped, double divergence) {
        static final Ratios NONE = new Ratios(0, Double.POSITIVE_INFINITY, 0, 0, 0);

        Ratios plus(Ratios other) {
            return new Ratios(
                    sum + other.sum,
                    Math.min(least, other.least),
                    Math.max(largest, other.largest),
                    clipped + other.clipped,
                    divergence + other.divergence);
        }
    }

    /** {@code −Σ w p}: the negative log-likelihood with a weight for each target; with weights −∂L/∂p, any loss L of a program's own. */
    record CrossEntropy() implements TokenLoss<Weights> {
        @Override
        public Value evaluate(double[][] logProbs, Weights inputs) {
            TargetShape.of(logProbs).require("weights", inputs.weights);
            TokenTerms terms = new TokenTerms(logProbs);
            terms.each((t, k) -> {
                double weight = inputs.weights[t][k];
                terms.add(t, k, -weight * logProbs[t][k], -weight, weight != 0);
            });
            return terms.value(null);
        }
    }

    /** {@code −Σ r A}: the policy gradient of answers that another policy drew. */
    record ImportanceSampling() implements TokenLoss<Drawn> {
        @Override
        public Value evaluate(double[][] logProbs, Drawn inputs) {
            return TokenTerms.ofRatios(logProbs, inputs, (p, q, a) -> {
                double r = Math.exp(p - q);
                return new TokenTerms.Term(-r * a, -r * a, r, false);
            });
        }
    }

    /**
     * {@code −Σ min(r A, clip(r, low, high) A)}: PPO's surrogate (Schulman et al. 2017).
     *
     * @param low the least ratio, such as 0.8
     * @param high the largest ratio, such as 1.2
     */
    record Ppo(double low, double high) implements TokenLoss<Drawn> {
        /** Checks the bounds. */
        public Ppo {
            TokenTerms.requireBounds(low, high);
        }

        @Override
        public Value evaluate(double[][] logProbs, Drawn inputs) {
            return TokenTerms.ofRatios(
                    logProbs, inputs, (p, q, a) -> TokenTerms.Term.clipped(Math.exp(p - q), a, low, high));
        }
    }

    /**
     * {@code −Σ sg(clip(r, low, high)) p A}: the clipped ratio is a weight that has no gradient of its own (MiniMax 2025).
     *
     * @param low the least ratio, such as 0.8
     * @param high the largest ratio, such as 1.2
     */
    record Cispo(double low, double high) implements TokenLoss<Drawn> {
        /** Checks the bounds. */
        public Cispo {
            TokenTerms.requireBounds(low, high);
        }

        @Override
        public Value evaluate(double[][] logProbs, Drawn inputs) {
            return TokenTerms.ofRatios(logProbs, inputs, (p, q, a) -> {
                double r = Math.exp(p - q);
                double weight = Math.max(low, Math.min(high, r));
                return new TokenTerms.Term(-weight * p * a, -weight * a, r, weight != r);
            });
        }
    }

    /**
     * PPO's surrogate with the ratio of the whole sequence, {@code r = exp(mean over the mask of p − q)} (Zheng et al. 2025), in the token
     * variant: each target has the sequence's ratio, and its gradient goes to its own log-probability.
     *
     * @param low the least ratio, such as 0.8
     * @param high the largest ratio, such as 1.2
     */
    record Gspo(double low, double high) implements TokenLoss<DrawnSequence> {
        /** Checks the bounds. */
        public Gspo {
            TokenTerms.requireBounds(low, high);
        }

        @Override
        public Value evaluate(double[][] logProbs, DrawnSequence inputs) {
            TargetShape.of(logProbs).require("sequence_ratio_mask", inputs.mask);
            double sum = 0;
            double counted = 0;
            for (int t = 0; t < logProbs.length; t++) {
                for (int k = 0; k < logProbs[t].length; k++) {
                    if (inputs.mask[t][k] != 0) {
                        sum += inputs.mask[t][k] * (logProbs[t][k] - inputs.drawn.logProbs[t][k]);
                        counted += inputs.mask[t][k];
                    }
                }
            }
            double ratio = Math.exp(sum / counted);
            return TokenTerms.ofRatios(
                    logProbs, inputs.drawn, (p, q, a) -> TokenTerms.Term.clipped(ratio, a, low, high));
        }
    }

    /**
     * {@code −Σ (p A − ½ β (p − q)²)}: direct reward optimisation, which keeps the policy close by a quadratic penalty (Richemond et al.
     * 2024). The penalty counts at every target, whatever its advantage.
     *
     * @param beta weight of the penalty, such as 0.05
     */
    record Dro(double beta) implements TokenLoss<Drawn> {
        /** Checks the weight. */
        public Dro {
            if (!(beta >= 0 && beta < Double.POSITIVE_INFINITY)) {
                throw new InputException(format("beta is %s but must be 0 or more; 0.05 is usual.", beta));
            }
        }

        @Override
        public Value evaluate(double[][] logProbs, Drawn inputs) {
            TargetShape shape = TargetShape.of(logProbs);
            shape.require("logprobs", inputs.logProbs);
            shape.require("advantages", inputs.advantages);
            TokenTerms terms = new TokenTerms(logProbs);
            terms.each((t, k) -> {
                double p = logProbs[t][k];
                double away = p - inputs.logProbs[t][k];
                double a = inputs.advantages[t][k];
                terms.add(t, k, 0.5 * beta * away * away - p * a, beta * away - a, a != 0);
            });
            return terms.value(null);
        }
    }
}
