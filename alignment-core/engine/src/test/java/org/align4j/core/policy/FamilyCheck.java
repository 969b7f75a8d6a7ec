package org.align4j.core.policy;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.weights.SafetensorsFile;

/** One family's case against transformers on one device: logits, log-probabilities however the tokens are laid out, gradients. */
record FamilyCheck(Engine engine) {
    private static final double TOLERANCE = 2e-4;
    private static final double SUM_TOLERANCE = 1e-3;

    /**
     * Compares everything that a case has.
     *
     * @param model the case's folder, or one whose config is another of its files
     * @param config the name of that file, for messages
     */
    void check(ReferenceCase reference, Path model, String config, Comparisons comparisons) {
        JsonNode expected = reference.content();
        if (expected.has("reward")) {
            checkReward(model, config, expected, comparisons);
            return;
        }
        int[] ids = ints(expected.at("/sequence/input_ids"));
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, engine)) {
            float[] logits = SafetensorsFile.open(reference.file("expected.safetensors"))
                    .tensors()
                    .get("logits")
                    .floats();
            comparisons.within(config + ".logits", logits, Logits.of(base, base, ids), TOLERANCE);
            if (expected.has("short_sequence")) {
                checkShort(reference, base, config, comparisons);
            }
            try (Policy policy = Policy.frozen(base)) {
                checkScores(config, policy, expected, comparisons);
            }
            for (boolean recompute : new boolean[] {false, true}) {
                try (Policy policy = Policy.full(base, recompute)) {
                    String place = config + (recompute ? ".recomputed" : ".kept");
                    double loss =
                            ReferenceGradients.compare(place, policy, ids, expected.at("/gradients/l2"), comparisons);
                    comparisons.within(
                            place + ".mean_nll",
                            expected.at("/sequence/mean_nll").asDouble(),
                            loss,
                            TOLERANCE);
                }
            }
        }
    }

    /** A sequence below the length from which positions differ, alone and beside a longer one that begins alike. */
    private static void checkShort(ReferenceCase reference, BaseModel base, String config, Comparisons comparisons) {
        int[] ids = ints(reference.content().at("/short_sequence/input_ids"));
        float[] logits = SafetensorsFile.open(reference.file("expected.safetensors"))
                .tensors()
                .get("logits_short")
                .floats();
        comparisons.within(config + ".logits_short", logits, Logits.of(base, base, ids), TOLERANCE);
        int prompt = ids.length / 2;
        int[] end = Arrays.copyOfRange(ids, prompt, ids.length);
        int[] longer = ints(reference.content().at("/sequence/input_ids"));
        double[] expected = logProbs(logits, ids);
        try (Policy policy = Policy.frozen(base)) {
            for (boolean first : new boolean[] {true, false}) {
                int[] shared = Arrays.copyOf(ids, prompt);
                TokenTree tree = first ? TokenTree.of(shared, end, longer) : TokenTree.of(shared, longer, end);
                PackedBatch batch = PackedBatch.of(
                        List.of(tree.withPromptScored()), base.decoder().lengthBoundary());
                TokenScores scores = policy.score(batch);
                String place = config + ".short" + (first ? ".first" : ".last");
                if (first) {
                    near(
                            place + ".prompt",
                            Arrays.copyOf(expected, prompt - 1),
                            scores.logProbs(batch.promptSpans().get(0)),
                            comparisons);
                }
                near(
                        place,
                        Arrays.copyOfRange(expected, prompt - 1, expected.length),
                        scores.logProbs(batch.span(0, first ? 0 : 1)),
                        comparisons);
            }
        }
    }

    /** The log-probability of each token but the first under the scores {@code [T, V]} before it. */
    private static double[] logProbs(float[] logits, int[] ids) {
        int vocabulary = logits.length / ids.length;
        double[] logProbs = new double[ids.length - 1];
        for (int t = 0; t < logProbs.length; t++) {
            double sum = 0;
            for (int v = 0; v < vocabulary; v++) {
                sum += Math.exp(logits[t * vocabulary + v]);
            }
            logProbs[t] = logits[t * vocabulary + ids[t + 1]] - Math.log(sum);
        }
        return logProbs;
    }

    private void checkReward(Path model, String config, JsonNode expected, Comparisons comparisons) {
        JsonNode reward = expected.get("reward");
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, engine)) {
            try (Policy policy = Policy.frozen(base)) {
                ReferenceScores.compare(
                        config, ReferenceScores.with(policy, policy.weights()), reward, "scores", comparisons);
            }
            for (boolean recompute : new boolean[] {false, true}) {
                try (Policy policy = Policy.full(base, recompute)) {
                    String place = config + (recompute ? ".recomputed" : ".kept");
                    double loss = ReferenceScores.pairwiseLoss(policy, reward);
                    comparisons.within(
                            place + ".pairwise_loss",
                            reward.get("pairwise_loss").asDouble(),
                            loss,
                            TOLERANCE);
                    ReferenceGradients.compareNorms(place, policy, expected.at("/gradients/l2"), comparisons);
                }
            }
        }
    }

    private static void checkScores(String config, Policy policy, JsonNode expected, Comparisons comparisons) {
        JsonNode sequence = expected.get("sequence");
        double[] sequenceScores =
                scores(policy, List.of(text(ints(sequence.get("input_ids"))))).get(0);
        near(config + ".sequence", doubles(sequence.get("token_log_probs")), sequenceScores, comparisons);
        JsonNode batch = expected.get("batch");
        List<int[]> rows = ReferenceScores.rows(batch);
        int[] prompts = ints(batch.get("prompt_lengths"));
        List<double[]> together =
                scores(policy, rows.stream().map(FamilyCheck::text).toList());
        for (int row = 0; row < rows.size(); row++) {
            double[] each = doubles(batch.get("token_log_probs").get(row));
            double sum = batch.get("sequence_log_probs").get(row).asDouble();
            String place = config + ".batch[" + row + "]";
            near(
                    place + ".alone",
                    each,
                    scores(policy, List.of(text(rows.get(row)))).get(0),
                    comparisons);
            near(place + ".packed", each, together.get(row), comparisons);
            checkShared(place, policy, rows, row, prompts[row], each, sum, comparisons);
        }
    }

    /**
     * The row's prompt computed once for its response and for the end of another row, in either order. Where length changes
     * positions and the two lie on different sides of the boundary, the prompt is laid for each, and its scores are the first one's.
     */
    private static void checkShared(
            String place,
            Policy policy,
            List<int[]> rows,
            int row,
            int prompt,
            double[] each,
            double sum,
            Comparisons comparisons) {
        int[] ids = rows.get(row);
        int[] shared = Arrays.copyOf(ids, prompt);
        int[] response = Arrays.copyOfRange(ids, prompt, ids.length);
        int[] other = rows.get((row + 1) % rows.size());
        int[] otherEnd = Arrays.copyOfRange(other, other.length / 2, other.length);
        for (int branch = 0; branch < 2; branch++) {
            TokenTree tree =
                    branch == 0 ? TokenTree.of(shared, response, otherEnd) : TokenTree.of(shared, otherEnd, response);
            int boundary = policy.decoder().lengthBoundary();
            PackedBatch batch = PackedBatch.of(List.of(text(other), tree.withPromptScored()), boundary);
            TokenScores scores = policy.score(batch);
            String where = place + ".branch[" + branch + "]";
            if (branch == 0 || (ids.length > boundary) == (prompt + otherEnd.length > boundary)) {
                near(
                        where + ".prompt",
                        Arrays.copyOf(each, prompt - 1),
                        scores.logProbs(batch.promptSpans().get(1)),
                        comparisons);
            }
            near(
                    where + ".response",
                    Arrays.copyOfRange(each, prompt - 1, each.length),
                    scores.logProbs(batch.span(1, branch)),
                    comparisons);
            comparisons.within(where + ".sum", sum, scores.sum(batch.span(1, branch)), SUM_TOLERANCE);
        }
    }

    private static TokenTree text(int[] ids) {
        return TokenTree.of(new int[0], ids);
    }

    private static List<double[]> scores(Policy policy, List<TokenTree> trees) {
        PackedBatch batch = PackedBatch.of(trees);
        TokenScores scores = policy.score(batch);
        List<double[]> result = new ArrayList<>();
        for (int tree = 0; tree < trees.size(); tree++) {
            result.add(scores.logProbs(batch.span(tree, 0)));
        }
        return result;
    }

    private static void near(String place, double[] expected, double[] actual, Comparisons comparisons) {
        comparisons.same(place + ".length", expected.length, actual.length);
        for (int i = 0; i < Math.min(expected.length, actual.length); i++) {
            comparisons.within(place + "[" + i + "]", expected[i], actual[i], TOLERANCE);
        }
    }
}
