package org.align4j.core.data.row;

import com.google.common.primitives.Doubles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one row, or of an object within it, each as what it must be, or refuses it with file and line. Remembers what was
 * read. A null counts as absent.
 */
public final class Fields {
    /** A margin beyond this is no margin; float32 holds up to 3.4e38. */
    private static final double LARGEST = 1e9;

    private final Origin origin;
    private final Map<String, ? extends @Nullable Object> values;
    private final Columns columns;
    private final Map<String, String> inFile;
    private final @Nullable String need;
    private final String place;
    private final Map<String, @Nullable Object> unread;
    private final Set<String> notes = new LinkedHashSet<>();
    private @Nullable String messagesBecause;

    private Fields(
            Origin origin,
            Map<String, ? extends @Nullable Object> values,
            Columns columns,
            @Nullable String need,
            String place) {
        this.origin = origin;
        this.values = values;
        this.columns = columns;
        this.inFile = columns.names();
        this.unread = new LinkedHashMap<>(values);
        this.need = need;
        this.place = place;
    }

    /**
     * Opens a row of this project's own layouts.
     *
     * @param need what a row needs, as half a sentence, for the message when something is missing
     */
    public Fields(Origin origin, Map<String, ? extends @Nullable Object> values, Columns columns, String need) {
        this(origin, values, columns, need, "");
    }

    /** Opens a row that others laid out. */
    public Fields(Origin origin, Map<String, ? extends @Nullable Object> values) {
        this(origin, values, Columns.PLAIN, null, "");
    }

    /** Returns the place in the files that the row came from. */
    public Origin origin() {
        return origin;
    }

    /** Returns all values by the keys of the file, without reading them. */
    public Map<String, ? extends @Nullable Object> values() {
        return values;
    }

    /** Returns the value of a key of the file without reading it; null where there is none. */
    public @Nullable Object peek(String key) {
        return values.get(key);
    }

    /** Returns the value of a field without reading it; null where there is none. */
    public @Nullable Object value(String name) {
        return values.get(nameInFile(name));
    }

