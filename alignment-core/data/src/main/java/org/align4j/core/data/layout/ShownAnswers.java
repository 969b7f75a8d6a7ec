package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A prompt and the answers to it that an annotator saw, found by the names of their fields, which each project chooses itself. The
 * answers are the fields whose names differ in their last word or character alone: {@code answer1} and {@code answer2}, {@code
 * text_a} and {@code text_b}, {@code left} and {@code right}.
 *
 * @param promptKey the field of the prompt
 * @param prompt text or messages
 * @param keys the fields of the answers, the first one first
 * @param texts the answers, in the same order
 */
record ShownAnswers(String promptKey, Object prompt, List<String> keys, List<Object> texts) {
    /** The place that stands for a verdict in which neither answer is better; see {@link #named}. */
    static final int TIE = -1;

    /** The place that stands for a text that names none of the answers; see {@link #named}. */
    static final int UNKNOWN = -2;

    private static final List<String> PROMPTS =
            List.of("prompt question instruction query input context messages conversation conversations source task"
                    .split(" "));
    private static final Pattern NAME = Pattern.compile("(.*?)[ _-]?(left|right|first|second|[abAB0-9])");
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final Set<String> NEITHER =
            Set.of("tie", "tied", "both", "neither", "none", "equal", "same", "draw", "skip");

    /** Finds prompt and answers among some fields; null where there are not both. */
    static @Nullable ShownAnswers of(Map<String, ? extends @Nullable Object> fields) {
        String prompt = PROMPTS.stream()
                .filter(key -> shown(fields.get(key)))
                .findFirst()
                .orElse(null);
        Object asked = prompt == null ? null : fields.get(prompt);
        if (prompt == null || asked == null) {
            return null;
        }
        Map<String, List<String>> stems = new LinkedHashMap<>();
        fields.forEach((key, value) -> {
            Matcher name = NAME.matcher(key);
            if (shown(value) && !key.equals(prompt) && name.matches()) {
                stems.computeIfAbsent(name.group(1), stem -> new ArrayList<>()).add(key);
            }
        });
        List<String> keys =
                stems.values().stream().filter(names -> names.size() > 1).findFirst().orElse(List.of()).stream()
                        .sorted(Comparator.comparing(ShownAnswers::side))
                        .toList();
        List<Object> texts = new ArrayList<>();
        for (String key : keys) {
            Object text = fields.get(key);
            if (text != null) {
                texts.add(text);
            }
        }
        return keys.isEmpty() ? null : new ShownAnswers(prompt, asked, keys, texts);
    }

    private static boolean shown(@Nullable Object value) {
        return (value instanceof String text && !text.isBlank())
                || (value instanceof List<?> list
                        && !list.isEmpty()
                        && list.get(0) instanceof Map<?, ?> map
                        && (map.containsKey("role") || map.containsKey("from")));
    }

    private static String side(String key) {
        Matcher name = NAME.matcher(key);
        return name.matches() ? name.group(2).toLowerCase(Locale.ROOT) : "";
    }

    /** Returns which answer a verdict names: its field, its side, left or first for the first one, or the answer itself. */
    int named(String verdict) {
        String said = verdict.strip().toLowerCase(Locale.ROOT);
        for (int i = 0; i < keys.size(); i++) {
            if (said.equals(keys.get(i).toLowerCase(Locale.ROOT)) || said.equals(side(keys.get(i)))) {
                return i;
            }
        }
        for (int i = 0; i < keys.size(); i++) {
            if (verdict.equals(texts.get(i))) {
                return i;
            }
        }
        List<String> words = BETWEEN.splitAsStream(said).toList();
        if (words.stream().anyMatch(NEITHER::contains)) {
            return TIE;
        }
        if (words.contains("left") || words.contains("first")) {
            return 0;
        }
        if (words.contains("right") || words.contains("second")) {
            return 1;
        }
        String last = side(said);
        for (int i = 0; i < keys.size() && !last.isEmpty(); i++) {
            if (last.equals(side(keys.get(i)))) {
                return i;
            }
        }
        return UNKNOWN;
    }

    /** Returns the answers as a duel; only the first two of several. */
    Duel duel() {
        return new Duel(prompt, texts.get(0), texts.get(1));
    }
}
