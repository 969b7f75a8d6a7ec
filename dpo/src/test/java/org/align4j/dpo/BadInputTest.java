package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"question":"Go","chosen":"Sure! a","rejected":"Sure! b"}                   | columns prompt=question
        {"question":"Go","input":"x","chosen":"Sure! a","rejected":"Sure! b"}          | "question" and "input" are given
        {"promt":"Go","chosen":"Sure! a","rejected":"Sure! b"}                         | did you mean prompt instead of promt?
        {"prompt":"Go","chosn":"a","rejected":"b"}                                     | did you mean chosen instead of chosn?
        {"prompt":"Go","chosen":"a","rejeted":"b"}                                     | did you mean rejected instead of rejeted?
        {"prompt":"Go","choosen":"a","rejeted":"b"}                                    | did you mean chosen instead of choosen?
        {"prompt":"Go","chosen":"a","rejected":"b","winner":"b"}                       | "winner" is "b", but "chosen" is the better
        {"prompt":"Go","chosen":"a","rejected":"b","score_chosen":1,"score_rejected":2}| "score_chosen" is 1 and "score_rejected" is 2
        {"system":"a","prompt":[{"role":"system","content":"b"}],"chosen":[],"rejected":[]}| "chosen" is an empty list
        {"system":7,"prompt":"Go","chosen":"a","rejected":"b"}                         | "system" is 7 but must be text
        {"prompt":"Go","history":["a"],"chosen":"a","rejected":"b"}                    | "history" has text
        """)
    void aRowThatCouldBeMisreadIsRefused(String row, String said) throws IOException {
        rows("\n" + row + "\n");
        assertRefused(words(), "train.jsonl:2", said);
    }

    @Test
    void badRowsAreGroupedByTheirReason() throws IOException {
        String bad = "{\"prompt_ids\":[5,6],\"chosen_ids\":[7,2]}\n";
        rows(GOOD_ROW + bad.repeat(19) + "{\n" + GOOD_ROW.replace("[8,2]", "[320]") + bad.repeat(2));
        String log = Refusals.refusal(folder, words(), "train.jsonl");
        List<String> lines = log.strip().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .contains(
                        "train.jsonl:2: \"rejected_ids\" is missing",
                        "(21 such rows: also ",
                        "train.jsonl:3, ",
                        ", …)");
        assertThat(lines.get(1)).contains("train.jsonl:21:", "broken JSON");
        assertThat(lines.get(2)).contains("train.jsonl:22: token id 320");
        assertThat(lines.get(3)).isEqualTo("23 bad rows of 24; bad-rows drop leaves them out.");
    }

    /** A file of another kind: one sentence, a count and the command that fits. */
    @Test
    void aFileOfAnotherKindIsOneSentence() throws IOException {
        rows("{\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},{\"role\":\"assistant\",\"content\":\"a\"}]}\n"
                .repeat(40));
        List<String> lines =
                Refusals.refusal(folder, words(), "train.jsonl").strip().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .contains(
                        "train.jsonl:1: this row is of format messages",
                        "align sft learns from them",
                        "(40 such rows: also ");
        assertThat(lines.get(1)).isEqualTo("All 40 rows are bad.");
    }

    @Test
    void aFewBadRowsAreAllNamed() throws IOException {
        rows(GOOD_ROW + "{\n" + GOOD_ROW + GOOD_ROW.replace("[8,2]", "[320]"));
        List<String> lines =
                Refusals.refusal(folder, words(), "train.jsonl").strip().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).contains("train.jsonl:2:", "broken JSON");
        assertThat(lines.get(1)).contains("train.jsonl:4: token id 320");
        assertThat(lines.get(2)).isEqualTo("2 bad rows of 4; bad-rows drop leaves them out.");
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
