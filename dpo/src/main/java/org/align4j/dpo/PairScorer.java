package org.align4j.dpo;

import java.util.function.Function;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairGradients;
import org.jspecify.annotations.Nullable;

/**
 * Scores of packed pairs as a loss takes them, with or without the divergence of the reference from the policy over the whole
 * vocabulary (TDPO).
 *
 * @param diverging the reference's weights where the loss needs divergences, else null
 */
record PairScorer(Policy policy, @Nullable Weights diverging) {

    /** What a forward gave. */
    record Scored(TokenScores scores, PairBatch pairs) {}

    static PairScorer of(Policy policy, Reference reference, boolean withDivergences) {
        return new PairScorer(policy, withDivergences ? reference.weights() : null);
    }

    /** Scores without a gradient. */
    Scored score(PairRows rows, RowLayout.Packed packed) {
        if (diverging == null) {
            TokenScores scores = policy.score(packed.batch());
            return new Scored(scores, rows.batch(scores, packed));
        }
        Policy.Compared compared = policy.compare(packed.batch(), diverging);
        return new Scored(compared.scores(), pairs(rows, packed, compared));
    }

    /** One forward and backward pass of a loss that sees no other pairs. */
    TokenScores accumulate(PairRows rows, RowLayout.Packed packed, long seed, Function<PairBatch, PairGradients> loss) {
        if (diverging == null) {
            return policy.accumulate(
                    packed.batch(), seed, scores -> rows.coefficients(loss.apply(rows.batch(scores, packed)), packed));
        }
        return policy.accumulateCompared(
                        packed.batch(),
                        seed,
                        diverging,
                        compared -> coefficients(rows, packed, loss.apply(pairs(rows, packed, compared))))
                .scores();
    }

    /** The same where the gradients are known: the reference is not asked again. */
    TokenScores accumulate(PairRows rows, RowLayout.Packed packed, long seed, PairGradients known) {
        if (diverging == null) {
            return policy.accumulate(packed.batch(), seed, scores -> rows.coefficients(known, packed));
        }
        return policy.accumulateCompared(packed.batch(), seed, diverging, compared -> coefficients(rows, packed, known))
                .scores();
    }

    private static Policy.ComparedCoefficients coefficients(
            PairRows rows, RowLayout.Packed packed, PairGradients gradients) {
        return new Policy.ComparedCoefficients(
                rows.coefficients(gradients, packed), divergenceCoefficients(rows, gradients, packed));
    }

    private static PairBatch pairs(PairRows rows, RowLayout.Packed packed, Policy.Compared compared) {
        PairBatch plain = rows.batch(compared.scores(), packed);
        PairBatch pairs = PairBatch.of(
                plain.chosen().withSequenceKl(sums(packed, compared.divergences(), PairRows.CHOSEN)),
                plain.rejected().withSequenceKl(sums(packed, compared.divergences(), PairRows.REJECTED)));
        double[][] prompts = plain.promptPolicy();
        return prompts == null ? pairs : pairs.withPrompts(prompts);
    }

    private static double[] sums(RowLayout.Packed packed, float[] divergences, int answer) {
        double[] sums = new double[packed.answers().size()];
        for (int i = 0; i < sums.length; i++) {
            Span span = packed.answers().get(i).get(answer);
            for (int t = span.from(); t < span.to(); t++) {
                sums[i] += divergences[t];
            }
        }
        return sums;
    }

    private static float[] divergenceCoefficients(PairRows rows, PairGradients gradients, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int i = 0; i < rows.size(); i++) {
            fill(result, packed.answers().get(i).get(PairRows.CHOSEN), gradients.chosenKl()[i]);
            fill(
                    result,
                    packed.answers().get(i).get(PairRows.REJECTED),
                    gradients.rejectedKl()[i]);
        }
        return result;
    }

    private static void fill(float[] result, Span span, double value) {
        for (int t = span.from(); t < span.to(); t++) {
            result[t] = (float) value;
        }
    }
}
