package org.align4j.core.data.read;

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
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowNote;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one row, each read as what it must be or refused with file and line. Remembers what was read. A null
 * counts as absent.
 */
final class Fields {
    /** A margin beyond this is no margin; float32 holds up to 3.4e38. */
    private static final double LARGEST = 1e9;

    private final Origin origin;
    private final Map<String, ? extends @Nullable Object> values;
    private final Columns columns;
    private final String need;
    private final Set<String> read = new LinkedHashSet<>();
    private final List<RowNote> notes = new ArrayList<>();
    private @Nullable String spokenBeside;

    /** @param need what a row needs, as half a sentence, for the message when something is missing */
    Fields(Origin origin, Map<String, ? extends @Nullable Object> values, Columns columns, String need) {
        this.origin = origin;
        this.values = values;
        this.columns = columns;
        this.need = need;
    }

    Origin origin() {
        return origin;
    }

    boolean has(String name) {
        return values.get(columns.inFile(name)) != null;
    }

    boolean isText(String name) {
        return values.get(columns.inFile(name)) instanceof String;
    }

    /** Whether the field is messages by its form: a list, or one message alone. */
    boolean isMessages(String name) {
        Object value = values.get(columns.inFile(name));
        return value instanceof List<?>
                || (value instanceof Map<?, ?> map && (map.containsKey("role") || map.containsKey("from")));
    }

    boolean isEmptyList(String name) {
        return values.get(columns.inFile(name)) instanceof List<?> list && list.isEmpty();
    }

    /** Returns the name that a field has in the file. */
    String nameInFile(String name) {
        return columns.inFile(name);
    }

    /** Whether the user said what the file calls a field. */
    boolean renamed(String name) {
        return columns.names().containsKey(name);
    }

    /** Whether two fields are the same column of the file. */
    boolean same(String name, String other) {
        return columns.inFile(name).equals(columns.inFile(other));
    }

    /** The value of a key of the file, which does not count as read; null where it has none. */
    @Nullable
    Object peek(String key) {
        return values.get(key);
    }

    /** The keys of the row. */
    Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** The values that were read. */
    List<Object> readValues() {
        List<Object> all = new ArrayList<>();
        for (String key : read) {
            Object value = values.get(key);
            if (value != null) {
                all.add(value);
            }
        }
        return all;
    }

    /** Takes note of something to be told of the row, should it be used. */
    void note(String sentence) {
        notes.add(new RowNote(sentence));
    }

    List<RowNote> notes() {
        return notes;
    }

    /** The row is plain text that is read as messages because of what stands beside it. */
    void speakBeside(String name) {
        spokenBeside = quoted(name);
    }

    /** Returns why a row of plain text was read as messages, a quoted name; null where it was not. */
    @Nullable
    String spokenBeside() {
        return spokenBeside;
    }

    /** The field's name in the file, in quotes. */
    String quoted(String name) {
        return "\"" + columns.inFile(name) + "\"";
    }

    /** The keys of the row that nobody read. */
    Set<String> unread() {
        Set<String> unread = new LinkedHashSet<>(values.keySet());
        unread.removeAll(read);
        return unread;
    }

    /** The error for a row of no known layout. */
    InputException unknown() {
        return origin.error("this row has " + keysFound() + ", but " + need
                + "; columns can say what they are called here (prompt=question,…)" + hint(Columns.KNOWN));
    }

    InputException error(String name, String sentence) {
        return origin.error(quoted(name) + " " + sentence);
    }

    /** The error of a part of a field: the cause's sentence goes on after {@code start}. */
    InputException within(String name, String start, InputException cause) {
        return origin.within(quoted(name) + " " + start, cause);
    }

    /** The end of a sentence about what a row lacks, {@code names}: a full stop, or which of its keys may mean it. */
    String hint(Collection<String> names) {
        return new MistypedKeys(values.keySet(), columns).hint(names);
    }

    /** Counts keys that nobody read and that look like one that a row may have and this one lacks. */
    void noteMistyped() {
        new MistypedKeys(values.keySet(), columns).ofOptional(unread()).forEach(this::note);
        MistypedKeys.ofUnheeded(this).forEach(this::note);
    }

    private String keysFound() {
        return values.isEmpty() ? "no key" : "the keys " + Shortened.list(values.keySet());
    }

    Object required(String name) {
        Object value = optional(name);
        if (value == null) {
            String state = values.containsKey(columns.inFile(name)) ? " is null; " : " is missing; ";
            throw origin.error(
                    quoted(name) + state + need + " (this row has " + keysFound() + ")" + hint(List.of(name)));
        }
        return value;
    }

    @Nullable
    Object optional(String name) {
        read.add(columns.inFile(name));
        return values.get(columns.inFile(name));
    }

    String text(String name) {
        if (required(name) instanceof String text) {
            return text;
        }
        throw error(name, "is " + kind(values.get(columns.inFile(name))) + " but must be text.");
    }

    /** An answer: text with something in it. */
    String answer(String name) {
        String text = text(name);
        if (Whitespace.only(text)) {
            throw emptyAnswer(name);
        }
        return text;
    }

    /** What a right response says: text, or a number or a truth as text. */
    @Nullable
    String rightAnswer() {
        Object value = optional("answer");
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value == null ? null : value.toString();
        }
        throw error("answer", "is " + kind(value) + " but must be text, a number or a truth.");
    }

    InputException emptyAnswer(String name) {
        return error(name, "is empty but an answer must have text; bad-rows drop leaves such rows out.");
    }

    Fields object(String name) {
        if (required(name) instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> inner = new LinkedHashMap<>();
            map.forEach((key, value) -> inner.put((String) key, value));
            return new Fields(origin, inner, Columns.PLAIN, need);
        }
        throw error(name, "is " + kind(values.get(columns.inFile(name))) + " but must be an object.");
    }

    /** A number; a table has it as text, and where it has none an empty one. */
    @Nullable
    Double number(String name) {
        Object value = typed(optional(name));
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            if (Math.abs(number.doubleValue()) > LARGEST) {
                throw error(name, "is " + number + " but must be a number from -1e9 to 1e9.");
            }
            return number.doubleValue();
        }
        throw error(name, "is " + kind(value) + " but must be a number.");
    }

    /** True or false, or absent for false. */
    boolean flag(String name) {
        Object value = typed(optional(name));
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw error(name, "is " + kind(value) + " but must be true or false.");
    }

    @Nullable
    Boolean label() {
        Object value = typed(optional("label"));
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw error("label", "is " + Shortened.of(value) + " but must be true (desirable) or false.");
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
