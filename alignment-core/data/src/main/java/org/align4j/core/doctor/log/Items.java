package org.align4j.core.doctor.log;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;
import org.align4j.core.data.file.MessageTexts;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Reads the questions of benchmarks, whatever layout they have: each object's question by the usual names of its key, in
 * capitals or not. Files are JSON, Parquet or tables. */
public final class Items {
    private static final List<String> KEYS = List.of(
            "prompt",
            "question",
            "query",
            "instruction",
            "problem",
            "input",
            "messages",
            "conversations",
            "text",
            "chosen");

    private Items() {}

    /**
     * Hands on the question of each object that has one, with the number that its place gets.
     *
     * @throws InputException where a file cannot be read or holds no row
     */
    public static void read(LogSource log, Numbering numbers, ObjIntConsumer<String> questions) {
        for (Path file : log.source().files()) {
            ObjectFile.of(file, log.source().form()).read(new ObjectFile.Receiver() {
                @Override
                public void object(int line, Map<String, @Nullable Object> fields) {
                    int number = numbers.next(file.toString(), line);
                    String question = question(MessageTexts.read(fields));
                    if (!question.isBlank()) {
                        questions.accept(question, number);
                    }
                }

                @Override
                public void broken(int line, InputException error) {
                    throw error;
                }
            });
        }
    }

    private static String question(Map<String, @Nullable Object> written) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        written.forEach((key, value) -> fields.putIfAbsent(key.toLowerCase(Locale.ROOT), value));
        return KEYS.stream()
                .filter(key -> fields.get(key) != null)
                .findFirst()
                .map(key -> text(fields.get(key)))
                .orElseGet(() -> fields.values().stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .collect(Collectors.joining("\n")));
    }

    /** A text, or the texts of what isn't the assistant's in a list of messages. */
    private static String text(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream()
                    .map(Items::text)
                    .filter(text -> !text.isEmpty())
                    .collect(Collectors.joining("\n"));
        }
        if (value instanceof Map<?, ?> map) {
            if (map.get("messages") != null) {
                return text(map.get("messages"));
            }
            boolean asked = !"assistant".equals(map.get("role")) && !"gpt".equals(map.get("from"));
            Object content = map.get("content") != null ? map.get("content") : map.get("value");
            return asked && content instanceof String said ? said : "";
        }
        return value instanceof String text ? text : "";
    }

    /** Gives every row a number, in the order in which rows are read. */
    public interface Numbering {
        /** The number of the next row. */
        int next(String file, int line);

        /** Numbers a line that is part of the row that was numbered last. */
        default void joined(String file, int line) {
            next(file, line);
        }

        /** A numbering that goes on from {@code first} and keeps no places, for rows that are read again. */
        static Numbering from(int first) {
            return new Numbering() {
                private int number = first;

                @Override
                public int next(String file, int line) {
                    return number++;
                }
            };
        }
    }
}
