package org.align4j.examples.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes what lies under {@code data/demo}, the same bytes every time: conversations and stories to train the demo's
 * model on ({@code chats.jsonl}, {@code texts.jsonl}), stories to measure perplexity on ({@code guard.jsonl}),
 * preference pairs ({@code train.jsonl}, {@code heldout.jsonl}), and the untrained model ({@code initial/}).
 */
final class DemoData {
    private static final int BYTES = 256;
    private static final int MERGES = InitialModel.VOCABULARY - BYTES - TokenizerFiles.SPECIAL.size();
    private static final ObjectMapper JSON = new ObjectMapper();

    private DemoData() {}

    /** Writes all files into the folder, which is made if need be. */
    public static void generate(Path folder) throws IOException {
        Corpus corpus = Corpus.millbrook(MERGES);
        Files.createDirectories(folder);
        rows(folder.resolve("chats.jsonl"), corpus.chats().stream().map(Chat::row));
        rows(folder.resolve("texts.jsonl"), texts(corpus.texts()));
        rows(folder.resolve("guard.jsonl"), texts(corpus.guard()));
        rows(folder.resolve("train.jsonl"), corpus.trainPairs().stream().map(Pair::row));
        rows(folder.resolve("heldout.jsonl"), corpus.heldOutPairs().stream().map(Pair::row));
        InitialModel.write(corpus.encoding(), folder.resolve("initial"));
    }

    /**
     * Writes preference pairs made as those of the demo are, to questions that none of its files asks: {@code pairs.jsonl}.
     *
     * @param folder made if need be
     * @param count how many pairs
     */
    public static void furtherPairs(Path folder, int count) throws IOException {
        Corpus corpus = Corpus.millbrook(MERGES, count);
        Files.createDirectories(folder);
        rows(folder.resolve("pairs.jsonl"), corpus.furtherPairs().stream().map(Pair::row));
    }

    private static Stream<Map<String, Object>> texts(List<String> texts) {
        return texts.stream().map(text -> Map.of("text", text));
    }

    private static void rows(Path file, Stream<Map<String, Object>> rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map<String, Object> row : rows.toList()) {
            lines.append(JSON.writeValueAsString(row)).append('\n');
        }
        Files.writeString(file, lines, StandardCharsets.UTF_8);
    }
}
