package org.align4j.core.doctor.log;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.MessageTexts;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.layout.FileLayout;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Files of one layout or several: what most of a file's first objects are, all of it is taken to be, so that a broken first
 * row doesn't decide what the others are held to.
 *
 * @param source the files and how they are read
 * @param known the kind of row that every file is read as; null where each file's first objects tell
 */
public record LogSource(RowSource source, @Nullable RowKind known) {
    private static final int PEEKED = 200;

    /** The kinds of rows, by the keys that tell them, the surest first. */
    private enum Sign {
        PAIR(RowKind.COMPARISONS, "chosen", "rejected", "preferred_output", "chosen_ids", "rejected_ids"),
        STEPS(RowKind.STEPS_OR_RESPONSES, "completions", "completions_ids"),
        ANSWER(RowKind.RESPONSES, "completion", "completion_ids", "label"),
        TEXT(RowKind.TEXTS, "messages", "conversations", "text"),
        PROMPT(RowKind.WHOLE, "prompt", "prompt_ids");

        private final RowKind kind;
        private final ImmutableList<String> keys;

        Sign(RowKind kind, String... keys) {
            this.kind = kind;
            this.keys = ImmutableList.copyOf(keys);
        }
    }

    /** Reads each file as what most of its first objects are. */
    public LogSource(RowSource source) {
        this(source, null);
    }

    /** The kind of rows that a file is read as. */
    public RowKind kind(Path file) {
        if (known == RowKind.LABELLED_COMPLETIONS) {
            return RowKind.RESPONSES; // a pair stays one row, though a training makes two answers of it
        }
        if (known != null) {
            return known;
        }
        Peek peek = new Peek(file.toString(), source);
        try {
            RatedNeighbours.read(
                    ObjectFile.of(file, source.form()), !source.columns().namesTexts(), peek);
        } catch (InputException e) {
            // whoever reads the rows says what is wrong
        }
        return peek.kind();
    }

    /** Returns one of the files, read as these are. */
    public RowSource only(Path file) {
        return new RowSource(List.of(file), source.format(), source.columns(), source.form());
    }

    /** Takes plain files in whatever layout they have. */
    public static LogSource of(List<Path> files) {
        return new LogSource(new RowSource(files, RowFormat.AUTO, Columns.PLAIN));
    }

    /** Counts the signs of the first objects of a file; of an object in another maker's layout those of what it means. */
    private static final class Peek implements ObjectFile.Receiver {
        private final String file;
        private final RowSource source;
        private final Map<String, String> names;
        private final Map<Sign, Integer> counts = new HashMap<>();
        private int seen;

        Peek(String file, RowSource source) {
            this.file = file;
            this.source = source;
            this.names = source.columns().names();
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            if (!wantsMore()) {
                return;
            }
            Sign sign = sign(meaning(line, MessageTexts.read(fields)));
            if (sign != null) {
                counts.merge(sign, 1, Integer::sum);
            }
            seen++;
        }

        @Override
        public boolean wantsMore() {
            return seen < PEEKED;
        }

        private @Nullable Sign sign(Map<String, ? extends @Nullable Object> fields) {
            for (Sign sign : Sign.values()) {
                if (sign.keys.stream().anyMatch(key -> fields.get(names.getOrDefault(key, key)) != null)) {
                    return sign;
                }
            }
            return null;
        }

        /** Returns an object as it is, or what it says in this project's own layouts where another maker laid it out. */
        private Map<String, @Nullable Object> meaning(int line, Map<String, @Nullable Object> fields) {
            Origin origin = new Origin(file, line, seen);
            for (boolean answersLearned : new boolean[] {false, true}) {
                try {
                    FileLayout.Translation meant = new FileLayout(
                                    source.format(), source.columns(), answersLearned, Pairing.BEST_WORST)
                            .translate(origin, fields);
                    return meant == null || meant.rows().isEmpty()
                            ? fields
                            : meant.rows().get(0);
                } catch (InputException e) {
                    // whoever reads the row says what is wrong
                }
            }
            return fields;
        }

        @Override
        public void broken(int line, InputException error) {}

        RowKind kind() {
            Sign best = Sign.PAIR;
            for (Sign sign : Sign.values()) {
                if (counts.getOrDefault(sign, 0) > counts.getOrDefault(best, 0)) {
                    best = sign;
                }
            }
            return best.kind;
        }
    }
}
