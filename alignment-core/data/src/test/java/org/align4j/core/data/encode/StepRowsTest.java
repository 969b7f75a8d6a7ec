package org.align4j.core.data.encode;

import static org.align4j.core.data.encode.TinyTokenizer.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Checkout;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers in steps, as text, messages and tokens. */
class StepRowsTest {
    private static final String GOOD = "{\"prompt\":\"q\",\"completions\":[\"one\",\"two\"],\"labels\":[true,false]}";
    private static final StepTokens GOOD_TOKENS =
            StepTokens.of(0, ids("q"), new int[][] {ids("one\n"), ids("two\n")}, new boolean[] {true, false});

    @TempDir
    Path folder;

    @BeforeEach
    void model() throws IOException {
        TinyTokenizer.write(folder, false, "{% for m in messages %}U:{{ m.content }};{% endfor %}A:");
    }

    private RowEncoder encoder(TooLong tooLong, int maxLength) {
        return new RowEncoder(
                () -> TextEncoder.load(folder, null, null, Map.of()),
                TinyTokenizer.SIZE,
                new RowRules(BadRows.ERROR, tooLong, maxLength));
    }

    private List<StepTokens> read(String row) throws IOException {
        return encoder(TooLong.ERROR, 99).steps(source(row), "\n").rows();
    }

    private RowSource source(String... rows) throws IOException {
        return RowSource.of(Files.write(folder.resolve("rows.jsonl"), List.of(rows)));
    }

    @Test
    void eachStepEndsWithTheSeparator() throws IOException {
        assertThat(read(GOOD)).containsExactly(GOOD_TOKENS);
        assertThat(read(GOOD.replace("true,false", "1,0"))).containsExactly(GOOD_TOKENS);
        assertThat(encoder(TooLong.ERROR, 99).steps(source(GOOD), "ab!").rows())
                .containsExactly(StepTokens.of(
                        0,
                        ids("q"),
                        new int[][] {ids("one", TinyTokenizer.AB, '!'), ids("two", TinyTokenizer.AB, '!')},
                        new boolean[] {true, false}));
        assertThat(GOOD_TOKENS.firstError()).isEqualTo(1);
    }

    @Test
    void messagesAndTokens() throws IOException {
        String messages = GOOD.replace("\"q\"", "[{\"role\":\"user\",\"content\":\"q\"}]");
        assertThat(read(messages).get(0).prompt()).isEqualTo(ids("U:q;A:"));
        assertThat(read(messages).get(0).completion()).isEqualTo(ids("one\ntwo\n"));
        assertThat(read("{\"prompt_ids\":[5],\"completions_ids\":[[6,7],[8]],\"labels\":[false,true]}"))
                .containsExactly(StepTokens.of(
                        0, new int[] {5}, new int[][] {{6, 7}, {8}}, new boolean[] {false, true}));
    }

