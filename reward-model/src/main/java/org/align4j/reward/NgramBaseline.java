package org.align4j.reward;

import com.google.common.hash.Hashing;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.align4j.core.data.PairTokens;
import org.jspecify.annotations.Nullable;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/**
 * A linear Bradley-Terry model: logistic regression, without an intercept by symmetry, on the difference of the responses' hashed
 * counts of one and two tokens. It knows words and phrases, but neither order nor prompt.
 */
record NgramBaseline(Model<Label> model, int pairs) {
    /** Most pairs that are learned from: more teach a linear model of so many features little. */
    private static final int PAIRS = 20_000;

    private static final int BUCKETS = 1 << 16;
    private static final int EPOCHS = 5;
    private static final double RATE = 0.1;
    private static final long SEED = 1;
    private static final Label CHOSEN = new Label("chosen");
    private static final Label REJECTED = new Label("rejected");
    private static final LabelFactory LABELS = new LabelFactory();
    /** Held so that its level stays. */
    private static final Logger LOGGER = Logger.getLogger("org.tribuo");

    /** Learns from pairs; null where they differ in no token, so that there is nothing to learn. */
    public static @Nullable NgramBaseline train(List<PairTokens> training) {
        LOGGER.setLevel(Level.WARNING);
        MutableDataset<Label> examples = new MutableDataset<>(
                new SimpleDataSourceProvenance(
                        "preference pairs", OffsetDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC), LABELS),
                LABELS);
        List<PairTokens> used = training.stream()
                .filter(pair -> !pair.tie())
                .limit(PAIRS)
                .filter(pair -> !difference(pair).isEmpty())
                .toList();
        if (used.isEmpty()) {
            return null;
        }
        for (PairTokens pair : used) {
            Map<Integer, Double> difference = difference(pair);
            examples.add(example(difference, 1, CHOSEN));
            examples.add(example(difference, -1, REJECTED));
        }
        LinearSGDTrainer trainer =
                new LinearSGDTrainer(new LogMulticlass(), new AdaGrad(RATE), EPOCHS, Integer.MAX_VALUE, 1, SEED);
        return new NgramBaseline(trainer.train(examples), used.size());
    }

    /**
     * Returns how much the baseline prefers the chosen response, by log-odds; 0 where the responses differ in nothing it
     * knows.
     */
    public double margin(PairTokens pair) {
        Map<Integer, Double> difference = difference(pair);
        return known(difference) ? logit(difference, 1) - logit(difference, -1) : 0;
    }

    private boolean known(Map<Integer, Double> difference) {
        return difference.keySet().stream()
                .anyMatch(bucket -> model.getFeatureIDMap().get(name(bucket)) != null);
    }

    private double logit(Map<Integer, Double> difference, int sign) {
        Map<String, Label> scores =
                model.predict(example(difference, sign, CHOSEN)).getOutputScores();
        return logScore(scores, CHOSEN) - logScore(scores, REJECTED);
    }

    private static double logScore(Map<String, Label> scores, Label label) {
        return Math.log(Objects.requireNonNull(scores.get(label.getLabel())).getScore());
    }

    private static Example<Label> example(Map<Integer, Double> difference, int sign, Label label) {
        List<String> names = new ArrayList<>();
        double[] values = new double[difference.size()];
        difference.forEach((bucket, value) -> {
            values[names.size()] = sign * value;
            names.add(name(bucket));
        });
        return new ArrayExample<>(label, names.toArray(String[]::new), values);
    }

    private static String name(int bucket) {
        return "n" + bucket;
    }

    /** Returns the difference of a pair's n-gram counts, of unit length and without zeros. */
    private static Map<Integer, Double> difference(PairTokens pair) {
        Map<Integer, Double> counts = new TreeMap<>();
        count(pair.chosen(), 1, counts);
        count(pair.rejected(), -1, counts);
        counts.values().removeIf(value -> value == 0);
        double norm = Math.sqrt(counts.values().stream().mapToDouble(v -> v * v).sum());
        counts.replaceAll((bucket, value) -> value / norm);
        return counts;
    }

    private static void count(int[] tokens, int sign, Map<Integer, Double> counts) {
        for (int i = 0; i < tokens.length; i++) {
            counts.merge(bucket(tokens[i], -1), (double) sign, Double::sum);
            if (i > 0) {
                counts.merge(bucket(tokens[i - 1], tokens[i]), (double) sign, Double::sum);
            }
        }
    }

    private static int bucket(int first, int second) {
        return Hashing.murmur3_32_fixed()
                        .newHasher()
                        .putInt(first)
                        .putInt(second)
                        .hash()
                        .asInt()
                & (BUCKETS - 1);
    }
}
