package org.align4j.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.text.Message;

/** Conversations to learn from, from files or of a program; from files also plain texts, and prompts with completions. */
public final class Conversations extends Rows {
    private Conversations(List<String> names) {
        super(names);
    }

    private Conversations(Iterable<List<Message>> rows) {
        super(rows, row -> Map.of("messages", json(row)));
    }

    /** Names the files to read: {@code .jsonl}, {@code .json}, each also {@code .gz}, and {@code .parquet}, in any layout that is known. */
    public static Conversations read(Path... files) {
        return new Conversations(names(files));
    }

    /** Names files, globs and data sets of the hub to read, as {@code --data} takes them: {@code hf:org/name:split}. */
    public static Conversations read(String... names) {
        return new Conversations(List.of(names));
    }

    /** Takes the conversations of a program, of which the assistant's turns are learnt; they are written into the run. */
    public static Conversations of(List<List<Message>> rows) {
        return new Conversations(rows);
    }

    /** Takes the conversations of a stream, which is read to its end at once; they are written into the run. */
    public static Conversations of(Stream<List<Message>> rows) {
        return new Conversations(rows.toList());
    }
}
