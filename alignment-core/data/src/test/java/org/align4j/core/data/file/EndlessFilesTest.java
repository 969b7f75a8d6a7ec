package org.align4j.core.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packed files of a few kilobytes that unpack to gigabytes of one thing are refused with file and line, soon and in little memory. */
class EndlessFilesTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int REPEATS = 1 << 17;

    @TempDir
    Path folder;

    @Tag("long")
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "open.csv.gz;2;q,!a;opens with a quote that is not closed within 16777216 characters",
                "long.csv.gz;2;q;has more than 16777216 characters",
                "long.tsv.gz;2;q;has more than 16777216 characters",
                "columns.csv.gz;1;;has more than 100000 cells",
                "cells.csv.gz;2;q;has more than 100000 cells",
                "blank.csv.gz;1000001;;a million blank lines",
                "blank.jsonl.gz;1000001;;a million blank lines",
                "line.jsonl.gz;2;{!prompt!: !;has more than 33554432 bytes"
            })
    void whatUnpacksWithoutEndIsRefusedSoon(String name, int line, @Nullable String start, String words)
            throws IOException {
        String piece = name.startsWith("blank") ? "\n" : name.startsWith("c") ? "," : "x";
        String header = name.contains("tsv") ? "prompt\tchosen\n" : "prompt,chosen\n";
        String first = name.startsWith("columns") || name.startsWith("blank") ? "" : header;
        Path file = folder.resolve(name);
        byte[] pieces = piece.repeat(1 << 12).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out =
                new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file), 1 << 16), 1 << 16)) {
            out.write((name.contains("jsonl") && line == 2 ? "{}\n" : first).getBytes(StandardCharsets.UTF_8));
            out.write((start == null ? "" : start.replace("!", "\"")).getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < REPEATS; i++) { // half a gigabyte
                out.write(pieces);
            }
        }
        Handed handed = new Handed();
        assertThatThrownBy(() -> assertTimeoutPreemptively(
                        SOON, () -> ObjectFile.of(file).read(handed)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words)
                .message()
                .satisfiesAnyOf(
                        message -> assertThat(message).startsWith(file + ":" + line + ": "),
                        message -> assertThat(message).startsWith(file + " ").contains("line " + line));
    }

    @Test
    void longCellsAndAFewBlankLinesAreRead() throws IOException {
        Path file = folder.resolve("a.csv");
        String cell = "x".repeat(1 << 20);
        Files.writeString(file, "a,b\n" + "\n".repeat(100_000) + "1,\"" + cell + "\"\n");
        Handed handed = new Handed();
        assertThat(ObjectFile.of(file).read(handed)).isEqualTo(1);
        assertThat(handed.objects).containsExactly(Map.of("a", "1", "b", cell));
    }

    private static final class Handed implements ObjectFile.Receiver {
        private final List<Map<String, @Nullable Object>> objects = new ArrayList<>();

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            objects.add(fields);
        }

        @Override
        public void broken(int line, InputException error) {
            throw error;
        }
    }
}
