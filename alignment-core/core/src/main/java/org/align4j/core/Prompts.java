package org.align4j.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.text.Message;

/** Prompts to answer, from files or of a program. */
public final class Prompts extends Rows {
    private Prompts(List<String> names) {
        super(names);
    }

    private Prompts(Iterable<List<Message>> rows) {
        super(rows, row -> Map.of("prompt", json(row)));
    }

    /** Names the files to read: {@code .jsonl}, {@code .json}, each also {@code .gz}, and {@code .parquet}; of their rows the prompts alone. */
    public static Prompts read(Path... files) {
        return new Prompts(names(files));
    }

    /** Names files, globs and data sets from the hub to read, as {@code --data} takes them: {@code hf:org/name:split}. */
    public static Prompts read(String... names) {
        return new Prompts(List.of(names));
    }

    /** Takes what users say, one prompt each; they are written into the run. */
    public static Prompts of(String... said) {
        return new Prompts(
                Stream.of(said).map(text -> List.of(Message.of("user", text))).toList());
    }

    /** Takes the conversations of a program, whose last messages are to be answered; they are written into the run. */
    public static Prompts of(List<List<Message>> rows) {
        return new Prompts(rows);
    }

    /** Takes the conversations of a stream, which is read to its end at once; they are written into the run. */
    public static Prompts of(Stream<List<Message>> rows) {
        return new Prompts(rows.toList());
    }
}