    /** Returns whether the row has all of these fields. */
    public boolean has(String... names) {
        for (String name : names) {
            if (value(name) == null) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the row has none of these fields. */
    public boolean lacks(String... names) {
        for (String name : names) {
            if (value(name) != null) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether each of these fields holds text. */
    public boolean texts(String... names) {
        for (String name : names) {
            if (!(value(name) instanceof String)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether a field holds a list of objects of which the first has all of these keys. */
    public boolean listsObjects(String name, String... inner) {
        return value(name) instanceof List<?> list
                && !list.isEmpty()
                && list.get(0) instanceof Map<?, ?> first
                && Stream.of(inner).allMatch(key -> first.get(key) != null);
    }

    /** Returns the first of these fields that the row has; null where it has none. */
    public @Nullable String firstOf(List<String> names) {
        return names.stream().filter(this::has).findFirst().orElse(null);
    }

    /** Returns the name that a field has in the file. */
    public String nameInFile(String name) {
        return inFile.getOrDefault(name, name);
    }

    /** Returns the field's name in the file, in quotes. */
    public String quoted(String name) {
        return "\"" + nameInFile(name) + "\"";
    }

    /** Returns whether the user said what the file calls a field. */
    public boolean renamed(String name) {
        return inFile.containsKey(name);
    }

    /** Returns whether two fields are the same column of the file. */
    public boolean same(String name, String other) {
        return nameInFile(name).equals(nameInFile(other));
    }

    /** Returns what nobody read so far, by the keys of the file. */
    public Map<String, @Nullable Object> unread() {
        return Collections.unmodifiableMap(unread);
    }

    /** Takes note of something to be reported of the row, should it be used. */
    public void note(String sentence) {
        notes.add(sentence);
    }

    /** Returns what is to be reported of the row. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Reports that plain text is read as messages because of what comes with it. */
    public void readAsMessages(String name) {
        messagesBecause = quoted(name);
    }

    /** Returns why a row of plain text was read as messages, a quoted name; null where it was not. */
    public @Nullable String messagesBecause() {
        return messagesBecause;
    }

    /** Makes an error about a field: file, line, name and sentence. */
    public InputException error(String name, String sentence) {
        return origin.error(place + quoted(name) + " " + sentence);
    }

    /** Makes the error of a row of no known layout. */
    public InputException unknown() {
        return origin.error("this row has " + keysFound() + ", but " + need
                + "; columns can say what they are called here (prompt=question,…)" + hint(Columns.KNOWN));
    }

    /** Makes the error of an answer that says nothing. */
    public InputException emptyAnswer(String name) {
        return error(name, "is empty but an answer must have text; bad-rows drop leaves such rows out.");
    }

    /** Makes the error of a part of a field: the cause's sentence goes on after {@code start}. */
    public InputException within(String name, String start, InputException cause) {
        return origin.within(quoted(name) + " " + start, cause);
    }

    /** Returns the end of a sentence about what a row lacks, {@code names}: a full stop, or which of its keys may mean it. */
    public String hint(Collection<String> names) {
        for (String key : values.keySet()) {
            String meant = columns.meant(key, names).orElse(null);
            if (meant != null) {
                return "; did you mean " + meant + " instead of " + key + "?";
            }
        }
        return ".";
    }

    private String keysFound() {
        return values.isEmpty() ? "no key" : "the keys " + Shortened.list(values.keySet());
    }

    /** Reads a value; null where there is none. */
    public @Nullable Object optional(String name) {
        unread.remove(nameInFile(name));
        return value(name);
    }

    /** Reads a value, unless the file has it in the same column as another field; null where there is none. */
    public @Nullable Object beside(String name, String other) {
        return same(name, other) ? null : optional(name);
    }

    /** Reads a value that must be there. */
    public Object required(String name) {
        Object value = optional(name);
        if (value == null && need == null) {
            throw error(name, "is missing; this row has " + keysFound() + ".");
        }
        if (value == null) {
            String state = values.containsKey(nameInFile(name)) ? "is null; " : "is missing; ";
            throw error(name, state + need + " (this row has " + keysFound() + ")" + hint(List.of(name)));
        }
        return value;
    }

    /** Reads a text that must be there. */
    public String text(String name) {
        if (required(name) instanceof String text) {
            return text;
        }
        throw error(name, "is " + kind(value(name)) + " but must be text.");
    }

    /** Reads an answer: text with something in it. */
    public String answer(String name) {
        String text = text(name);
        if (Whitespace.only(text)) {
            throw emptyAnswer(name);
        }
        return text;
    }

    /** Reads a number that must be there, perhaps written as text. */
    public double number(String name) {
        Double number = numberOrNull(required(name));
        if (number == null) {
            throw error(name, "is " + kind(value(name)) + " but must be a number.");
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
    public List<?> list(String name) {
        if (required(name) instanceof List<?> list) {
            return list;
        }
        throw error(name, "is " + kind(value(name)) + " but must be a list.");
    }

    /** Reads an object that must be there. */
    public Fields object(String name) {
        return inner(name, "", required(name));
    }

    /** Reads a list of objects that must be there. */
    public List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        for (Object item : list(name)) {
            objects.add(inner(name, "has item " + objects.size() + " that ", item));
        }
        return objects;
    }

    private Fields inner(String name, String words, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw error(name, words + "is " + kind(value) + " but must be an object.");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((key, field) -> fields.put(String.valueOf(key), field));
        return new Fields(origin, fields, Columns.PLAIN, need, need == null ? place + quoted(name) + ": " : "");
    }

    /** Reads by how much the chosen answer is better; a table has it as text, and where it has none an empty one. */
    public @Nullable Double margin() {
        Object value = typed(optional("margin"));
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            if (Math.abs(number.doubleValue()) > LARGEST) {
                throw error("margin", "is " + number + " but must be a number from -1e9 to 1e9.");
            }
            return number.doubleValue();
        }
        throw error("margin", "is " + kind(value) + " but must be a number.");
    }

    /** Reads whether neither answer is better; absent for false. */
    public boolean tie() {
        Object value = typed(optional("tie"));
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw error("tie", "is " + kind(value) + " but must be true or false.");
    }

    /** Reads whether the answer is desirable; null where the row says nothing. */
    public @Nullable Boolean label() {
        Object value = typed(optional("label"));
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw error("label", "is " + Shortened.of(value) + " but must be true (desirable) or false.");
    }

    /** Reads what a right response says: text, or a number or a truth as text. */
    public @Nullable String rightAnswer() {
        Object value = optional("answer");
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value == null ? null : value.toString();
        }
        throw error("answer", "is " + kind(value) + " but must be text, a number or a truth.");
    }

    /** Reads what a cell of a table says: a number or a truth written as text; nothing where it is blank. */
    private static @Nullable Object typed(@Nullable Object value) {
        if (!(value instanceof String text)) {
            return value;
        }
        String word = Whitespace.strip(text).toLowerCase(Locale.ROOT);
        if (word.isEmpty()) {
            return null;
        }
        if (word.equals("true") || word.equals("false")) {
            return word.equals("true");
        }
        Double number = Doubles.tryParse(word);
        return number == null ? value : number;
    }

    /**
     * Returns a row of this project: what a layout says, and beside it what the row holds under keys that the layout did
     * not read, such as annotator or time.
     */
    public Map<String, @Nullable Object> with(Map<String, ? extends @Nullable Object> said) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>(said);
        unread.forEach(row::putIfAbsent);
        return row;
    }

    /** Returns what a value is, in words: text, a list, an object, or the value itself. */
    public static String kind(@Nullable Object value) {
        if (value instanceof String) {
            return "text";
        }
        if (value instanceof List<?>) {
            return "a list";
        }
        return value instanceof Map<?, ?> ? "an object" : String.valueOf(value);
    }
}
