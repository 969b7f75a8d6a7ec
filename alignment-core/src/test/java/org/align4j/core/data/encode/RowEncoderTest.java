package org.align4j.core.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Token rows, so that nothing but the rules is at work. */
class RowEncoderTest {
    private static final int VOCABULARY = 100;

    @TempDir
    Path folder;

    @Test
    void tokenRowsPassAsTheyAreAndNoTokenizerIsAskedFor() throws IOException {
        EncodedRows<PairTokens> rows = encoder(BadRows.ERROR, null, 8)
                .pairs(source(
                        "{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4],\"rejected_ids\":[5],\"margin\":0.25}",
                        "{\"prompt_ids\":[99],\"chosen_ids\":[0],\"rejected_ids\":[1,2]}"));
        assertThat(rows.rows())
                .containsExactly(
                        new PairTokens(0, ids(1, 2), ids(3, 4), ids(5), 0.25),
                        new PairTokens(1, ids(99), ids(0), ids(1, 2), null));
        RowReport report = rows.report();
        assertThat(report.read()).isEqualTo(2);
        assertThat(report.used()).isEqualTo(2);
        assertThat(report.dropped()).isEmpty();
        assertThat(report.chosenLonger()).isEqualTo(0.5);
        assertThat(report.lengths().get("prompt")).isEqualTo(new RowReport.LengthStatistics(2, 3, 1, 2));
        assertThat(report.tokens()).isEqualTo(9);
        assertThat(report.describe()).contains("2 read, 2 used, 0 dropped", "format tokens", "Only 2 rows");
    }

    @Test
    void otherKindsOfTokenRows() throws IOException {
        String unpaired = "{\"prompt_ids\":[1,2],\"completion_ids\":[3],\"label\":true}";
        RowEncoder encoder = encoder(BadRows.ERROR, null, 8);
        assertThat(encoder.labelledCompletions(source(unpaired)).rows())
                .containsExactly(new CompletionTokens(0, ids(1, 2), ids(3), true));
        assertThat(encoder.texts(source(unpaired)).rows())
                .containsExactly(new TextTokens(0, ids(1, 2, 3), new boolean[] {false, false, true}));
        assertThat(encoder.prompts(source(unpaired)).rows()).containsExactly(new PromptTokens(0, ids(1, 2), null));
        List<TokenRow> responses = encoder.responses(source(
                        "{\"prompt_ids\":[1],\"completion_ids\":[3]}",
                        "{\"prompt_ids\":[1],\"chosen_ids\":[3],\"rejected_ids\":[4]}"))
                .rows();
        assertThat(responses).hasExactlyElementsOfTypes(CompletionTokens.class, PairTokens.class);
    }

    @Test
    void sidesThatAreEqualAreDroppedAndCounted() throws IOException {
        EncodedRows<PairTokens> rows =
                encoder(BadRows.ERROR, null, 8).pairs(source(pair(1, 2, 2), pair(1, 2, 3), pair(4, 5, 5)));
        assertThat(rows.rows()).extracting(PairTokens::row).containsExactly(1);
        assertThat(rows.report().dropped().get(DropReason.SIDES_EQUAL))
                .isEqualTo(new RowReport.Places(2, List.of(place(1), place(3))));
        assertThat(rows.drops()).extracting(Drop::row).containsExactly(0, 2);
        assertThat(rows.drops().get(0).detail()).isEqualTo("chosen equal to rejected");
    }

