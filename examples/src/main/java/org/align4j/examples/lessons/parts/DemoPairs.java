package org.align4j.examples.lessons.parts;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.Preference;
import org.align4j.core.files.Json;
import org.align4j.core.text.Message;

/** Reads the demo's preference pairs, and asks of texts what the lessons ask. */
public final class DemoPairs {

    private DemoPairs() {}

    /** Reads the first pairs of a file of the demo. */
    public static List<Preference> read(Path file, int most) throws IOException {
        List<Preference> pairs = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode row = Json.read(line);
            pairs.add(Preference.of(text(row, "prompt"), text(row, "chosen"), text(row, "rejected")));
        }
        return List.copyOf(pairs.subList(0, Math.min(most, pairs.size())));
    }

    private static String text(JsonNode row, String side) {
        return row.path(side).path(0).path("content").asText();
    }

    /** Returns the prompts of some pairs. */
    public static List<List<Message>> prompts(List<Preference> pairs) {
        return pairs.stream().map(Preference::prompt).toList();
    }

    /** Returns a pair with its answers in each other's place. */
    public static Preference turned(Preference pair) {
        String better = pair.rejected();
        String worse = pair.chosen();
        return new Preference(pair.prompt(), better, worse);
    }

    /** Returns what the user of a pair asks. */
    public static String question(Preference pair) {
        return String.valueOf(pair.prompt().get(0).content());
    }

    /** Returns the different words of a text in small letters. */
    public static Set<String> words(String text) {
        Set<String> words = new TreeSet<>(List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}']+")));
        words.remove("");
        return words;
    }
}
