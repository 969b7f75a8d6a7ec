package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;

/**
 * Ratings of systems by Bradley and Terry's model (1952): i beats j with the probability {@code σ((r_i - r_j)·ln 10 / 400)}, a
 * tie is half a win of each. The scale is Elo's, on which 400 points are odds of 10 to 1, and the mean of the systems is 1000.
 *
 * @param ratings of each system, best first; empty where not all can be compared
 * @param groups systems that can be compared with each other: each of them beat each other one, or one that did, or one that beat
 *     one that did; one group where all can be
 */
public record BradleyTerry(Map<String, Rating> ratings, List<List<String>> groups) {
    /** The mean of the ratings. */
    public static final double MEAN = 1000;

    private static final double POINTS = 400 / Math.log(10);

    /** A resample in which a system wins all has a rating too; moves others by less than a hundredth of a point. */
    private static final LogisticFit FIT = new LogisticFit(1e-5);

    public BradleyTerry {
        ratings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(ratings));
        groups = groups.stream().map(List::copyOf).toList();
    }

    /**
     * A system's rating.
     *
     * @param rating on the Elo scale
     * @param interval bootstrap interval of it that draws whole prompts
     */
    public record Rating(double rating, Interval interval) {}

    /**
     * Rates the systems.
     *
     * @param contests at least one
     * @param bootstrap draws the prompts
     */
    public static BradleyTerry of(List<Contest> contests, ClusterBootstrap bootstrap) {
        if (contests.isEmpty()) {
            throw new IllegalArgumentException("Ratings from no contests have no value; they need one.");
        }
        ContestTable table = ContestTable.of(contests);
        List<List<String>> groups = table.groups();
        if (groups.size() > 1) {
            return new BradleyTerry(Map.of(), groups);
        }
        PromptClusters clusters = PromptClusters.of(contests, Contest::prompt);
        double[] once = new double[contests.size()];
        Arrays.fill(once, 1);
        double[] ratings = ratings(table, once);
        double[][] draws = bootstrap.draws(clusters.count(), drawn -> ratings(table, clusters.weights(drawn)));
        List<Integer> order = new ArrayList<>();
        for (int system = 0; system < ratings.length; system++) {
            order.add(system);
        }
        order.sort((a, b) -> Double.compare(ratings[b], ratings[a]));
        Map<String, Rating> named = new LinkedHashMap<>();
        for (int system : order) {
            named.put(table.systems().get(system), new Rating(ratings[system], bootstrap.interval(draws, system)));
        }
        return new BradleyTerry(named, groups);
    }

    private static double[] ratings(ContestTable table, double[] weights) {
        double[] strengths = FIT.coefficients(table.features(), table.targets(weights), table.weights(weights));
        double mean = Arrays.stream(strengths).average().orElseThrow();
        return Arrays.stream(strengths)
                .map(strength -> MEAN + POINTS * (strength - mean))
                .toArray();
    }

    /** Whether every system can be compared with every other one. */
    public boolean comparable() {
        return groups.size() == 1;
    }

    /**
     * One comparison of two systems' answers, as a judge saw it.
     *
     * @param prompt what both answered; contests of equal prompts are one cluster
     * @param system the one whose gain is told
     * @param against the other
     * @param win what {@code system} gets: 1 for a win, 0 for a loss, 0.5 for a tie, anything between for a judge that says how sure
     *     it is
     */
    public record Contest(String prompt, String system, String against, double win) {
        public Contest {
            if (!(win >= 0 && win <= 1)) {
                throw new IllegalArgumentException("win is " + win + " but must lie between 0 and 1; a tie is 0.5.");
            }
            if (system.equals(against)) {
                throw new IllegalArgumentException("A contest needs two systems but has " + system + " twice.");
            }
        }
    }
}
