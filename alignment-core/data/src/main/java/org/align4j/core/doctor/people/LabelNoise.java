package org.align4j.core.doctor.people;

import java.io.Serializable;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LogRow;
import org.jspecify.annotations.Nullable;
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
 * How many judgements are the wrong way round. A probe learns from some rows which words the better answers have, and is asked
 * about the others; {@link MarginNoise} concludes from its margins. At most
 * 40,000 rows are learned from; all are asked about.
 */
public final class LabelNoise implements Check {
    /** Fewer pairs teach a probe nothing. */
    public static final int FEWEST = MarginNoise.FEWEST;

    private static final int LEARNED = 40_000;
    private static final long SEED = 20260101;

    /** The rows that the probes learn from, by number; those whose hash is smallest, so that they are spread evenly. */
    private final Map<Integer, WordDifference> learned = new TreeMap<>();

    private final BitSet pairs = new BitSet();
    private volatile int level;
    private @Nullable CrossFit probes;
    private boolean asked;
    /** The rows that a probe was asked about, ascending, and its margins. */
    private int[] numbers = {};

    private double[] margins = {};
    private int known;

    @Override
    public String id() {
        return MarginNoise.ID;
    }

    /** Whether a row is a pair from which a probe can learn, or about which it can be asked. */
    public static boolean concerns(LogRow row) {
        return row.isPair()
                && row.form().written()
                && row.keys().chosen() != row.keys().rejected();
    }

    @Override
    public Runnable look(LogRow row) {
        if (!concerns(row)) {
            return NOTHING;
        }
        // The level only rises, so what lies below it now is not learned from later either.
        if (level(row.number()) < level) {
            return () -> pairs.set(row.number());
        }
        WordDifference difference = Lesson.of(row).difference;
        return () -> note(row.number(), difference);
    }

    private void note(int row, WordDifference difference) {
        pairs.set(row);
        if (level(row) >= level) {
            learned.put(row, difference);
            while (learned.size() > LEARNED) {
                int higher = level + 1;
                level = higher;
                learned.keySet().removeIf(other -> level(other) < higher);
            }
        }
    }

    /** Returns how rare a row's number is: half of all numbers have the level 0, a quarter 1, an eighth 2. */
    public static int level(int row) {
        long mixed = (row + SEED) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        return Long.numberOfLeadingZeros((mixed ^ (mixed >>> 27)) & Long.MAX_VALUE) - 1;
    }

    /**
     * Returns the level from which on rows are learned from: the lowest one that leaves no more of them than are.
     *
     * @param rows how many rows have each level
     */
    public static int learnedFrom(long[] rows) {
        long above = 0;
        int level = rows.length;
        while (level > 0 && above + rows[level - 1] <= LEARNED) {
            above += rows[--level];
        }
        return level;
    }

    /**
     * What a probe learns from a row.
     *
     * @param row its number
     * @param difference in which words its answers differ
     */
    public record Lesson(int row, WordDifference difference) implements Serializable {
        /** Takes from a row what is learned from it. */
        public static Lesson of(LogRow row) {
            return new Lesson(
                    row.number(),
                    WordDifference.of(row.normal().chosen(), row.normal().rejected()));
        }
    }

    /** Where all rows were learned from they are at hand; else all are asked for. */
    @Override
    public BitSet again() {
        if (asked || pairs.cardinality() < FEWEST) {
            return new BitSet();
        }
        asked = true;
        CrossFit fitted = CrossFit.train(learned);
        probes = fitted;
        numbers = new int[pairs.cardinality()];
        margins = new double[numbers.length];
        if (level == 0) {
            learned.forEach((row, difference) -> add(row, fitted.margin(new Lesson(row, difference))));
            learned.clear();
            return new BitSet();
        }
        learned.clear();
        return pairs;
    }

    private void add(int row, double margin) {
        numbers[known] = row;
        margins[known++] = margin;
    }

