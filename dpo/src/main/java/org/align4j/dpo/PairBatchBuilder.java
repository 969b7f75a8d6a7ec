package org.align4j.dpo;

import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.Responses;
import org.jspecify.annotations.Nullable;

/** Puts the parts of a batch, scored forward by forward, back into its order. */
final class PairBatchBuilder {
    private final Side chosen;
    private final Side rejected;
    private final double @Nullable [][] prompts;

    PairBatchBuilder(int pairs, boolean scorePrompts) {
        chosen = new Side(pairs);
        rejected = new Side(pairs);
        prompts = scorePrompts ? new double[pairs][] : null;
    }

    private static final class Side {
        final double[][] policy;
        final double[][] reference;
        final double[][] squares;
        final double[] divergences;
        boolean withDivergences;

        Side(int pairs) {
            policy = new double[pairs][];
            reference = new double[pairs][];
            squares = new double[pairs][];
            divergences = new double[pairs];
        }

        void put(Responses part, int[] places) {
            double[][] own = part.logSumSquares();
            double[] sums = part.sequenceKl();
            withDivergences = sums != null;
            for (int i = 0; i < places.length; i++) {
                policy[places[i]] = part.policy()[i];
                reference[places[i]] = part.reference()[i];
                squares[places[i]] = own == null ? new double[part.policy()[i].length] : own[i];
                if (sums != null) {
                    divergences[places[i]] = sums[i];
                }
            }
        }

        Responses build() {
            Responses responses = Responses.of(policy, reference).withLogSumSquares(squares);
            return withDivergences ? responses.withSequenceKl(divergences) : responses;
        }
    }

    /** Takes a part whose pairs have these places. */
    void put(PairBatch part, int[] places) {
        chosen.put(part.chosen(), places);
        rejected.put(part.rejected(), places);
        double[][] own = part.promptPolicy();
        double[][] all = prompts;
        if (all != null) {
            for (int i = 0; i < places.length; i++) {
                all[places[i]] = own == null ? new double[0] : own[i];
            }
        }
    }

    PairBatch build() {
        PairBatch batch = PairBatch.of(chosen.build(), rejected.build());
        return prompts == null ? batch : batch.withPrompts(prompts);
    }
}
