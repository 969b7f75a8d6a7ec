package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairGradients;
import org.align4j.dpo.loss.PairResult;
import org.jspecify.annotations.Nullable;

/**
 * Scores of packed pairs as a loss takes them, with or without the divergence of the reference from the policy over the whole
 * vocabulary (TDPO).
 *
 * @param diverging the reference's weights where the loss needs divergences, else null
 */
record PairScorer(Policy policy, @Nullable Weights diverging) {

    /** What a forward gave. */
    record Scored(TokenScores scores, RowLayout.Packed packed, PairBatch pairs) {}

    static PairScorer of(Policy policy, Reference reference, boolean withDivergences) {
        return new PairScorer(policy, withDivergences ? reference.weights() : null);
    }

    /** Scores without a gradient. */
    Scored score(PairRows rows, RowLayout layout) {
        RowLayout.Packed packed = layout.pack(rows.items());
        if (diverging == null) {
            TokenScores scores = policy.score(packed.batch());
            return new Scored(scores, packed, rows.batch(scores, packed));
        }
        Policy.Compared compared = policy.compare(packed.batch(), diverging);
        return new Scored(compared.scores(), packed, pairs(rows, packed, compared));
    }

    /** One forward and backward pass of a loss that sees no other pairs. */
    PairPass accumulate(PairRows rows, RowLayout layout, long seed, Function<PairBatch, PairResult> loss) {
        RowLayout.Packed packed = layout.pack(rows.items());
        List<PairResult> results = new ArrayList<>();
        Function<PairBatch, PairGradients> judged = pairs -> {
            results.add(loss.apply(pairs));
            return results.get(0).gradients();
        };
        TokenScores scores = diverging == null
                ? policy.accumulate(
                        packed.batch(), seed, s -> rows.coefficients(judged.apply(rows.batch(s, packed)), packed))
                : policy.accumulateCompared(
                                packed.batch(),
                                seed,
                                diverging,
                                compared -> coefficients(rows, packed, judged.apply(pairs(rows, packed, compared))))
                        .scores();
        return new PairPass(scores, packed, results.get(0));
    }

    /** Accumulates gradients that are known: the reference is not asked again. */
    PairPass accumulate(PairRows rows, RowLayout layout, long seed, PairGradients known) {
        RowLayout.Packed packed = layout.pack(rows.items());
        TokenScores scores = diverging == null
                ? policy.accumulate(packed.batch(), seed, s -> rows.coefficients(known, packed))
                : policy.accumulateCompared(
                                packed.batch(), seed, diverging, compared -> coefficients(rows, packed, known))
                        .scores();
        return new PairPass(scores, packed, null);
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