    @Override
    public Runnable secondPass(LogRow row) {
        if (probes == null) {
            return NOTHING;
        }
        double margin = probes.margin(Lesson.of(row));
        return () -> add(row.number(), margin);
    }

    /** How much the probe that didn't see a row prefers its chosen answer; NaN where none was asked. */
    public double margin(int row) {
        int place = Arrays.binarySearch(numbers, 0, known, row);
        return place < 0 ? Double.NaN : margins[place];
    }

    @Override
    public Optional<Finding> finding() {
        if (known < FEWEST) {
            return Optional.empty();
        }
        Finding finding = new MarginNoise(Arrays.copyOf(numbers, known), Arrays.copyOf(margins, known)).ofProbe();
        return Optional.of(finding.with("learned_from", probes == null ? 0 : probes.size()));
    }

    /** Probes each of which learned from all folds but one, so that every row is scored by one that never saw it. */
    public static final class CrossFit implements Serializable {
        private static final long serialVersionUID = 1L;

        /** When rows are few, each is precious: with many folds a probe still learns from most of them. */
        private static final int FOLDS = 10;

        private static final int MANY_FOLDS = 2;
        private static final int MANY = 6_000;

        private final Probe[] probes;
        private final BitSet learned;
        private final int size;

        private CrossFit(List<Probe> probes, BitSet learned) {
            this.probes = probes.toArray(new Probe[0]);
            this.learned = learned;
            this.size = learned.cardinality();
        }

        /**
         * Trains a probe for each fold.
         *
         * @param lessons what is learned from, in any order
         */
        public static CrossFit of(Collection<Lesson> lessons) {
            Map<Integer, WordDifference> rows = new TreeMap<>();
            lessons.forEach(lesson -> rows.put(lesson.row, lesson.difference));
            return train(rows);
        }

        /** Trains a probe for each fold by the rows' numbers. */
        static CrossFit train(Map<Integer, WordDifference> rows) {
            int folds = rows.size() > MANY ? MANY_FOLDS : FOLDS;
            BitSet learned = new BitSet();
            rows.keySet().forEach(learned::set);
            List<Probe> probes = IntStream.range(0, folds)
                    .parallel()
                    .mapToObj(fold -> Probe.train(allBut(rows, fold, folds)))
                    .toList();
            return new CrossFit(probes, learned);
        }

        private static List<WordDifference> allBut(Map<Integer, WordDifference> rows, int fold, int folds) {
            List<WordDifference> others = new ArrayList<>(rows.size());
            rows.forEach((row, difference) -> {
                if (fold(row, folds) != fold) {
                    others.add(difference);
                }
            });
            return others;
        }

        /** Rows that follow one another belong to different folds, in no fixed pattern. */
        private static int fold(int row, int folds) {
            return Math.floorMod((row * 0x9E3779B1) >>> 8, folds);
        }

        /** Counts the rows that the probe was trained on. */
        public int size() {
            return size;
        }

        /** The margin of a row by the probe that didn't see it, or the mean of all where none did. */
        public double margin(Lesson asked) {
            if (learned.get(asked.row)) {
                return probes[fold(asked.row, probes.length)].margin(asked.difference);
            }
            return Arrays.stream(probes)
                    .mapToDouble(probe -> probe.margin(asked.difference))
                    .average()
                    .orElseThrow();
        }
    }

    /**
     * A linear Bradley-Terry model: Tribuo's logistic regression on {@link WordDifference}. It knows words, not what they mean. One
     * pass with small steps keeps it from learning flipped labels by heart.
     */
    private record Probe(double[] weights) implements Serializable {
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
            String[] names = Arrays.stream(pair.buckets())
                    .mapToObj(bucket -> NAMES[bucket])
                    .toArray(String[]::new);
            double[] values = new double[names.length];
            Arrays.setAll(values, i -> sign * (double) pair.values()[i]);
            return new ArrayExample<>(label, names, values);
        }

        /** Returns how much the probe prefers the chosen answer, in log-odds. */
        double margin(WordDifference pair) {
            return pair.dot(weights);
        }
    }
}
