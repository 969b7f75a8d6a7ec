package org.align4j.examples.lessons;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.Preference;

/**
 * A reward that was counted in pairs: the mean valence of an answer's words. A word's valence is (c - r) / (c + r + 5), where c chosen and
 * r rejected answers hold it, so that rare words say little.
 *
 * @param valences of the words that were seen; others count 0
 */
record WordReward(Map<String, Double> valences) {
    private static final double DOUBT = 5;

    /** Counts the words of pairs. */
    public static WordReward of(List<Preference> pairs) {
        Map<String, int[]> counts = new HashMap<>();
        for (Preference pair : pairs) {
            DemoPairs.words(pair.chosen()).forEach(word -> counts.computeIfAbsent(word, w -> new int[2])[0]++);
            DemoPairs.words(pair.rejected()).forEach(word -> counts.computeIfAbsent(word, w -> new int[2])[1]++);
        }
        Map<String, Double> valences = new HashMap<>();
        counts.forEach((word, n) -> valences.put(word, (n[0] - n[1]) / (n[0] + n[1] + DOUBT)));
        return new WordReward(valences);
    }

    /** Returns the reward of an answer, from -1 to 1. */
    public double of(String answer) {
        return DemoPairs.words(answer).stream()
                .mapToDouble(word -> valences.getOrDefault(word, 0.0))
                .average()
                .orElse(0);
    }
}
