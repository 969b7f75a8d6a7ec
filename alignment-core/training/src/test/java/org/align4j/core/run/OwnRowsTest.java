package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of a program in the directory of its run, which they don't keep from being new. */
class OwnRowsTest {
    @TempDir
    Path folder;

    @Test
    void theyStayWithTheRunThatBegan() throws IOException {
        Path run = folder.resolve("deep/run");
        Path file;
        try (OwnRows rows = OwnRows.in(run)) {
            file = rows.write("train", List.of(Map.of("prompt", "ä"), Map.of("prompt", "b\n")));
            RunDirectory.create(run, "data: [" + file + "]\n", Map.of("command", "array"))
                    .close();
        }
        assertThat(file).isEqualTo(run.resolve("rows/train.jsonl"));
        assertThat(Files.readString(file)).isEqualTo("{\"prompt\":\"ä\"}\n{\"prompt\":\"b\\n\"}\n");
    }

    @Test
    void nothingStaysWhereNoRunBegan() throws IOException {
        Path run = folder.resolve("run");
        try (OwnRows rows = OwnRows.in(run)) {
            rows.write("train", List.of(Map.of("prompt", "a")));
            rows.write("eval", List.of(Map.of("prompt", "b")));
        }
        assertThat(run).doesNotExist();
        Path mine = Files.createDirectory(folder.resolve("mine"));
        try (OwnRows rows = OwnRows.in(mine)) {
            rows.write("train", List.of(Map.of("prompt", "a")));
        }
        assertThat(mine).isEmptyDirectory();
    }

    @Test
    void aLinkAsTheirFolderIsNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("train.jsonl"), "precious");
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.createSymbolicLink(run.resolve("rows"), elsewhere);
        assertThatThrownBy(() -> OwnRows.in(run))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not empty (rows)");
        assertThat(elsewhere.resolve("train.jsonl")).hasContent("precious");
    }

    @Test
    void whatAKilledProgramLeftIsWrittenAnew() throws IOException {
        Path run = folder.resolve("run");
        Files.createDirectories(run.resolve("rows"));
        Files.writeString(run.resolve("rows/train.jsonl"), "{}\n{}\n");
        try (OwnRows rows = OwnRows.in(run)) {
            assertThat(Files.readString(rows.write("train", List.of(Map.of("a", 1)))))
                    .isEqualTo("{\"a\":1}\n");
        }
    }

    @Test
    void oneThreadAtATimeBeginsARun() {
        Path run = folder.resolve("run");
        try (OwnRows first = OwnRows.in(run)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> OwnRows.in(folder.resolve("x/../run")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("is being written by this process already");
        }
        OwnRows.in(run).close();
    }

    @Test
    void otherFilesAreInTheWay() throws IOException {
        Path run = folder.resolve("run");
        Files.createDirectories(run.resolve("rows"));
        Files.writeString(run.resolve("rows/mine.txt"), "");
        assertThatThrownBy(() -> OwnRows.in(run))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not empty (rows)");
    }
}
