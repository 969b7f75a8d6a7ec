package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows in tables of text, in objects that hold a list of rows, and in files packed with zstd. */
class TableRowsTest {
    private static final String PAIR = "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}";

    @TempDir
    Path folder;

    /** A quoted cell keeps its separators and line breaks; a row's line is the one on which it starts. */
    @Test
    void commaSeparated() throws IOException {
        Path file = Rows.write(
                folder,
                "a.csv",
                "\uFEFFprompt,chosen,rejected,margin",
                "\"one, two\",\"first\nsecond \"\"quoted\"\"\",no,0.5",
                "",
                "q,yes,\"no\",");
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows)
                .containsExactly(
                        Rows.pair(new Origin(file.toString(), 2, 0), "one, two", "first\nsecond \"quoted\"", "no", 0.5),
                        Rows.pair(new Origin(file.toString(), 5, 1), "q", "yes", "no", null));
    }

    /** As pandas writes a table with its row numbers. */
    @Test
    void theFirstColumnMayHaveNoName() throws IOException {
        Path file = Rows.write(folder, "a.csv", ",prompt,chosen,rejected", "0,q,yes,no");
        assertThat(Rows.read(RowKind.PAIRS, file).only().chosen().json()).isEqualTo("yes");
        Path other = Rows.write(folder, "b.csv", "prompt,,rejected", "q,yes,no");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, other)).hasMessageContaining("must name each column");
    }

    @Test
    void linesThatEndAsOnWindows() throws IOException {
        Path file = Rows.write(folder, "a.csv", "prompt,chosen,rejected\r", "q,a,\"b\r", "c\"\r", "r,d,e\r", "");
        assertThat(Rows.read(RowKind.PAIRS, file).rows)
                .extracting(row -> row.origin().line() + "" + row.rejected().json())
                .containsExactly("2b\r\nc", "4e");
    }

    @Test
    void tabSeparatedWithMessagesAndLabels() throws IOException {
        String messages = "\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"hi\"\"},"
                + "{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"yes\"\"}]\"";
        Path file = Rows.write(folder, "a.tsv", "messages\tlabel", messages + "\tTrue", messages + "\tfalse");
        Rows rows = Rows.read(RowKind.LABELLED_COMPLETIONS, file);
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows).extracting(row -> row.label()).containsExactly(true, false);
    }

    /** Messages written as JSON text are messages in every kind of file, and that is noted. */
    @Test
    void messagesAsJsonTextAreMessagesInEveryKindOfFile() throws IOException {
        String question = "[{\"role\":\"user\",\"content\":\"hi\"}]";
        String yes = "[{\"from\":\"gpt\",\"value\":\"yes\"}]";
        String no = "{\"role\":\"assistant\",\"content\":\"no\"}";
        ObjectMapper json = new ObjectMapper();
        Map<String, String> row = new LinkedHashMap<>();
        row.put("prompt", question);
        row.put("chosen", yes);
        row.put("rejected", no);
        List<String> cells = Stream.of(question, yes, no)
                .map(cell -> '"' + cell.replace("\"", "\"\"") + '"')
                .toList();
        List<Path> files = List.of(
                Rows.write(folder, "a.jsonl", json.writeValueAsString(row)),
                Rows.write(folder, "a.json", json.writeValueAsString(List.of(row))),
                Rows.write(folder, "a.csv", "prompt,chosen,rejected", String.join(",", cells)),
                Rows.write(folder, "a.tsv", "prompt\tchosen\trejected", String.join("\t", cells)));
        for (Path file : files) {
            Rows rows = Rows.read(RowKind.PAIRS, file);
            assertThat(rows.errors).as(file.toString()).isEmpty();
            Row pair = rows.only();
            assertThat(Rows.said(pair.prompt())).containsExactly(Message.of("user", "hi"));
            assertThat(Rows.said(pair.chosen())).containsExactly(Message.of("assistant", "yes"));
            assertThat(Rows.said(pair.rejected())).containsExactly(Message.of("assistant", "no"));
            assertThat(rows.notes)
                    .hasSize(3)
                    .allSatisfy(note ->
                            assertThat(note).endsWith("is messages written as JSON text and is read as messages"));
            List<Map<String, Object>> written = new ArrayList<>();
            Conversion conversion = Converter.convert(
                    RowSource.of(file), ConversionRules.to(TargetLayout.PAIRS), written::add, read -> {});
            assertThat(written.get(0).get("prompt")).isEqualTo(List.of(Map.of("role", "user", "content", "hi")));
            assertThat(conversion.notes()).hasSize(3);
        }
    }

    /** Text that only looks like messages stays text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"role\":\"admin\",\"content\":\"x\"}]",
                "{\"role\":\"user\"}",
                "{\"from\":\"Berlin\",\"value\":\"3\"}",
                "[{\"role\":\"user\",\"content\":\"x\"}] and more",
                "[{\"role\":\"user\",\"content\":\"x\"},7]",
                "{x}",
                "[]"
            })
    void otherTextsInBracketsStayText(String answer) throws IOException {
        String row = new ObjectMapper()
                .writeValueAsString(Map.of("prompt", "q", "chosen", answer, "rejected", "b", "text", answer));
        Rows rows = Rows.read(RowKind.PAIRS, Rows.write(folder, "a.jsonl", row));
        assertThat(rows.only().chosen().json()).isEqualTo(answer);
        assertThat(rows.notes).isEmpty();
    }

    @Test
    void anArenasTable() throws IOException {
        Path file = Rows.write(
                folder,
                "train.csv",
                "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie",
                "1,x,y,\"[\"\"hi\"\"]\",\"[\"\"yes\"\"]\",\"[\"\"no\"\"]\",0,1,0");
        Row pair = Rows.read(RowKind.PAIRS, file).only();
        assertThat(Rows.said(pair.chosen()).get(0).fields().get("content")).isEqualTo("no");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "q,a | this row has 2 cells but the first line names 3 columns",
                "q,a,b,c | this row has 4 cells but",
            })
    void aRowOfAnotherWidthIsBroken(String line, String words) throws IOException {
        Path file = Rows.write(folder, "a.csv", "prompt,chosen,rejected", line, "q,a,b");
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.errors).singleElement().asString().contains("a.csv:2: ", words);
        assertThat(rows.rows).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prompt,prompt,x | none twice",
                "prompt,,x | name each column",
                "prompt,chosen,rejected | holds no row"
            })
    void aTableThatCannotBeRead(String header, String words) throws IOException {
        Path file = Rows.write(folder, "a.csv", header);
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("a.csv:1: ", words);
    }

    @Test
    void aQuoteThatIsNeverClosed() throws IOException {
        Path file = Rows.write(folder, "a.csv", "prompt,chosen,rejected", "q,\"a,b");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("a.csv:2: ", "never closed");
    }

    @Test
    void textAfterAClosingQuote() throws IOException {
        Path file = Rows.write(folder, "a.csv", "prompt,chosen,rejected", "q,\"a\"b,c");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("a.csv:2: text follows the quote");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"version\":\"1\",\"data\":[ROW,ROW],\"more\":{\"data\":[1]}}", "{\"data\":\n[\nROW,\nROW]\n}"
            })
    void rowsUnderData(String text) throws IOException {
        Path file = Rows.write(folder, "a.json", text.replace("ROW", PAIR));
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows).hasSize(2);
    }

    @Test
    void anObjectWithoutRowsIsNoFileOfRows() throws IOException {
        Path file = Rows.write(folder, "a.json", "{", "\"rows\": 3", "}");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no array");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl.zst", "a.ndjson", "a.json.zst", "a.ndjson.gz"})
    void otherEndings(String name) throws IOException {
        String text = name.startsWith("a.json.") ? "[" + PAIR + "," + PAIR + "]" : PAIR + "\n" + PAIR + "\n";
        Path file = name.endsWith(".zst") ? folder.resolve(name) : Rows.write(folder, name, text);
        if (name.endsWith(".zst")) {
            try (OutputStream raw = Files.newOutputStream(file);
                    OutputStream packed = new ZstdOutputStream(raw)) {
                packed.write(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        assertThat(Rows.read(RowKind.PAIRS, file).rows).hasSize(2);
    }

    @Test
    void standardInputIsReadOnce() {
        InputStream usual = System.in;
        System.setIn(new ByteArrayInputStream((PAIR + "\n" + PAIR + "\n").getBytes(StandardCharsets.UTF_8)));
        try {
            RowSource source = RowSource.once("data", List.of("-"), RowFormat.AUTO, Columns.PLAIN);
            Rows rows = new Rows();
            source.reader(RowKind.PAIRS).read(rows);
            assertThat(rows.rows).extracting(row -> row.origin().place()).containsExactly("-:1", "-:2");
        } finally {
            System.setIn(usual);
        }
        assertThatThrownBy(() -> RowSource.of("data", List.of("-"), RowFormat.AUTO, Columns.PLAIN))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("data is -", "only once");
    }

    @Test
    void aDamagedZstFileIsTold() throws IOException {
        Path file = Rows.write(folder, "a.jsonl.zst", "no zstd at all");
        assertThatThrownBy(() -> Rows.read(RowKind.PAIRS, file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("a.jsonl.zst", "cannot be read");
    }
}
