package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.win.BradleyTerry.Contest;

/** Contests gathered by the pair of systems, so that a fit costs what the pairs do and not what the contests do. */
final class ContestTable {
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

    /** One row a pair: 1 for its first system, -1 for its second. */
    double[][] features() {
        double[][] features = new double[pairs.size()][systems.size()];
        for (int p = 0; p < features.length; p++) {
            features[p][pairs.get(p)[0]] = 1;
            features[p][pairs.get(p)[1]] = -1;
        }
        return features;
    }

    /** Tells how many contests each pair had where each counts so often. */
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
