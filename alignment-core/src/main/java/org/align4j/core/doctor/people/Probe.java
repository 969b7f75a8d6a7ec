package org.align4j.core.doctor.people;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LinearSGDModel;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/**
 * A linear Bradley-Terry model: Tribuo's logistic regression on {@link WordDifference}. It knows words, not what they mean. One
 * pass with small steps keeps it from learning flipped labels by heart.
 */
final class Probe {
    private static final int EPOCHS = 1;
    private static final double RATE = 0.05;
    private static final long SEED = 1;
    private static final Label CHOSEN = new Label("chosen");
    private static final Label REJECTED = new Label("rejected");
    private static final LabelFactory LABELS = new LabelFactory();
    private static final String[] NAMES = IntStream.range(0, WordDifference.BUCKETS)
            .mapToObj(bucket -> "b" + bucket)
            .toArray(String[]::new);
    /** Held so that its level stays. */
    private static final Logger LOGGER = Logger.getLogger("org.tribuo");

    private final double[] weights;

    private Probe(double[] weights) {
        this.weights = weights;
    }

    /** Learns that the chosen answer is better, from pairs that differ in some word. */
    static Probe train(List<WordDifference> pairs) {
        LOGGER.setLevel(Level.WARNING);
        MutableDataset<Label> examples = new MutableDataset<>(
                new SimpleDataSourceProvenance(
                        "preference pairs", OffsetDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC), LABELS),
                LABELS);
        int turn = 0;
        for (WordDifference pair : pairs) {
            if (pair.isEmpty()) {
                continue;
            }
            // Every other pair is turned round, so that both labels are learned.
            boolean asIs = turn++ % 2 == 0;
            examples.add(example(pair, asIs ? 1 : -1, asIs ? CHOSEN : REJECTED));
        }
        LinearSGDModel model = new LinearSGDTrainer(
                        new LogMulticlass(), new AdaGrad(RATE), EPOCHS, Integer.MAX_VALUE, 1, SEED)
                .train(examples);
        return new Probe(weights(model));
    }

    private static double[] weights(LinearSGDModel model) {
        DenseMatrix matrix = model.getWeightsCopy();
        int chosen = model.getOutputIDInfo().getID(CHOSEN);
        int rejected = model.getOutputIDInfo().getID(REJECTED);
        double[] weights = new double[WordDifference.BUCKETS];
        for (int bucket = 0; bucket < weights.length; bucket++) {
            int id = model.getFeatureIDMap().getID(NAMES[bucket]);
            weights[bucket] = id < 0 ? 0 : matrix.get(chosen, id) - matrix.get(rejected, id);
        }
        return weights;
    }

    private static ArrayExample<Label> example(WordDifference pair, int sign, Label label) {
        String[] names =
                Arrays.stream(pair.buckets()).mapToObj(bucket -> NAMES[bucket]).toArray(String[]::new);
        double[] values = new double[names.length];
        Arrays.setAll(values, i -> sign * (double) pair.values()[i]);
        return new ArrayExample<>(label, names, values);
    }

    /** How much it prefers the chosen answer, in log-odds. */
    double margin(WordDifference pair) {
        return pair.dot(weights);
    }
}
