package org.align4j.examples;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts in preference pairs what single words say of an answer's manner: {@code (c - r) / (c + r + 5)} for a word that c chosen
 * and r rejected answers have, from −1 to 1. Words that tell little are left out.
 */
final class MannerWords {
    private static final Pattern WORD = Pattern.compile("\\p{L}+(?:'\\p{L}+)*");
    private static final double DOUBT = 5;
    private static final double LITTLE = 0.3;

    private MannerWords() {}

    /** Counts words and returns their valences, as {@code --reward lexicon:FILE} reads them. */
    public static List<String> lexicon(List<JsonNode> pairs) {
        Map<String, int[]> counts = new TreeMap<>();
        for (JsonNode pair : pairs) {
            count(pair.at("/chosen/0/content").asText(), 0, counts);
            count(pair.at("/rejected/0/content").asText(), 1, counts);
        }
        return counts.entrySet().stream()
                .filter(entry -> Math.abs(valence(entry.getValue())) >= LITTLE)
                .map(entry -> format("%s\t%.3f", entry.getKey(), valence(entry.getValue())))
                .toList();
    }

    private static void count(String answer, int side, Map<String, int[]> counts) {
        Matcher words = WORD.matcher(answer.toLowerCase(Locale.ROOT));
        while (words.find()) {
            counts.computeIfAbsent(words.group(), word -> new int[2])[side]++;
        }
    }

    private static double valence(int[] count) {
        return (count[0] - count[1]) / (count[0] + count[1] + DOUBT);
    }
}
