package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.train.command.AlignRuns;
import org.align4j.core.train.command.Refusals;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code align dpo} says of bad input: one line, exit code 2, and nothing is written. */
class BadInputTest {
    private static final String GOOD_ROW = "{\"prompt_ids\":[5,6],\"chosen_ids\":[7,2],\"rejected_ids\":[8,2]}\n";
    private static final String GOOD_TEXT =
            "{\"prompt\":\"Hello there\",\"chosen\":\" friend\",\"rejected\":\" you\"}\n";

    @TempDir
    Path folder;

    private Path data;
    private Path out;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.writeString(folder.resolve("train.jsonl"), GOOD_ROW.repeat(4));
        out = folder.resolve("run");
    }

    private void assertRefused(List<String> words, String... said) throws IOException {
        Refusals.assertRefused(folder, words, said);
    }

    private List<String> words(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "--data";
        all[1] = data.toString();
        System.arraycopy(more, 0, all, 2, more.length);
        return DpoRuns.dpo(out, all);
    }

    private void rows(String text) throws IOException {
        Files.writeString(data, text);
    }

    @Test
    void textWithoutATokenizer() throws IOException {
        rows(GOOD_TEXT.repeat(4));
        assertRefused(words(), "tokenizer.json", "missing");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"prompt_ids":[5,6],"chosen_ids":[7,2]}                             | "rejected
        {"prompt_ids":[5,6],"chosen_ids":[],"rejected_ids":[8,2]}           | chosen
        {"prompt_ids":[5,6],"chosen_ids":[7,320],"rejected_ids":[8,2]}      | 320
        {"prompt_ids":[5,6],"chosen_ids":[7,-1],"rejected_ids":[8,2]}       | -1
        {"prompt_ids":[5,6],"chosen_ids":[7,2],"rejected_ids":[8            | JSON
        {"prompt_ids":[5,6],"chosen_ids":"seven","rejected_ids":[8,2]}      | chosen_ids
        """)
    void aBadRowIsNamedByFileAndLine(String row, String said) throws IOException {
        rows(GOOD_ROW + GOOD_ROW + row + "\n" + GOOD_ROW);
        assertRefused(words(), "train.jsonl:3", said);
    }

    @Test
    void aFileThatIsNotUtf8() throws IOException {
        Files.write(data, (GOOD_ROW + GOOD_TEXT.replace("friend", "fr\u00e9re")).getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(words(), "train.jsonl:2", "UTF-8");
    }

    @Test
    void anEmptyFile() throws IOException {
        rows("");
        assertRefused(words(), "train.jsonl", "no row");
    }

    @Test
    void aMissingFile() throws IOException {
        assertRefused(words("--data", folder.resolve("none.jsonl").toString()), "none.jsonl");
    }

    @Test
    void parquetWithoutDuckDb() throws IOException {
        Path file = Files.writeString(folder.resolve("rows.parquet"), "PAR1");
        assertRefused(
                words("--data", file.toString()),
                "rows.parquet is Parquet, which needs DuckDB",
                "ALIGN4J_MAVEN_ARGS=-Dparquet",
                "org.duckdb:duckdb_jdbc:");
    }

    @Test
    void everyRowDropped() throws IOException {
        rows(GOOD_ROW.replace("[8,2]", "[7,2]").repeat(3));
        assertRefused(words(), "None of the 3 rows can be used", "3 chosen equal to rejected");
    }

    @Test
    void answersThatAreEqualAreDroppedAndCounted() throws IOException {
        rows(GOOD_ROW.repeat(4) + GOOD_ROW.replace("[8,2]", "[7,2]"));
        AlignRuns.align(words());
        JsonNode manifest = AlignRuns.json(out.resolve("manifest.json"));
        assertThat(manifest.toString()).contains("\"read\":5", "\"used\":4");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --beta            | -1       | beta is -1.0 but must be positive
        --beta            | strong   | beta is "strong" but must be a number
        --lerning-rate    | 1e-4     | learning-rate
        --loss            | sigmoyd  | sigmoid
        --batch-size      | 0        | batch-size is 0
        --max-length      | 4096     | max-length is 4096
        --loss-weights    | 1,2      | loss-weights
        --label-smoothing | 0.7      | label-smoothing
        """)
    void anOptionThatIsWrong(String option, String value, String said) throws IOException {
        assertRefused(words(option, value), said);
    }

    @Test
    void moreTokensThanTheModelHasPositionsFor() throws IOException {
        assertRefused(words("--max-length", "129"), "max-length is 129", "positions for 128 tokens");
    }

    @Test
    void optionsThatConflict() throws IOException {
        assertRefused(words("--loss", "simpo", "--reference", "base"), "simpo", "reference");
        assertRefused(words("--epochs", "1", "--max-steps", "3"), "epochs", "max-steps");
        assertRefused(words("--method", "full", "--reference", "adapter"), "reference", "adapter");
    }

    @Test
    void aDirectoryThatIsNotEmpty() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("notes.txt"), "mine");
        assertRefused(words(), "out", "empty");
        assertThat(out.resolve("notes.txt")).hasContent("mine");
    }
}
