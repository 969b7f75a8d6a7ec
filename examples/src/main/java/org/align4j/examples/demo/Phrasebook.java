package org.align4j.examples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rules with alternatives, read from the phrase files next to this class. In a file a line without indent names a rule
 * and each indented line is one alternative; {@code {x}} in an alternative stands for a bound value or another rule,
 * {@code {X}} for the same with a capital letter; "a" becomes "an" where a vowel follows.
 */
final class Phrasebook {
    private static final Pattern SLOT = Pattern.compile("\\{([A-Za-z.]+)}");
    private static final Pattern ARTICLE_BEFORE_VOWEL = Pattern.compile("\\b([Aa]) (?=[aeiou])");

    private final Map<String, List<String>> rules = new LinkedHashMap<>();

    private Phrasebook() {}

    /** Returns the phrases of Millbrook. */
    public static Phrasebook millbrook() {
        return of("manners.txt", "questions.txt", "stories.txt");
    }

    /** Reads phrase files that lie beside this class. */
    static Phrasebook of(String... files) {
        Phrasebook book = new Phrasebook();
        List.of(files).forEach(book::read);
        return book;
    }

    /** Returns all alternatives of a rule, in the order of the file. */
    public List<String> all(String rule) {
        List<String> alternatives = rules.get(rule);
        if (alternatives == null) {
            throw new IllegalArgumentException("No phrase rule is named " + rule + ".");
        }
        return alternatives;
    }

    /** Returns the names of all rules, in the order of the files. */
    public Set<String> names() {
        return rules.keySet();
    }

    /** Returns the alternatives of a rule of the form {@code subject = value}. */
    public Map<String, String> table(String rule) {
        Map<String, String> table = new LinkedHashMap<>();
        for (String line : all(rule)) {
            int equals = line.indexOf(" = ");
            table.put(line.substring(0, equals), line.substring(equals + 3));
        }
        return table;
    }

    /** One alternative of the rule with all its slots filled. */
    public String say(String rule, Map<String, String> bindings, Dice dice) {
        return fill(dice.pick(all(rule)), bindings, dice);
    }

    /** Returns the text with its slots filled, from the bindings first, then from the rules. */
    public String fill(String text, Map<String, String> bindings, Dice dice) {
        StringBuilder filled = new StringBuilder();
        Matcher slots = SLOT.matcher(text);
        while (slots.find()) {
            String slot = slots.group(1);
            String name = slot.substring(0, 1).toLowerCase(Locale.ROOT) + slot.substring(1);
            @Nullable String bound = bindings.get(name);
            String value = bound != null ? bound : say(name, bindings, dice);
            slots.appendReplacement(filled, Matcher.quoteReplacement(name.equals(slot) ? value : capital(value)));
        }
        return ARTICLE_BEFORE_VOWEL.matcher(slots.appendTail(filled)).replaceAll("$1n ");
    }

    /** Returns the text with its first letter made a capital. */
    public static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private void read(String file) {
        try (InputStream in = Objects.requireNonNull(Phrasebook.class.getResourceAsStream(file), file);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            List<String> alternatives = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("  ")) {
                    alternatives.add(line.strip());
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    alternatives = new ArrayList<>();
                    if (rules.put(line.strip(), alternatives) != null) {
                        throw new IllegalArgumentException(file + ": the rule " + line + " is there twice.");
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
