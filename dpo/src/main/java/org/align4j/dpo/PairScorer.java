package org.align4j.dpo;

import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.PolicyOptions;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairGradients;
import org.jspecify.annotations.Nullable;

/**
 * Scores of packed pairs as a loss takes them, with or without the divergence of the reference from the policy over the whole
 * vocabulary (TDPO).
 *
 * @param withDivergences whether the loss needs it
 * @param fromStart whether the reference is the starting adapter, else the base
 */
record PairScorer(Policy policy, boolean withDivergences, boolean fromStart) {

    /** What a forward gave. */
    record Scored(TokenScores scores, PairBatch pairs) {}

    /**
     * What a loss says.
     *
     * @param places of the forward's rows among those the gradients are of; null: the same rows
     */
    record Derivatives(PairGradients gradients, int @Nullable [] places) {}

    static PairScorer of(Policy policy, DpoOptions options, boolean withDivergences) {
        ReferenceChoice choice = options.resolvedReference();
        if (withDivergences) {
            boolean other = choice.kind() == ReferenceChoice.Kind.MODEL || choice.kind() == ReferenceChoice.Kind.NONE;
            if (other) {
                throw new InputException(
                        "reference is " + choice
                                + " but loss tdpo compares whole distributions with the policy's own base; give base or adapter.");
            }
            if (options.recipe().policy().method() == PolicyOptions.Method.FULL) {
                throw new InputException(
                        "method is full but loss tdpo needs a head that does not train; use method lora.");
            }
        }
        return new PairScorer(policy, withDivergences, choice.kind() == ReferenceChoice.Kind.ADAPTER);
    }

    /** Scores without a gradient. */
    Scored score(PairRows rows, RowLayout.Packed packed) {
        if (!withDivergences) {
            TokenScores scores = policy.score(packed.batch());
            return new Scored(scores, rows.batch(scores, packed));
        }
        Policy.Compared compared = policy.compare(packed.batch(), fromStart);
        return new Scored(compared.scores(), pairs(rows, packed, compared));
    }

    /** One forward and backward pass. */
    TokenScores accumulate(PairRows rows, RowLayout.Packed packed, long seed, Function<PairBatch, Derivatives> loss) {
        if (!withDivergences) {
            return policy.accumulate(packed.batch(), seed, scores -> {
                Derivatives d = loss.apply(rows.batch(scores, packed));
                return rows.coefficients(d.gradients(), d.places(), packed);
            });
        }
        return policy.accumulateCompared(packed.batch(), seed, fromStart, compared -> {
                    Derivatives d = loss.apply(pairs(rows, packed, compared));
                    return new Policy.ComparedCoefficients(
                            rows.coefficients(d.gradients(), d.places(), packed),
                            divergenceCoefficients(rows, d, packed));
                })
                .scores();
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

    private static float[] divergenceCoefficients(PairRows rows, Derivatives d, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int i = 0; i < rows.size(); i++) {
            int[] places = d.places();
            int row = places == null ? i : places[i];
            fill(
                    result,
                    packed.answers().get(i).get(PairRows.CHOSEN),
                    d.gradients().chosenKl()[row]);
            fill(
                    result,
                    packed.answers().get(i).get(PairRows.REJECTED),
                    d.gradients().rejectedKl()[row]);
        }
        return result;
    }

    private static void fill(float[] result, Span span, double value) {
        for (int t = span.from(); t < span.to(); t++) {
            result[t] = (float) value;
        }
    }
}
