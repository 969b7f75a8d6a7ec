package org.align4j.core.doctor.noise;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Level;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * How many judgements are the wrong way round. A probe learns from some rows which words the better answers have, and is asked
 * about the others; {@link TwoClusters} tells flipped labels from its mistakes, or that they can't be told apart; then the share of labels that
 * go against the probe bounds ε. At most
 * 40,000 rows are learned from; all are asked about.
 */
public final class LabelNoise implements Check {
    /** By the lower bound of ε. */
    static final Threshold THRESHOLD = new Threshold(0.05, 0.25);
    /** Fewer pairs teach a probe nothing. */
    static final int FEWEST = 200;

    private static final double CONFIDENCE = 0.95;
    private static final String NOT_IDENTIFIABLE =
            "not identifiable: the probe can't tell flipped labels from its own mistakes";
    private static final int LEARNED = 40_000;
    private static final long SEED = 20260101;

    /** The rows that the probes learn from, by number; those whose hash is smallest, so that they are spread evenly. */
    private final Map<Integer, WordDifference> learned = new TreeMap<>();

    private final BitSet pairs = new BitSet();
    private volatile long bound = Long.MAX_VALUE;
    private @Nullable CrossFit probes;
    private boolean asked;
    /** The rows that a probe was asked about, ascending, and its margins. */
    private int[] numbers = {};

    private double[] margins = {};
    private int known;

    @Override
    public String id() {
        return "label-noise";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair() || !row.written() || row.keys().chosen() == row.keys().rejected()) {
            return NOTHING;
        }
        // The bound only falls, so what lies above it now is not learned from later either.
        if (hash(row.number()) >= bound) {
            return () -> pairs.set(row.number());
        }
        WordDifference difference =
                WordDifference.of(row.normal().chosen(), row.normal().rejected());
        return () -> note(row.number(), difference);
    }

    private void note(int row, WordDifference difference) {
        pairs.set(row);
        if (hash(row) < bound) {
            learned.put(row, difference);
            if (learned.size() > LEARNED) {
                bound /= 2;
                learned.keySet().removeIf(other -> hash(other) >= bound);
            }
        }
    }

    private static long hash(int row) {
        long mixed = (row + SEED) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        return (mixed ^ (mixed >>> 27)) & Long.MAX_VALUE;
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
        if (bound == Long.MAX_VALUE) {
            learned.forEach((row, difference) -> add(row, fitted.margin(row, difference)));
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
    public Runnable lookAgain(LogRow row) {
        if (probes == null) {
            return NOTHING;
        }
        double margin = probes.margin(
                row.number(),
                WordDifference.of(row.normal().chosen(), row.normal().rejected()));
        return () -> add(row.number(), margin);
    }

    /** How much the probe that didn't see a row prefers its chosen answer; NaN where none was asked. */
    public double margin(int row) {
        int place = Arrays.binarySearch(numbers, 0, known, row);
        return place < 0 ? Double.NaN : margins[place];
    }

    @Override
    public Optional<Finding> finding() {
        double[] all = Arrays.copyOf(margins, known);
        if (known < FEWEST) {
            return Optional.empty();
        }
        TwoClusters clusters = TwoClusters.of(all);
        boolean identifiable = clusters.identifiable(all);
        Interval interval = identifiable
                ? TwoClusters.interval(all, SEED)
                : new Interval(0, Math.min(0.5, clusters.against()), CONFIDENCE);
        double epsilon = identifiable ? clusters.epsilon() : interval.high();
        Level level = identifiable ? THRESHOLD.level(interval.low()) : Level.GREEN;
        List<Sighting> suspects = identifiable ? suspects(clusters, all) : List.of();
        Finding finding = new Finding(
                        id(),
                        level,
                        suspects.size(),
                        all.length,
                        epsilon,
                        interval,
                        THRESHOLD,
                        level == Level.GREEN ? "" : advice(epsilon),
                        suspects,
                        suspects,
                        Map.of())
                .with("epsilon", epsilon)
                .with("epsilon_interval", List.of(interval.low(), interval.high()))
                .with("identifiable", identifiable)
                .with("learned_from", probes == null ? 0 : probes.size());
        return Optional.of(identifiable ? finding : finding.with("note", NOT_IDENTIFIABLE));
    }

    /** The rows whose label is more likely flipped than not, the likeliest first. */
    private List<Sighting> suspects(TwoClusters clusters, double[] all) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < all.length; i++) {
            if (clusters.flipped(all[i]) > 0.5) {
                order.add(i);
            }
        }
        order.sort((a, b) -> Double.compare(all[a], all[b]));
        return order.stream()
                .map(i -> Sighting.of(numbers[i], format("flipped with probability %.2f", clusters.flipped(all[i]))))
                .toList();
    }

    private static String advice(double epsilon) {
        return format(
                "About %.0f %% of the judgements are the wrong way round; look at the likeliest, leave them out with --fix"
                        + " label-noise, or train with --loss robust --label-smoothing %.2f.",
                100 * epsilon, Math.min(0.45, epsilon));
    }
}
