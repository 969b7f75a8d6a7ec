package org.align4j.core.eval.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.FDistribution;

/**
 * Which of several settings is better than all others? Every pair is compared; the p values of all pairs are corrected together by Holm's
 * (1979) method, so that a group without any difference shows one in at most 5 of 100 cases, however many settings it has.
 *
 * <p>Settings whose figures have several scales are compared within each scale alone. The parts are corrected together by Bonferroni's method:
 * each part's p values, by Holm, are multiplied by the number of parts.
 *
 * @param parts in how many parts the settings are compared, of which this is one; 1 where all are compared with each other
 * @param means of the settings, in their order
 * @param pairs every two of them, the earlier one first
 * @param winner the place of a setting that is better than each other one with a corrected p below 0.05; empty where there is none, and
 *     where two settings share less than two seeds: then runs are compared, not settings
 * @param smallestDifference the least true difference from every other setting with which a setting would be found the winner in 4 of 5
 *     groups like this one, of as many rows and seeds that vary alike; NaN where there is one setting
 */
public record GroupTest(
        int parts, List<SeededMean> means, List<Pair> pairs, OptionalInt winner, double smallestDifference) {
    /** The probability of a winner where there is none. */
    public static final double LEVEL = 0.05;

    /** The probability that a winner by the smallest difference is missed. */
    private static final double MISSED = 0.2;

    public GroupTest {
        means = List.copyOf(means);
        pairs = List.copyOf(pairs);
    }

    /**
     * Two settings.
     *
     * @param first the place of one
     * @param second the place of the other
     * @param difference the first less the second
     * @param seeds that both were trained with
     * @param p of the difference against 0, two-sided
     * @param corrected p, by Holm over all pairs, times the number of parts
     */
    public record Pair(int first, int second, SeededMean difference, int seeds, double p, double corrected) {
        /** Whether this pair holds a setting. */
        public boolean has(int setting) {
            return first == setting || second == setting;
        }

        private Pair corrected(double p) {
            return new Pair(first, second, difference, seeds, this.p, p);
        }
    }

    /**
     * Compares all settings.
     *
     * @param settings on the same rows, at least one
     * @param higherIsBetter whether the larger mean is the better one
     * @throws org.align4j.core.error.InputException where figures of two settings can't be compared
     */
    public static GroupTest of(List<Replicates> settings, boolean higherIsBetter) {
        return of(settings, higherIsBetter, 1);
    }

    /**
     * Compares the settings of one part.
     *
     * @param settings on the same rows and one scale, at least one
     * @param higherIsBetter whether the larger mean is the better one
     * @param parts in how many parts settings are compared, this one counted
     * @throws org.align4j.core.error.InputException where figures of two settings can't be compared
     */
    public static GroupTest of(List<Replicates> settings, boolean higherIsBetter, int parts) {
        List<SeededMean> means = settings.stream().map(Replicates::mean).toList();
        List<Pair> pairs = corrected(pairs(settings), parts);
        return new GroupTest(
                parts,
                means,
                pairs,
                winner(pairs, settings.size(), higherIsBetter),
                smallest(pairs, settings.size(), LEVEL / parts));
    }

    /** Returns this test with no winner where that setting can't win. */
    public GroupTest barring(IntPredicate barred) {
        return winner.isPresent() && barred.test(winner.getAsInt())
                ? new GroupTest(parts, means, pairs, OptionalInt.empty(), smallestDifference)
                : this;
    }

    private static List<Pair> pairs(List<Replicates> settings) {
        List<Pair> pairs = new ArrayList<>();
        for (int first = 0; first < settings.size(); first++) {
            for (int second = first + 1; second < settings.size(); second++) {
                SeededMean difference = settings.get(first).less(settings.get(second));
                int seeds = settings.get(first).commonSeeds(settings.get(second)).length;
                pairs.add(new Pair(first, second, difference, seeds, difference.p(), 1));
            }
        }
        return pairs;
    }

    /**
     * Works out the difference that is large enough: it must exceed the reach of an interval at Holm's strictest level, though the variance of
     * another group is estimated larger than this one's, and though chance takes some of the difference. A winner is in settings − 1
     * pairs, each of which may be missed in as many parts of the groups.
     */
    private static double smallest(List<Pair> pairs, int settings, double level) {
        if (pairs.isEmpty() || pairs.get(0).difference().isSingle()) {
            return Double.NaN;
        }
        double missed = MISSED / (settings - 1);
        int seeds =
                pairs.stream().mapToInt(pair -> Math.max(1, pair.seeds())).min().orElse(1);
        double[] quantiles = {
            needed(seeds - 1, settings - 1, level / pairs.size(), missed),
            needed(pairs.get(0).difference().prompts() - 1, settings - 1, level / pairs.size(), missed)
        };
        double ofSeeds = mean(pairs, SeededMean::seedVariance);
        double ofPrompts = mean(pairs, SeededMean::promptVariance);
        return Math.sqrt(quantiles[0] * quantiles[0] * ofSeeds + quantiles[1] * quantiles[1] * ofPrompts);
    }

    private static double needed(int freedom, int others, double noticed, double missed) {
        if (freedom < 1) {
            return 0;
        }
        double larger =
                new FDistribution(null, freedom, (double) freedom * others).inverseCumulativeProbability(1 - missed);
        return StudentTails.of(freedom).quantile(noticed) * Math.sqrt(Math.max(1, larger))
                + StudentTails.of(freedom * others).quantile(2 * missed);
    }

    private static double mean(List<Pair> pairs, ToDoubleFunction<SeededMean> part) {
        return pairs.stream()
                .mapToDouble(pair -> part.applyAsDouble(pair.difference()))
                .average()
                .orElse(Double.NaN);
    }

    private static List<Pair> corrected(List<Pair> pairs, int parts) {
        double[] holm = holm(pairs.stream().mapToDouble(Pair::p).toArray());
        return IntStream.range(0, holm.length)
                .mapToObj(i -> pairs.get(i).corrected(Math.min(1, parts * holm[i])))
                .toList();
    }

    /**
     * Corrects p values for their number (Holm 1979): the smallest of n is multiplied by n, the next by n − 1 and so on, and none falls below
     * one before it.
     */
    public static double[] holm(double[] p) {
        Integer[] order = new Integer[p.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> p[i]));
        double[] corrected = new double[p.length];
        double last = 0;
        for (int rank = 0; rank < order.length; rank++) {
            last = Math.max(last, Math.min(1, (p.length - rank) * p[order[rank]]));
            corrected[order[rank]] = last;
        }
        return corrected;
    }

    private static OptionalInt winner(List<Pair> pairs, int settings, boolean higherIsBetter) {
        if (settings < 2 || pairs.stream().anyMatch(pair -> pair.seeds() < 2)) {
            return OptionalInt.empty();
        }
        return IntStream.range(0, settings)
                .filter(setting -> pairs.stream()
                        .filter(pair -> pair.has(setting))
                        .allMatch(pair -> isBetter(pair, setting, higherIsBetter)))
                .findFirst();
    }

    private static boolean isBetter(Pair pair, int setting, boolean higherIsBetter) {
        boolean higher = (pair.first() == setting) == (pair.difference().mean() > 0);
        return pair.corrected() < LEVEL && higher == higherIsBetter;
    }

    /** Returns whether settings are compared: every two of them share two seeds at least. Else runs are. */
    public boolean comparesSettings() {
        return !pairs.isEmpty() && pairs.stream().allMatch(pair -> pair.seeds() > 1);
    }
}