    @Test
    void theFirstWholeRowShowsThatRowsAreSteps() throws IOException {
        assertThat(source("{broken", GOOD).stepwise()).isTrue();
        assertThat(source("{\"prompt_ids\":[5],\"completions_ids\":[[6]]}").stepwise())
                .isTrue();
        assertThat(source("{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}", GOOD)
                        .stepwise())
                .isFalse();
        Path renamed = Files.writeString(folder.resolve("renamed.jsonl"), GOOD.replace("completions", "parts"));
        assertThat(new RowSource(List.of(renamed), RowFormat.AUTO, Columns.parse("completions=parts")).stepwise())
                .isTrue();
        assertThat(new RowSource(List.of(renamed), RowFormat.STEPS, Columns.PLAIN).stepwise())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "labels":[true,false]           | "labels":[true]             | "labels" has 1 labels but "completions" has 2 steps
        "labels":[true,false]           | "labels":[true,2]           | "labels" has 2 for step 1
        "labels":[true,false]           | "labels":[true,"yes"]       | "labels" has yes for step 1
        "labels":[true,false]           | "labels":true               | "labels" is true but must be a list
        ,"labels":[true,false]          |                             | "labels" is missing
        "completions":["one","two"]     | "completions":[]            | "completions" is an empty list
        "completions":["one","two"]     | "completions":["one"," "]   | step 1 that is empty
        "completions":["one","two"]     | "completions":["one",2]     | step 1 that is 2 but must be text
        "completions":["one","two"]     | "completions":"one"         | "completions" is text but must be a list of steps
        "prompt":"q",                   |                             | "prompt" is missing
        """)
    void aRowThatIsWrongIsNamed(String part, String instead, String said) throws IOException {
        RowSource source = source(GOOD, GOOD.replace(part, instead == null ? "" : instead));
        assertThatThrownBy(() -> encoder(TooLong.ERROR, 99).steps(source, "\n"))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("rows.jsonl:2: ", said);
    }

    @Test
    void tokensThatAreWrongAreNamed() throws IOException {
        RowSource empty = source("{\"prompt_ids\":[5],\"completions_ids\":[[6],[]],\"labels\":[true,true]}");
        assertThatThrownBy(() -> encoder(TooLong.ERROR, 99).steps(empty, "\n"))
                .hasMessageContainingAll("rows.jsonl:1: ", "step 1 that is empty");
        RowSource unknown = source("{\"prompt_ids\":[5],\"completions_ids\":[[999]],\"labels\":[true]}");
        assertThatThrownBy(() -> encoder(TooLong.ERROR, 99).steps(unknown, "\n"))
                .hasMessageContainingAll("rows.jsonl:1: ", "999");
    }

    @Test
    void otherCommandsSayWhatTheRowIs() throws IOException {
        RowSource source = source(GOOD);
        assertThatThrownBy(() -> encoder(TooLong.ERROR, 99).pairs(source))
                .hasMessageContainingAll("format steps", "a preference row needs");
        assertThatThrownBy(() -> encoder(TooLong.ERROR, 99).responses(source))
                .hasMessageContainingAll("format steps", "a row to score needs");
        assertThat(encoder(TooLong.ERROR, 99).stepsOrResponses(source, "\n").rows())
                .hasSize(1);
        assertThat(encoder(TooLong.ERROR, 99).prompts(source).rows()).hasSize(1);
    }

    /** Prompt 1 token, steps of 4 each. */
    @Test
    void aLongRowKeepsWholeSteps() throws IOException {
        RowSource source = source(GOOD);
        StepTokens first =
                encoder(TooLong.KEEP_START, 8).steps(source, "\n").rows().get(0);
        assertThat(first).isEqualTo(StepTokens.of(0, ids("q"), new int[][] {ids("one\n")}, new boolean[] {true}));
        assertThatThrownBy(() -> encoder(TooLong.KEEP_START, 4).steps(source, "\n"))
                .hasMessageContaining("nothing left");
        RowSource longPrompt = source(GOOD.replace("\"q\"", "\"what\""));
        assertThat(encoder(TooLong.KEEP_END, 10)
                        .steps(longPrompt, "\n")
                        .rows()
                        .get(0)
                        .prompt())
                .isEqualTo(ids("at"));
    }

    @Test
    void theReportCountsSteps() throws IOException {
        RowReport report = encoder(TooLong.ERROR, 99)
                .steps(source(GOOD, GOOD.replace("false", "true")), "\n")
                .report();
        assertThat(report.steps()).isEqualTo(new RowReport.Steps(4, 3));
        assertThat(report.describe()).contains("format steps", "steps: 4, right: 75.0 %");
        RowReport alike = encoder(TooLong.ERROR, 99)
                .steps(source(GOOD.replace("false", "true")), "\n")
                .report();
        assertThat(alike.describe()).contains("All 2 steps are labelled true");
    }

    @Test
    void stepsThatContainTheSeparatorAreTold() throws IOException {
        String broken = GOOD.replace("one", "o\\ne");
        RowReport report = encoder(TooLong.ERROR, 99)
                .steps(source(GOOD, broken, GOOD, broken), "\n")
                .report();
        assertThat(report.noteSentences())
                .anySatisfy(warning -> assertThat(warning)
                        .contains("2 rows", "step-separator", "rows.jsonl:2, ", "rows.jsonl:4)", "cut there"));
        assertThat(encoder(TooLong.ERROR, 99)
                        .steps(source(GOOD, broken), "\n\n")
                        .report()
                        .noteSentences())
                .noneSatisfy(warning -> assertThat(warning).contains("step-separator"));
    }

    @Test
    void tokensEndsAndLabelsCountInTheHash() {
        String hash = DataHash.of(List.of(GOOD_TOKENS));
        int[] all = ids("one\ntwo\n");
        boolean[] labels = {true, false};
        assertThat(DataHash.of(List.of(new StepTokens(7, ids("q"), all, new int[] {4, 8}, labels))))
                .isEqualTo(hash);
        assertThat(DataHash.of(List.of(new StepTokens(0, ids("q"), all, new int[] {3, 8}, labels))))
                .isNotEqualTo(hash);
        assertThat(DataHash.of(List.of(new StepTokens(0, ids("q"), all, new int[] {4, 8}, new boolean[] {true, true}))))
                .isNotEqualTo(hash);
        assertThat(DataHash.of(List.of(new StepTokens(0, ids("q"), all, new int[] {4, 8}, null))))
                .isNotEqualTo(hash);
    }

    /**
     * TRL's tokenize_row on the same texts: {@code gen_prm.py} beside the reward traces wrote step-pieces.json. TRL puts a BOS first
     * wherever the tokenizer names one, here those that it puts first itself stand there; this one does both.
     */
    @Test
    void tokensAndLabelsAreThoseOfTrl() throws IOException {
        ObjectMapper json = new ObjectMapper();
        Path text = Checkout.resource("text", "text");
        RowEncoder encoder = new RowEncoder(
                () -> TextEncoder.load(text.resolve("tiny-chat"), null, null, Map.of()),
                1000,
                new RowRules(BadRows.ERROR, TooLong.ERROR, 999));
        JsonNode cases = json.readTree(text.resolve("step-pieces.json").toFile());
        assertThat(cases).hasSize(9);
        for (JsonNode each : cases) {
            StepTokens row = encoder.steps(
                            source(json.writeValueAsString(each)),
                            each.get("separator").textValue())
                    .rows()
                    .get(0);
            ArrayNode ids = json.createArrayNode();
            ArrayNode labels = json.createArrayNode();
            for (int id : row.prompt()) {
                ids.add(id);
                labels.add(-100);
            }
            List<Integer> ends = new ArrayList<>();
            for (int end : row.ends()) {
                ends.add(end);
            }
            for (int t = 0; t < row.completion().length; t++) {
                ids.add(row.completion()[t]);
                int step = ends.indexOf(t + 1);
                labels.add(step < 0 ? -100 : row.right(step) ? 1 : 0);
            }
            assertThat((JsonNode) ids).isEqualTo(each.get("input_ids"));
            assertThat((JsonNode) labels).isEqualTo(each.get("token_labels"));
        }
    }
}
