package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files with other separators, other encodings, and values that mean others. */
class FileFormTest {
    private static final FileForm VOTES = new FileForm(List.of("winner=response1:a", "response2:b"), null, null);

    @TempDir
    Path folder;

    private static Rows read(RowKind kind, Path file, FileForm form) {
        Rows rows = new Rows();
        rows.files = RowSource.of(file).with(form).reader(kind).read(rows);
        return rows;
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '#',
            value = {"a.csv#;#;", "a.csv#tab#\t", "a.tsv#|#|", "a.csv##,", "a.tsv##\t"})
    void cellsStandApartAsSaid(String name, @Nullable String delimiter, @Nullable String separator) throws IOException {
        String mark = separator == null ? "\t" : separator;
        Path file = Rows.write(
                folder,
                name,
                String.join(mark, "prompt", "chosen", "rejected"),
                String.join(mark, "Ü?", "ä", "\"x,y;z\""));
        Row pair = read(RowKind.PAIRS, file, new FileForm(List.of(), delimiter, null))
                .only();
        assertThat(pair.prompt().json() + "" + pair.chosen().json()
                        + pair.rejected().json())
                .isEqualTo("Ü?äx,y;z");
    }

    @ParameterizedTest
    @CsvSource({
        "windows-1252,windows-1252",
        "iso-8859-1,latin-1",
        "utf-16,",
        "utf-16,utf_16",
        "x-UTF-16LE-BOM,",
        "utf-16be,utf-16be",
        "utf-8,utf-8",
        "utf-8,"
    })
    void textIsDecodedAsSaidOrAsItsMarkSays(String written, @Nullable String encoding) throws IOException {
        FileForm form = new FileForm(List.of(), null, encoding);
        String long1 = "ä".repeat(20_000);
        for (String name : List.of("a.jsonl", "a.json", "a.csv")) {
            String text = name.equals("a.csv")
                    ? "prompt,chosen,rejected\nÜ?," + long1 + ",b\n"
                    : "{\"prompt\":\"Ü?\",\"chosen\":\"" + long1 + "\",\"rejected\":\"b\"}\n";
            Path file = Files.write(folder.resolve(name), text.getBytes(Charset.forName(written)));
            Row pair = read(RowKind.PAIRS, file, form).only();
            assertThat(pair.prompt().json()).isEqualTo("Ü?");
            assertThat(pair.chosen().json()).isEqualTo(long1);
        }
    }

