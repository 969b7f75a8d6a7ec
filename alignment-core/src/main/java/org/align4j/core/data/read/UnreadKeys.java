package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.jspecify.annotations.Nullable;

/**
 * Judges the keys of a row that nobody read by their names and values: those that plausibly hold a prompt or a part of one, that are
 * nearly a key this project knows, that weigh the row, or that hold answers and judgements. They are counted, or refused where the row
 * would pass for something else.
 */
final class UnreadKeys {
    /** Names of a whole prompt, in letters only; the first that a row has is offered as the prompt. */
    private static final List<String> WHOLE =
            words("prompttext instruction instructions question query userprompt userinput"
                    + " usermessage user human request problem post messages conversations conversation dialogue dialog turns chat input"
                    + " inputs text");

    private static final List<String> PART = words("context history system systemprompt document article passage");

    private static final List<String> ANSWERS = words(
            "response responses answers output outputs completion completions reply replies candidate candidates generation"
                    + " generations edited chosen rejected annotations");

    private static final List<String> JUDGEMENTS = words(
            "rating ratings score scores stars winner preference preferred better best vote votes feedback rank ranks"
                    + " ranking choice selected thumbs liked verdict judgement judgment");

    private static final List<String> SIDES = words("a b 0 1 2 left right first second");
    private static final Set<String> OPTIONAL = Set.of("margin", "label", "tools", "system", "history");
    private static final String WEIGHT = "weight";

    private static final Remembered<String, Boolean> NAMES = new Remembered<>(UnreadKeys::looksLikePrompt);
    private static final Remembered<String, Boolean> MISTYPED =
            new Remembered<>(key -> Nearest.close(key, List.of("prompt")).isPresent());

    /** Which optional key another one was meant to be, where any. */
    private static final Remembered<ColumnKey, Optional<String>> MEANT =
            new Remembered<>(asked -> asked.columns.meant(asked.key, OPTIONAL));

    private UnreadKeys() {}

    /**
     * A key of a file.
     *
     * @param columns what the file calls the columns
     */
    private record ColumnKey(String key, Columns columns) {}

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    /**
     * Refuses to take what two answers share for their prompt while another key plausibly holds it.
     *
     * @param shared what they share; a key that repeats it is no other prompt
     * @param answers both answers; a key that repeats one of them is none either
     */
    static void refuseBeside(Fields fields, List<String> shared, List<?> answers) {
        Map<String, @Nullable Object> unread = fields.unread();
        List<String> keys = unread.keySet().stream()
                .filter(key -> NAMES.of(key) || MISTYPED.of(key))
                .filter(key -> !repeats(unread.get(key), shared) && !answers.contains(unread.get(key)))
                .toList();
        if (!keys.isEmpty()) {
            throw fields.origin()
                    .error(quoted(keys) + (keys.size() == 1 ? " is given" : " are given")
                            + " beside the answers, but nothing is said in a \"prompt\"; " + advice(keys));
        }
    }

    private static String quoted(Iterable<String> keys) {
        return '"' + String.join("\" and \"", keys) + '"';
    }

    private static String advice(List<String> keys) {
        for (String key : keys) {
            if (MISTYPED.of(key)) {
                return "did you mean prompt instead of " + key + "?";
            }
        }
        return WHOLE.stream()
                .flatMap(name -> keys.stream().filter(key -> letters(key).equals(name)))
                .findFirst()
                .map(key -> "write --columns prompt=" + key + " if that is the prompt, or take it out.")
                .orElse("give the prompt, or name the key that holds it: --columns prompt=KEY.");
    }

    /**
     * Notes keys beside a prompt that say what it does not, keys that look like one that a row may have and this one lacks, and those by
     * which other makers ask for what is not done here.
     *
     * @param unread the keys that nobody read, with their values
     */
    static void note(Fields fields, Map<String, @Nullable Object> unread, Columns columns) {
        List<String> known = null;
        for (Map.Entry<String, @Nullable Object> entry : unread.entrySet()) {
            String key = entry.getKey();
            if (NAMES.of(key)) {
                known = known == null ? said(fields, unread) : known;
                if (!repeats(entry.getValue(), known)) {
                    boolean joins = entry.getValue() instanceof String && !fields.has("input");
                    fields.note('"' + key + "\" is given beside the prompt and is not read"
                            + (joins ? "; --columns input=" + key + " puts it after a prompt of text" : ""));
                }
            }
        }
        for (String key : unread.keySet()) {
            Optional<String> meant = MEANT.of(new ColumnKey(key, columns));
            if (meant.isPresent() && !fields.values().containsKey(meant.get())) {
                fields.note('"' + key + "\" is not read; did you mean " + meant.get() + "? Else take it out");
            }
        }
        if (weighs(unread.get(WEIGHT))) {
            fields.note("\"weight\" is not 1, but it is not read: each row counts the same");
        }
        if (unread.get(PromptParts.ARGUMENTS) != null) {
            fields.note("\"" + PromptParts.ARGUMENTS
                    + "\" is not read: this row is no conversation, which a chat template would write");
        }
    }

