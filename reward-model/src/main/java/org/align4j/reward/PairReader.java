package org.align4j.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.data.PairTokens;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.HeadScores;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.train.Forward;
import org.align4j.reward.loss.RewardResult;
import org.align4j.reward.loss.ScoredPairs;

/**
 * Scores of pairs, each prompt computed once for its two responses, forward by forward.
 *
 * @param budget tokens in one forward
 */
record PairReader(ScoreReader scores, TokenBudget budget) {

    /** The whole of some pairs, in their order. */
    ScoredPairs read(List<PairTokens> pairs) {
        double[] chosen = new double[pairs.size()];
        double[] rejected = new double[pairs.size()];
        scores.policy().sideBySide(groups(pairs), places -> {
            List<PairTokens> some = select(pairs, places);
            PackedBatch batch = pack(some);
            ScoredPairs part = scored(some, scores.read(batch, batch.lastRows()));
            for (int i = 0; i < places.length; i++) {
                chosen[places[i]] = part.chosen()[i];
                rejected[places[i]] = part.rejected()[i];
            }
            return places.length;
        });
        return scored(pairs, chosen, rejected);
    }

    /**
     * A forward with its backward.
     *
     * @param tokens computed
     * @param places of its pairs in the batch
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Pass(long tokens, ScoredPairs part, RewardResult result, int[] places) {}

    /**
     * Scores and gradients.
     *
     * @param seed of dropout
     * @param loss of the pairs of one forward
     */
    List<Pass> accumulate(List<PairTokens> pairs, long seed, Function<ScoredPairs, RewardResult> loss) {
        return scores.policy().sideBySide(groups(pairs), places -> {
            List<PairTokens> some = select(pairs, places);
            PackedBatch batch = pack(some);
            List<Pass> passes = new ArrayList<>();
            scores.accumulate(batch, batch.lastRows(), seed + places[0], read -> {
                ScoredPairs part = scored(some, read);
                RewardResult result = loss.apply(part);
                passes.add(new Pass(batch.size(), part, result, places));
                return gradient(result);
            });
            return passes.get(0);
        });
    }

    /** The forwards of one step over pairs that are so many of the training rows. */
    List<Forward> forwards(int[] rows, List<PairTokens> pairs) {
        return Forward.of(rows, groups(pairs), group -> pack(select(pairs, group)));
    }

    private List<int[]> groups(List<PairTokens> pairs) {
        return MicroBatches.plan(pairs.stream().mapToInt(PairTokens::tokens).toArray(), budget.tokens());
    }

    private static List<PairTokens> select(List<PairTokens> pairs, int[] places) {
        return Arrays.stream(places).mapToObj(pairs::get).toList();
    }

    private PackedBatch pack(List<PairTokens> pairs) {
        return scores.pack(pairs.stream()
                .map(pair -> TokenTree.of(pair.prompt(), pair.chosen(), pair.rejected()))
                .toList());
    }

    /** Chosen and rejected alternate in the forward. */
    private static ScoredPairs scored(List<PairTokens> pairs, HeadScores read) {
        double[] both = read.scalars();
        double[] chosen = new double[pairs.size()];
        double[] rejected = new double[pairs.size()];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = both[2 * i];
            rejected[i] = both[2 * i + 1];
        }
        return scored(pairs, chosen, rejected);
    }

    private static ScoredPairs scored(List<PairTokens> pairs, double[] chosen, double[] rejected) {
        double[] margins = new double[pairs.size()];
        boolean[] ties = new boolean[pairs.size()];
        for (int i = 0; i < margins.length; i++) {
            Double margin = pairs.get(i).margin();
            margins[i] = margin == null ? 0 : margin;
            ties[i] = pairs.get(i).tie();
        }
        return new ScoredPairs(chosen, rejected, margins, ties);
    }

    private static float[] gradient(RewardResult result) {
        float[] gradient = new float[2 * result.perPair().length];
        for (int i = 0; i < result.perPair().length; i++) {
            gradient[2 * i] = (float) result.chosenGradient()[i];
            gradient[2 * i + 1] = (float) result.rejectedGradient()[i];
        }
        return gradient;
    }
}
