package org.align4j.core.data.row;

import com.google.common.base.Splitter;
import java.io.Serializable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;

/**
 * What the columns of the files are called: {@code prompt=question,chosen=better} reads the prompt from
 * {@code question}.
 *
 * @param names from the name this project uses to the name in the files
 */
public record Columns(Map<String, String> names) implements Serializable {
    /** The names that this project has for columns. */
    public static final Set<String> KNOWN =
            Set.of(("prompt answer chosen rejected completion completions label labels margin tie messages "
                            + "conversations system history tools text input preferred_output non_preferred_output prompt_ids "
                            + "chosen_ids rejected_ids completion_ids completions_ids")
                    .split(" "));

    /** Every column has its own name. */
    public static final Columns PLAIN = new Columns(Map.of());

    public Columns {
        names = Map.copyOf(names);
        for (String name : names.keySet()) {
            if (!KNOWN.contains(name)) {
                throw new InputException(
                        "columns names \"" + Shortened.of(name) + "\" but there is no such column; it can name "
                                + String.join(", ", new TreeSet<>(KNOWN)) + ".");
            }
        }
    }

    /** Returns the form of the option's value for {@code --help}. */
    public static String describe() {
        return "key=text,…";
    }

    /** Reads {@code prompt=question,chosen=better}; an empty text renames nothing. */
    public static Columns parse(String text) {
        Map<String, String> names = new LinkedHashMap<>();
        if (text.isBlank()) {
            return PLAIN;
        }
        for (String item : Splitter.on(',').split(text)) {
            int equals = item.indexOf('=');
            String name = equals < 0 ? "" : item.substring(0, equals).strip();
            String source = equals < 0 ? "" : item.substring(equals + 1).strip();
            if (name.isEmpty() || source.isEmpty()) {
                throw new InputException("columns has \"" + Shortened.of(item)
                        + "\" but must be name=column pairs such as prompt=question.");
            }
            if (names.put(name, source) != null) {
                throw new InputException("columns names \"" + Shortened.of(name) + "\" twice; name it once.");
            }
        }
        return new Columns(names);
    }

    /** Returns these columns with one more name: the margin's column, say. */
    public Columns with(String name, String column) {
        Map<String, String> more = new LinkedHashMap<>(names);
        more.put(name, column);
        return new Columns(more);
    }

    /** Returns whether a column of texts is called otherwise: any but the margin. */
    public boolean namesTexts() {
        return names.keySet().stream().anyMatch(name -> !name.equals("margin"));
    }

    /** Returns the name that the files have for a column. */
    public String inFile(String name) {
        return names.getOrDefault(name, name);
    }

    /** Returns which of some columns another key of a file was probably meant to be. */
    public Optional<String> meant(String key, Collection<String> names) {
        boolean known = KNOWN.contains(key) || this.names.containsValue(key);
        return known
                ? Optional.empty()
                : Nearest.close(key, names.stream().map(this::inFile).toList());
    }
}
