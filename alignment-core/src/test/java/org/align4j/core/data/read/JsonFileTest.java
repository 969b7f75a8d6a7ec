package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFileTest {
    private static final String ROW = "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl", "a.jsonl.gz", "A.JSONL"})
    void readsLinesAndSkipsBlankOnes(String name) throws IOException {
        Path file = Rows.write(folder, name, "\uFEFF" + ROW, "", "  \r", ROW + "\r", ROW);
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows)
                .extracting(Row::origin)
                .containsExactly(
                        new Origin(file.toString(), 1, 0),
                        new Origin(file.toString(), 4, 1),
                        new Origin(file.toString(), 5, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.json", "a.json.gz"})
    void readsLinesThatAreCalledJson(String name) throws IOException {
        Path file = Rows.write(folder, name, "", ROW, "[]", ROW);
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.rows).extracting(row -> row.origin().line()).containsExactly(2, 4);
        assertThat(rows.errors).singleElement().asString().contains(":3: this line is no JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.json", "a.json.gz"})
    void readsAnArray(String name) throws IOException {
        Path file = Rows.write(
                folder,
                name,
                "\uFEFF[",
                ROW + ",",
                "",
                "{\"prompt_ids\":[1],",
                "\"chosen_ids\":[2],\"rejected_ids\":[3]}",
                "]");
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.rows).extracting(row -> row.origin().line()).containsExactly(2, 4);
    }

    @Test
    void numbersRowsOverAllFiles() throws IOException {
        Path one = Rows.write(folder, "one.jsonl", ROW, "{", ROW);
        Path two = Rows.write(folder, "two.json", "[" + ROW + "]");
        Rows rows = Rows.read(RowKind.PAIRS, one, two);
        assertThat(rows.rows).extracting(row -> row.origin().row()).containsExactly(0, 2, 3);
        assertThat(rows.badRows).containsExactly(1);
        assertThat(rows.files).extracting(RowReader.FileSummary::rows).containsExactly(3, 1);
    }

    @Test
    void brokenJsonNamesLineAndColumn() throws IOException {
        Path file = Rows.write(folder, "a.jsonl", ROW, "{\"prompt\": \"x\", }");
        assertThat(Rows.read(RowKind.PAIRS, file).errors)
                .singleElement()
                .asString()
                .startsWith(file + ":2:17: broken JSON")
                .doesNotContain("\n");
    }

    @Test
    void aCutLineIsBroken() throws IOException {
        Path file = Rows.write(folder, "a.jsonl", "{\"prompt\": \"x");
        assertThat(Rows.read(RowKind.PAIRS, file).errors)
                .singleElement()
                .asString()
                .contains(":1:", "broken JSON");
    }

    @Test
    void brokenArrayNamesLineAndColumn() throws IOException {
        Path file = Rows.write(folder, "a.json", "[" + ROW + ",", "{\"prompt_ids\":[1}", "]");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ":2:17: broken JSON");
    }

    @Test
    void anArrayMustEnd() throws IOException {
        Path file = Rows.write(folder, "a.json", "[" + ROW + ",", "");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file)).hasMessageStartingWith(file + ":2:");
        Path more = Rows.write(folder, "b.json", "[" + ROW + "]", "[]");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, more))
                .hasMessageContaining(":2: something follows the array");
    }

    @Test
    void duplicateKeysAreRefusedAtEveryDepth() throws IOException {
        Path file = Rows.write(
                folder,
                "a.jsonl",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"user\",\"content\":\"\"}]}");
        assertThat(Rows.read(RowKind.ANY, file).errors)
                .hasSize(2)
                .allSatisfy(error -> assertThat(error).contains("a key stands twice"))
                .anySatisfy(error -> assertThat(error).contains("'prompt'"))
                .anySatisfy(error -> assertThat(error).contains(":2:", "'role'"));
    }

    @Test
    void aLineThatIsNotUtf8IsBadButNotTheNext() throws IOException {
        byte[] bytes = (ROW + "\n{\"prompt\":\"\u00e9\"}\n" + ROW).getBytes(StandardCharsets.ISO_8859_1);
        Path file = Rows.write(folder, "a.jsonl.gz", bytes);
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.errors)
                .containsExactly(
                        file
                                + ":2: this line is not UTF-8; save the file as UTF-8, or say what it is (--encoding windows-1252, or utf-16).");
        assertThat(rows.rows).hasSize(2);
    }

    @Test
    void anArrayThatIsNotUtf8NamesTheLine() throws IOException {
        String text = "[" + ROW + ",\n".repeat(1) + (ROW + ",\n").repeat(3000) + "{\"prompt\":\"\u00e9\"}]";
        Path file = Rows.write(folder, "a.json", text.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(":3002: this line is not UTF-8");
    }

    @Test
    void textAcrossTheBufferBordersIsIntact() throws IOException {
        String text = "\u00e9\u20ac\uD83D\uDE00".repeat(40_000);
        for (String shift : new String[] {"", "a", "ab", "abc"}) {
            Path json = Rows.write(folder, "a.json", "[{\"text\":\"" + shift + text + "\"}]");
            Path lines = Rows.write(folder, "a.jsonl", "{\"text\":\"" + shift + text + "\"}");
            assertThat(Rows.read(RowKind.TEXTS, json).only().chosen().json()).isEqualTo(shift + text);
            assertThat(Rows.read(RowKind.TEXTS, lines).only().chosen().json()).isEqualTo(shift + text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl", "a.json", "a.jsonl.gz"})
    void anEmptyFileIsAnError(String name) throws IOException {
        Path file = Rows.write(folder, name, "", " ");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .hasMessageContaining(name)
                .hasMessageContaining("no row");
    }

    @Test
    void anEmptyArrayIsAnError() throws IOException {
        Path file = Rows.write(folder, "a.json", "[]");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file)).hasMessageContaining("no row");
    }

    @Test
    void whatIsNoRowIsSaid() throws IOException {
        Path lines = Rows.write(folder, "a.jsonl", "[1]", ROW + ROW, "\"x\"");
        assertThat(Rows.read(RowKind.PAIRS, lines).errors)
                .satisfiesExactly(
                        e -> assertThat(e).contains(":1: this line is no JSON object"),
                        e -> assertThat(e).contains(":2: something follows"),
                        e -> assertThat(e).contains(":3: this line is no JSON object"));
        Path object = Rows.write(folder, "a.json", ROW.replace(",", ",\n"));
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, object))
                .hasMessageContaining("no array")
                .hasMessageContaining(".jsonl");
        Path numbers = Rows.write(folder, "b.json", "[", "1]");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, numbers))
                .hasMessageContaining(":2: this element is no JSON object");
    }

    @Test
    void otherKindsAndBrokenArchivesAreRefused() throws IOException {
        Path csv = Rows.write(folder, "a.xlsx", "a,b");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, csv)).hasMessageContaining(".jsonl, .json");
        Path gz = Rows.write(folder, "a.jsonl.gz", (ROW + "\n").repeat(1000).getBytes(StandardCharsets.UTF_8));
        byte[] bytes = Files.readAllBytes(gz);
        Files.write(gz, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, gz))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cannot be read");
        Path fake = Files.writeString(folder.resolve("b.jsonl.gz"), ROW);
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, fake))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cannot be read");
    }
}