    /** Returns the texts that were read. */
    private static List<String> said(Fields fields, Map<String, @Nullable Object> unread) {
        List<String> said = new ArrayList<>();
        fields.values().forEach((key, value) -> {
            if (!unread.containsKey(key)) {
                said.addAll(texts(value));
            }
        });
        return said;
    }

    private static boolean looksLikePrompt(String key) {
        String letters = letters(key);
        return WHOLE.contains(letters) || PART.contains(letters);
    }

    private static String letters(String key) {
        return key.replaceAll("[^\\p{L}]", "").toLowerCase(Locale.ROOT);
    }

    /** Whether a value says nothing, or nothing that is not said already. */
    private static boolean repeats(@Nullable Object value, List<String> known) {
        return texts(value).stream()
                .map(Whitespace::strip)
                .allMatch(text -> known.stream().anyMatch(said -> said.contains(text)));
    }

    /** The texts that a value says: itself, those of its items, and of messages what is said, not by whom. */
    static List<String> texts(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().flatMap(item -> texts(item).stream()).toList();
        }
        if (value instanceof Map<?, ?> map) {
            List<String> said = new ArrayList<>();
            for (String part : List.of("content", "value", "text", "messages")) {
                said.addAll(texts(map.get(part)));
            }
            return said.isEmpty() ? texts(new ArrayList<>(map.values())) : List.copyOf(said);
        }
        return Stream.ofNullable(value)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(text -> !Whitespace.only(text))
                .toList();
    }

    /**
     * Refuses a row that must count more or less than others when it is learned.
     *
     * @throws InputException with file, line and weight
     */
    static void requireUsualWeight(Fields fields, Map<String, @Nullable Object> unread) {
        if (weighs(unread.get(WEIGHT))) {
            throw fields.error(
                    WEIGHT,
                    "is " + unread.get(WEIGHT) + " but must be 1: each row counts the same; take rows that shall not"
                            + " count out, put those that shall count twice into a file of their own (2*FILE), or take the"
                            + " key out.");
        }
    }

    private static boolean weighs(@Nullable Object value) {
        return value instanceof Number weight && weight.doubleValue() != 1;
    }

    /**
     * Refuses a prompt that comes with answers, so that the row would pass for a prompt alone.
     *
     * @throws InputException naming their keys
     */
    static void refuseAnswers(Fields fields, Map<String, @Nullable Object> unread) {
        List<String> answers = new ArrayList<>();
        List<String> judgements = new ArrayList<>();
        Map<List<String>, List<String>> sides = new LinkedHashMap<>();
        unread.forEach((key, value) -> {
            List<String> words = Words.of(key);
            if (value == null || (value instanceof String text && Whitespace.only(text))) {
                return;
            }
            if (words.stream().anyMatch(JUDGEMENTS::contains)) {
                judgements.add(key);
            } else if (words.stream().anyMatch(ANSWERS::contains)) {
                answers.add(key);
            } else if (words.size() > 1 && SIDES.contains(words.get(words.size() - 1))) {
                sides.computeIfAbsent(words.subList(0, words.size() - 1), stem -> new ArrayList<>())
                        .add(key);
            }
        });
        sides.values().stream().filter(keys -> keys.size() > 1).forEach(answers::addAll);
        if (answers.isEmpty()) {
            return;
        }
        TreeSet<String> keys = new TreeSet<>(answers);
        keys.addAll(judgements);
        throw fields.origin()
                .error(quoted(keys) + (keys.size() == 1 ? " looks" : " look")
                        + " like answers or judgements, but no layout reads them and the row would pass for a prompt alone;"
                        + " name the layout with format, the keys with columns (completion=KEY), or make fields of them with"
                        + " align convert --map.");
    }
}