    @Test
    void textThatIsNotInItsEncodingIsRefused() throws IOException {
        Path file = Files.write(
                folder.resolve("a.jsonl"),
                "{\"prompt\":\"q\"}\n{\"prompt\":\"ä\"}".getBytes(Charset.forName("windows-1252")));
        assertThatThrownBy(() -> read(RowKind.PROMPTS, file, new FileForm(List.of(), null, "us-ascii")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("a.jsonl:", "is not US-ASCII", "encoding");
        assertThat(read(RowKind.PROMPTS, file, FileForm.PLAIN).errors)
                .singleElement()
                .asString()
                .contains("a.jsonl:2: this line is not UTF-8", "--encoding");
    }

    @Test
    void valuesAreReadAsOthers() throws IOException {
        Path file = Rows.write(
                folder,
                "votes.jsonl",
                "{\"prompt\":\"q\",\"response_a\":\"x\",\"response_b\":\"y\",\"winner\":\"response2\"}",
                "{\"prompt\":\"r\",\"response_a\":\"x\",\"response_b\":\"y\",\"winner\":\"response1\"}",
                "{\"prompt\":\"s\",\"response_a\":\"x\",\"response_b\":\"y\",\"winner\":\"tie\"}");
        assertThat(read(RowKind.PAIRS, file, FileForm.PLAIN).errors).hasSize(2);
        Rows rows = read(RowKind.PAIRS, file, VOTES);
        assertThat(rows.errors).isEmpty();
        assertThat(rows.rows).extracting(row -> row.chosen().json()).containsExactly("y", "x");
        assertThat(rows.tied).containsExactly(2);
        Path stars = Rows.write(folder, "s.csv", "prompt,completion,label", "q,x,5", "r,y,1");
        FileForm labels = new FileForm(List.of("label=5:true", "4:true", "1:false"), null, null);
        assertThat(read(RowKind.LABELLED_COMPLETIONS, stars, labels).rows)
                .extracting(row -> row.label())
                .containsExactly(true, false);
        assertThatThrownBy(() -> read(RowKind.PAIRS, stars, VOTES))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("map-values names winner, but no row of " + stars + " has such a key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "winner | | | map-values has \"winner\" but must be KEY=VALUE:READ-AS",
                "a=x:1;x:2 | | | map-values names the value \"x\" of a twice",
                " | ;; | | delimiter is \";;\" but must be one character",
                " | a | | delimiter is \"a\" but must be one character",
                " | | klingon | encoding is \"klingon\" but Java knows no such encoding"
            })
    void whatCannotBeIsSaid(
            @Nullable String values, @Nullable String delimiter, @Nullable String encoding, String sentence) {
        List<String> items = values == null ? List.of() : List.of(values.split(";"));
        assertThatThrownBy(() -> new FileForm(items, delimiter, encoding))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(sentence);
    }

    /** A spreadsheet of a country whose decimal sign is a comma. */
    @Test
    void aTableOfSemicolonsIsToldOfTheDelimiter() throws IOException {
        Path file = Rows.write(folder, "s.csv", "prompt;chosen;rejected", "q;a;b");
        assertThatThrownBy(() -> read(RowKind.PAIRS, file, FileForm.PLAIN))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("s.csv:1")
                .hasMessageContaining("give --delimiter ';'");
    }

    @Test
    void whatAFileDoesNotHaveIsRefused() throws IOException {
        Path lines = Rows.write(folder, "a.jsonl", "{\"prompt\":\"q\"}");
        assertThatThrownBy(() -> read(RowKind.PROMPTS, lines, new FileForm(List.of(), ";", null)))
                .hasMessageContaining("a.jsonl is no table of text");
    }

    /** The options are those of every command that takes a layout; the doctor's clean rows are those that were read. */
    @Test
    void theCommandsHaveTheOptions() throws IOException {
        Path file = Files.write(
                folder.resolve("a.csv"), "prompt;chosen;rejected\nÜ?;ä;b\n".getBytes(Charset.forName("windows-1252")));
        Path out = folder.resolve("out.jsonl");
        String[] form = {"--delimiter", ";", "--encoding", "windows-1252"};
        run("convert", "--data", file.toString(), "--out", out.toString(), form);
        assertThat(out).content().contains("\"Ü?\"", "\"ä\"");
        Path parts = folder.resolve("parts");
        run(
                "split",
                "--data",
                file.toString(),
                "--out",
                parts.toString(),
                "--fractions",
                "train=.5,val=.5",
                "--by",
                "prompt",
                form);
        assertThat(Files.readString(parts.resolve("train.jsonl")) + Files.readString(parts.resolve("val.jsonl")))
                .contains("Ü?");
        Path doctor = folder.resolve("doctor");
        run(
                "doctor",
                "--data",
                file.toString(),
                "--fail-on",
                "never",
                "--fix",
                "schema",
                "--out",
                doctor.toString(),
                form);
        assertThat(doctor.resolve("clean.jsonl")).content().contains("Ü?");
    }

    private static void run(Object... words) {
        Terminal terminal = Terminal.captured();
        List<String> all = new ArrayList<>();
        for (Object word : words) {
            all.addAll(word instanceof String[] several ? List.of(several) : List.of((String) word));
        }
        assertThat(Align.run(terminal, all.toArray(String[]::new)))
                .as(terminal.captureOutput())
                .isZero();
    }
}
