package org.align4j.core.policy;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.ScoreReader.HeadScores;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.reference.Comparisons;

/** Scores of reward models, as the references give them: rows alone, laid end to end, and with a start in common. */
final class ReferenceScores {
    private static final double TOLERANCE = 2e-4;

    private ReferenceScores() {}

    /** The real tokens of right-padded rows. */
    static List<int[]> rows(JsonNode batch) {
        List<int[]> rows = new ArrayList<>();
        for (int row = 0; row < batch.get("input_ids").size(); row++) {
            int length =
                    Arrays.stream(ints(batch.get("attention_mask").get(row))).sum();
            rows.add(Arrays.copyOf(ints(batch.get("input_ids").get(row)), length));
        }
        return rows;
    }

    /** Compares the scores of a case's rows, {@code name} being theirs in it. */
    static void compare(
            String place,
            Function<PackedBatch, HeadScores> reader,
            JsonNode reward,
            String name,
            Comparisons comparisons) {
        double[] expected = doubles(reward.get(name));
        List<int[]> rows = rows(reward);
        double[] together = read(reader, packed(rows));
        for (int row = 0; row < rows.size(); row++) {
            int[] ids = rows.get(row);
            String where = place + "." + name + "[" + row + "]";
            comparisons.within(where + ".packed", expected[row], together[row], TOLERANCE);
            comparisons.within(where + ".alone", expected[row], read(reader, packed(List.of(ids)))[0], TOLERANCE);
            int[] start = Arrays.copyOf(ids, ids.length / 2);
            int[] end = Arrays.copyOfRange(ids, ids.length / 2, ids.length);
            int[] other = {ids[0], 7, 9};
            for (int branch = 0; branch < 2; branch++) {
                TokenTree tree = branch == 0 ? TokenTree.of(start, end, other) : TokenTree.of(start, other, end);
                PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], other), tree));
                double[] shared = read(reader, batch);
                comparisons.within(where + ".branch[" + branch + "]", expected[row], shared[1 + branch], TOLERANCE);
            }
        }
    }

    private static PackedBatch packed(List<int[]> rows) {
        return PackedBatch.of(
                rows.stream().map(ids -> TokenTree.of(new int[0], ids)).toList());
    }

    private static double[] read(Function<PackedBatch, HeadScores> reader, PackedBatch batch) {
        return reader.apply(batch).scalars();
    }

    /** Reads a policy's scores of last tokens with some weights of its decoder. */
    static Function<PackedBatch, HeadScores> with(Policy policy, Weights weights) {
        return batch -> new ScoreReader(policy).read(batch, batch.lastRows(), weights);
    }

    /**
     * The mean of {@code -log sigmoid(score[i] - score[i + half])} and its gradient.
     *
     * @return the loss
     */
    static double pairwiseLoss(Policy policy, JsonNode reward) {
        PackedBatch batch = packed(rows(reward));
        int half = batch.lastRows().length / 2;
        policy.trainables().zeroGradients();
        try (ScorePass pass = new ScoreReader(policy).pass(batch, batch.lastRows(), null)) {
            double[] s = pass.scores().scalars();
            float[] gradient = new float[s.length];
            double loss = 0;
            for (int i = 0; i < half; i++) {
                double wrong = 1 / (1 + Math.exp(s[i] - s[i + half]));
                loss -= Math.log(1 - wrong) / half;
                gradient[i] = (float) (-wrong / half);
                gradient[i + half] = (float) (wrong / half);
            }
            pass.backward(gradient);
            return loss;
        }
    }
}