    @Test
    void aTokenOutsideTheVocabularyNamesTheRow() throws IOException {
        RowSource source = source(pair(1, 2, 3), pair(1, 2, 100));
        assertThatThrownBy(() -> encoder(BadRows.ERROR, null, 8).pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessage(place(2) + ": token id 100 is outside the model's vocabulary of 100; the rows, or the"
                        + " tokenizer, belong to another model.");
        assertThat(encoder(BadRows.DROP, null, 8)
                        .pairs(source)
                        .report()
                        .dropped()
                        .get(DropReason.BAD_ROW)
                        .first())
                .singleElement()
                .asString()
                .contains(":2: token id 100");
    }

    @Test
    void textNeedsATokenizer() throws IOException {
        RowSource source = source(pair(1, 2, 3));
        RowSource text = source("{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}");
        for (BadRows rule : BadRows.values()) {
            assertThatThrownBy(() -> encoder(rule, null, 8).pairs(text))
                    .isInstanceOf(InputException.class)
                    .hasMessage(
                            place(1)
                                    + ": this row is text, which needs a tokenizer and, where it holds messages, a template: model has no tokenizer.json.");
        }
        assertThat(source.files()).isEqualTo(text.files());
    }

    @Test
    void theFirstBadRowOfTheInputIsTheError() throws IOException {
        String[] lines = IntStream.range(0, 500).mapToObj(i -> pair(1, 2, 3)).toArray(String[]::new);
        lines[300] = "{\"prompt_ids\":[1],\"chosen_ids\":[2]}";
        lines[301] = "{";
        RowSource source = source(lines);
        assertThatThrownBy(() -> encoder(BadRows.ERROR, null, 8).pairs(source))
                .hasMessageStartingWith(place(301) + ": \"rejected_ids\" is missing");
        EncodedRows<PairTokens> rows = encoder(BadRows.DROP, null, 8).pairs(source);
        assertThat(rows.report().used()).isEqualTo(498);
        assertThat(rows.report().dropped().get(DropReason.BAD_ROW).count()).isEqualTo(2);
        assertThat(rows.drops()).extracting(Drop::row).containsExactly(300, 301);
    }

    @Test
    void everyRowDroppedIsAnError() throws IOException {
        RowSource source = source(pair(1, 2, 2), "{", pair(1, 2, 2));
        assertThatThrownBy(() -> encoder(BadRows.DROP, null, 8).pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("None of the 3 rows", "2 chosen equal to rejected", "1 bad row", place(1));
    }

    /** max-length 5, prompt 2: room for 3 tokens of answer. */
    @ParameterizedTest
    @CsvSource({"KEEP_START,1;2,3;4;5,6", "KEEP_END,2,3;4;5;7,6"})
    void longAnswersAreCut(TooLong rule, String prompt, String chosen, String rejected) throws IOException {
        RowSource source = source("{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4,5,7],\"rejected_ids\":[6]}");
        EncodedRows<PairTokens> rows = encoder(BadRows.ERROR, rule, 5).pairs(source);
        assertThat(rows.rows()).containsExactly(new PairTokens(0, list(prompt), list(chosen), list(rejected), null));
        assertThat(rows.report().truncated()).isEqualTo(1);
        assertThat(rows.report().warnings()).anyMatch(w -> w.contains("cut to max-length"));
    }

    @Test
    void longRowsAreDroppedOrRefused() throws IOException {
        String longRow = "{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4,5,7],\"rejected_ids\":[6]}";
        RowSource source = source(pair(1, 2, 3), longRow);
        assertThatThrownBy(() -> encoder(BadRows.DROP, TooLong.ERROR, 5).pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(place(2), "6 tokens", "max-length is 5", "keep-start");
        EncodedRows<PairTokens> rows = encoder(BadRows.ERROR, TooLong.DROP, 5).pairs(source);
        assertThat(rows.report().dropped().get(DropReason.TOO_LONG).count()).isEqualTo(1);
        assertThat(encoder(BadRows.ERROR, null, 6).pairs(source).report().used())
                .isEqualTo(2);
    }

    /** Two of ten is 20 %, three of ten is more. */
    @Test
    void manyLongRowsAreAnErrorUnlessAsked() throws IOException {
        String[] lines = IntStream.range(0, 10).mapToObj(i -> pair(1, 2, 3)).toArray(String[]::new);
        lines[4] = "{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4,5,7],\"rejected_ids\":[6]}";
        lines[5] = "{\"prompt_ids\":[1,2,3,4,5],\"chosen_ids\":[3],\"rejected_ids\":[6]}";
        assertThat(encoder(BadRows.ERROR, null, 5).pairs(source(lines)).report().used())
                .isEqualTo(8);
        lines[6] = lines[4];
        RowSource source = source(lines);
        assertThatThrownBy(() -> encoder(BadRows.ERROR, null, 5).pairs(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(place(5), "3 of 10 (30.0 %)", "max-length 5", "too-long");
        assertThat(encoder(BadRows.ERROR, TooLong.DROP, 5)
                        .pairs(source)
                        .report()
                        .used())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"DROP", "KEEP_START", "KEEP_END", "ERROR"})
    void aPromptThatFillsMaxLengthIsAlwaysDropped(TooLong rule) throws IOException {
        RowSource source =
                source(pair(1, 2, 3), "{\"prompt_ids\":[1,2,3,4,5],\"chosen_ids\":[3],\"rejected_ids\":[6]}");
        EncodedRows<PairTokens> rows = encoder(BadRows.ERROR, rule, 5).pairs(source);
        assertThat(rows.report().dropped()).containsOnlyKeys(DropReason.PROMPT_TOO_LONG);
    }

    @Test
    void whatCuttingLeavesMustMakeSense() throws IOException {
        String sameStart = "{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4,5],\"rejected_ids\":[3,4,6]}";
        String longAnswer = "{\"prompt_ids\":[1,2],\"chosen_ids\":[3,4,5,6,7,8],\"rejected_ids\":[3,4,6]}";
        assertThat(encoder(BadRows.ERROR, TooLong.KEEP_START, 4)
                        .pairs(source(sameStart, pair(1, 2, 3)))
                        .report()
                        .dropped())
                .containsOnlyKeys(DropReason.SIDES_EQUAL);
        assertThat(encoder(BadRows.ERROR, TooLong.KEEP_END, 4)
                        .pairs(source(longAnswer, pair(1, 2, 3)))
                        .report()
                        .dropped())
                .containsOnlyKeys(DropReason.NOTHING_LEFT);
    }

    @Test
    void textsAreCutToo() throws IOException {
        String row = "{\"prompt_ids\":[1,2],\"completion_ids\":[3,4,5,6]}";
        assertThat(encoder(BadRows.ERROR, TooLong.KEEP_START, 4)
                        .texts(source(row))
                        .rows())
                .containsExactly(new TextTokens(0, ids(1, 2, 3, 4), new boolean[] {false, false, true, true}));
        assertThat(encoder(BadRows.ERROR, TooLong.KEEP_END, 4)
                        .texts(source(row))
                        .rows())
                .containsExactly(new TextTokens(0, ids(3, 4, 5, 6), new boolean[] {true, true, true, true}));
        assertThat(encoder(BadRows.ERROR, TooLong.KEEP_START, 4)
                        .labelledCompletions(source(row.replace("}", ",\"label\":true}")))
                        .rows())
                .containsExactly(new CompletionTokens(0, ids(1, 2), ids(3, 4), true));
    }

    @Test
    void theOrderIsTheInputsWhateverTheThreadsDo() throws IOException {
        String[] lines =
                IntStream.range(0, 3000).mapToObj(i -> pair(1 + i % 90, 2, 3)).toArray(String[]::new);
        EncodedRows<PairTokens> rows = encoder(BadRows.ERROR, null, 8).pairs(source(lines));
        assertThat(rows.rows())
                .extracting(PairTokens::row)
                .isEqualTo(IntStream.range(0, 3000).boxed().toList());
        assertThat(rows.report().prompts()).isEqualTo(90);
    }

    @Test
    void lopsidedDataIsSaid() throws IOException {
        String[] good = IntStream.range(0, 60)
                .mapToObj(i -> "{\"prompt_ids\":[1],\"completion_ids\":[2],\"label\":true}")
                .toArray(String[]::new);
        assertThat(encoder(BadRows.ERROR, null, 8)
                        .labelledCompletions(source(good))
                        .report()
                        .warnings())
                .singleElement()
                .asString()
                .contains("All labels are true");
    }

    @Test
    void theReportAsValues() throws IOException {
        assertThat(encoder(BadRows.DROP, null, 8)
                        .pairs(source(pair(1, 2, 3), "{", pair(1, 2, 2)))
                        .report()
                        .toMap())
                .containsKeys("files", "tokens", "warnings", "chosen_longer")
                .doesNotContainKey("desirable")
                .containsEntry("read", 3)
                .containsEntry("used", 1)
                .hasEntrySatisfying(
                        "dropped",
                        dropped -> assertThat(dropped.toString())
                                .contains("bad row", "chosen equal to rejected", place(3)));
    }

    @Test
    void rulesAreChecked() {
        assertThatThrownBy(() -> new RowRules(BadRows.ERROR, null, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("max-length is 1");
    }

    private RowEncoder encoder(BadRows badRows, TooLong tooLong, int maxLength) {
        return new RowEncoder(RowEncoderTest::noTokenizer, VOCABULARY, new RowRules(badRows, tooLong, maxLength));
    }

    private static TextEncoder noTokenizer() {
        throw new InputException("model has no tokenizer.json.");
    }

    private RowSource source(String... lines) throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.write(file, List.of(lines), StandardCharsets.UTF_8);
        return RowSource.of(file);
    }

    private String place(int line) {
        return folder.resolve("rows.jsonl") + ":" + line;
    }

    private static String pair(int prompt, int chosen, int rejected) {
        return "{\"prompt_ids\":[" + prompt + "],\"chosen_ids\":[" + chosen + "],\"rejected_ids\":[" + rejected + "]}";
    }

    private static int[] list(String ids) {
        return Arrays.stream(ids.split(";")).mapToInt(Integer::parseInt).toArray();
    }

    private static int[] ids(int... ids) {
        return ids;
    }
}
