package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.BradleyTerry.Contest;

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
     * Holds the rating of a system with its interval.
     *
     * @param rating on the Elo scale
     * @param interval bootstrap interval of it that draws whole prompts
     */
    public record Rating(double rating, Interval interval) {}

    /**
     * Rates systems by the contests between them.
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
     * @param system the one whose gain is reported
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

    /** Contests gathered by the pair of systems, so that a fit costs what the pairs do and not what the contests do. */
    private static final class ContestTable {
        private final List<String> systems;
        private final List<int[]> pairs = new ArrayList<>();
        private final int[] pairOf;
        private final double[] wins;

        private ContestTable(List<Contest> contests) {
            Map<String, Integer> numbers = new LinkedHashMap<>();
            for (Contest contest : contests) {
                numbers.putIfAbsent(contest.system(), numbers.size());
                numbers.putIfAbsent(contest.against(), numbers.size());
            }
            this.systems = List.copyOf(numbers.keySet());
            this.pairOf = new int[contests.size()];
            this.wins = new double[contests.size()];
            Map<List<Integer>, Integer> seen = new LinkedHashMap<>();
            for (int i = 0; i < pairOf.length; i++) {
                Contest contest = contests.get(i);
                int system = systems.indexOf(contest.system());
                int against = systems.indexOf(contest.against());
                int low = Math.min(system, against);
                int high = Math.max(system, against);
                pairOf[i] = seen.computeIfAbsent(List.of(low, high), key -> {
                    pairs.add(new int[] {low, high});
                    return pairs.size() - 1;
                });
                wins[i] = system == low ? contest.win() : 1 - contest.win();
            }
        }

        static ContestTable of(List<Contest> contests) {
            return new ContestTable(contests);
        }

        List<String> systems() {
            return systems;
        }

        /** One row per pair: 1 for its first system, -1 for its second. */
        double[][] features() {
            double[][] features = new double[pairs.size()][systems.size()];
            for (int p = 0; p < features.length; p++) {
                features[p][pairs.get(p)[0]] = 1;
                features[p][pairs.get(p)[1]] = -1;
            }
            return features;
        }

        /** Returns how many contests each pair had where each counts so often. */
        double[] weights(double[] counts) {
            double[] weights = new double[pairs.size()];
            for (int i = 0; i < pairOf.length; i++) {
                weights[pairOf[i]] += counts[i];
            }
            return weights;
        }

        /** The share that each pair's first system got where each contest counts so often. */
        double[] targets(double[] counts) {
            double[] won = new double[pairs.size()];
            for (int i = 0; i < pairOf.length; i++) {
                won[pairOf[i]] += counts[i] * wins[i];
            }
            double[] weights = weights(counts);
            for (int p = 0; p < won.length; p++) {
                won[p] = weights[p] == 0 ? 0.5 : won[p] / weights[p];
            }
            return won;
        }

        /** Systems that reach each other by wins, in the order in which they are met. */
        List<List<String>> groups() {
            int count = systems.size();
            boolean[][] beats = new boolean[count][count];
            for (int i = 0; i < pairOf.length; i++) {
                int[] pair = pairs.get(pairOf[i]);
                beats[pair[0]][pair[1]] |= wins[i] > 0;
                beats[pair[1]][pair[0]] |= wins[i] < 1;
            }
            for (int via = 0; via < count; via++) {
                for (int a = 0; a < count; a++) {
                    for (int b = 0; b < count; b++) {
                        beats[a][b] |= beats[a][via] && beats[via][b];
                    }
                }
            }
            return gathered(beats);
        }

        private List<List<String>> gathered(boolean[][] reaches) {
            Map<Integer, List<String>> groups = new LinkedHashMap<>();
            for (int system = 0; system < reaches.length; system++) {
                int leader = system;
                for (int other = system - 1; other >= 0; other--) {
                    leader = reaches[system][other] && reaches[other][system] ? other : leader;
                }
                groups.computeIfAbsent(leader, key -> new ArrayList<>()).add(systems.get(system));
            }
            return List.copyOf(groups.values());
        }
    }
}
