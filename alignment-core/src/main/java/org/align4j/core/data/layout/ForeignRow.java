package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a row that others laid out, each as what it must be, or refuses them with file and line. Remembers
 * what was read. A null counts as absent.
 */
final class ForeignRow {
    private final Origin origin;
    private final Map<String, ? extends @Nullable Object> values;
    private final String place;
    private final boolean answersLearned;
    private final Set<String> read = new LinkedHashSet<>();
    private final Set<String> notes = new LinkedHashSet<>();

    private ForeignRow(
            Origin origin, Map<String, ? extends @Nullable Object> values, String place, boolean answersLearned) {
        this.origin = origin;
        this.values = values;
        this.place = place;
        this.answersLearned = answersLearned;
    }

    /**
     * Opens a row.
     *
     * @param answersLearned whether the command learns single answers, where a row has such an answer and a pair
     */
    public static ForeignRow of(Origin origin, Map<String, ? extends @Nullable Object> values, boolean answersLearned) {
        return new ForeignRow(origin, values, "", answersLearned);
    }

    /** Tells whether the command learns single answers rather than preferences. */
    public boolean answersLearned() {
        return answersLearned;
    }

    /** Tells whether the row has all of these keys. */
    public boolean has(String... keys) {
        for (String key : keys) {
            if (values.get(key) == null) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether the row has none of these keys. */
    public boolean lacks(String... keys) {
        for (String key : keys) {
            if (values.get(key) != null) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether each of these keys holds text. */
    public boolean texts(String... keys) {
        for (String key : keys) {
            if (!(values.get(key) instanceof String)) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether a key holds a list of objects of which the first has all of these keys. */
    public boolean listsObjects(String key, String... inner) {
        if (!(values.get(key) instanceof List<?> list) || list.isEmpty() || !(list.get(0) instanceof Map<?, ?> first)) {
            return false;
        }
        for (String name : inner) {
            if (first.get(name) == null) {
                return false;
            }
        }
        return true;
    }

    /** Returns the first of these keys that the row has; null where it has none. */
    public @Nullable String firstOf(List<String> keys) {
        return keys.stream().filter(this::has).findFirst().orElse(null);
    }

    /** Returns all values by key, without reading them. */
    public Map<String, ? extends @Nullable Object> values() {
        return values;
    }

    /** Returns a value without reading it; null where there is none. */
    public @Nullable Object peek(String key) {
        return values.get(key);
    }

    /** Reads a value; null where there is none. */
    public @Nullable Object optional(String key) {
        read.add(key);
        return values.get(key);
    }

    /** Reads a value that must be there. */
    public Object required(String key) {
        Object value = optional(key);
        if (value == null) {
            throw origin.error(place + "\"" + key + "\" is missing" + "; this row has "
                    + (values.isEmpty() ? "no key." : "the keys " + Shortened.list(values.keySet()) + "."));
        }
        return value;
    }

    /** Reads a text that must be there. */
    public String text(String key) {
        if (required(key) instanceof String text) {
            return text;
        }
        throw error(key, "is " + kind(values.get(key)) + " but must be text.");
    }

    /** Reads a number that must be there, perhaps written as text. */
    public double number(String key) {
        Double number = numberOrNull(required(key));
        if (number == null) {
            throw error(key, "is " + kind(values.get(key)) + " but must be a number.");
        }
        return number;
    }

    /** Returns a finite number that a value is or says; null where it is none. */
    public static @Nullable Double numberOrNull(@Nullable Object value) {
        if (!(value instanceof Number) && !(value instanceof String)) {
            return null;
        }
        try {
            double number = Double.parseDouble(value.toString().strip());
            return Double.isFinite(number) ? number : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Reads a list that must be there. */
    public List<?> list(String key) {
        if (required(key) instanceof List<?> list) {
            return list;
        }
        throw error(key, "is " + kind(values.get(key)) + " but must be a list.");
    }

    /** Reads an object that must be there. */
    public ForeignRow object(String key) {
        return inner(key, "has ", required(key));
    }

    /** Reads a list of objects that must be there. */
    public List<ForeignRow> objects(String key) {
        List<ForeignRow> objects = new ArrayList<>();
        for (Object item : list(key)) {
            objects.add(inner(key, "has item " + objects.size() + " that ", item));
        }
        return objects;
    }

    private ForeignRow inner(String key, String words, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw error(key, words + "is " + kind(value) + " but must be an object.");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((name, field) -> fields.put(String.valueOf(name), field));
        return new ForeignRow(origin, fields, place + "\"" + key + "\": ", answersLearned);
    }

    /** Makes an error about a key: file, line, key and sentence. */
    public InputException error(String key, String sentence) {
        return origin.error(place + "\"" + key + "\" " + sentence);
    }

    /** Makes the error of a row that two layouts fit. */
    InputException ambiguous(List<Layout> layouts) {
        List<String> shown = layouts.stream()
                .map(layout -> layout.format().label() + " (" + layout.evidence(this) + ")")
                .toList();
        return origin.error("this row fits " + shown.size() + " layouts, " + String.join(" and ", shown)
                + "; say which with format.");
    }

    /** Takes note of something to be told of the row, should it be used. */
    public void note(String sentence) {
        notes.add(sentence);
    }

    /** Returns what is to be told of the row. */
    public Set<String> notes() {
        return notes;
    }

    /**
     * Returns a row of this project: what a layout says, and beside it what the row holds under keys that the layout did
     * not read, such as annotator or time.
     */
    public Map<String, @Nullable Object> with(Map<String, ? extends @Nullable Object> said) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>(said);
        values.forEach((key, value) -> {
            if (!read.contains(key)) {
                row.putIfAbsent(key, value);
            }
        });
        return row;
    }

    /** Returns what a value is, in words: text, a list, an object, or the value itself. */
    static String kind(@Nullable Object value) {
        if (value instanceof String) {
            return "text";
        }
        if (value instanceof List<?>) {
            return "a list";
        }
        return value instanceof Map<?, ?> ? "an object" : String.valueOf(value);
    }
}
