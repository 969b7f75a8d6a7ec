package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys beside a pair that say which answer is better: held to its order, and counted. */
class OrderKeysTest {
    private static final String PAIR = "\"prompt\":\"q\",\"chosen\":\"yes\",\"rejected\":\"no\"";
    private static final String NEUTRAL = "\"prompt\":\"q\",\"response_a\":\"yes\",\"response_b\":\"no\"";
    private static final String COLUMNS = "chosen=response_a,rejected=response_b";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"score_chosen\":7,\"score_rejected\":3.5",
                "\"chosen_score\":\"7\",\"rejected_score\":\"3.5\"",
                "\"chosen-rating\":5,\"rejected-rating\":4",
                "\"chosen_avg_rating\":5,\"rejected_avg_rating\":4",
                "\"rewardChosen\":-1,\"rewardRejected\":-2",
                "\"scores\":{\"chosen\":2,\"rejected\":1}",
                "\"winner\":\"chosen\"",
                "\"winner\":\"a\"",
                "\"winner\":\"model_a\"",
                "\"preferred\":\"yes\"",
                "\"winner\":\"gpt\",\"chosen_model\":\"gpt\",\"rejected_model\":\"opt\"",
                "\"winner\":\"b\",\"response_a\":\"no\",\"response_b\":\"yes\"",
                "\"label\":true"
            })
    void keysThatAgreeAreCounted(String keys) throws IOException {
        Rows rows = read("", PAIR, keys);
        assertThat(Rows.form(rows.only())).isEqualTo("PAIR Text");
        assertThat(rows.notes).singleElement().asString().contains("1: \"", " with the order of the pair", "not read");
        assertThat(rows.files.get(0).unread()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"score_chosen\":3,\"score_rejected\":7",
                "\"chosen_score\":\"3\",\"rejected_score\":\"7\"",
                "\"chosen-rating\":3,\"rejected-rating\":4",
                "\"scores\":{\"chosen\":1,\"rejected\":2}",
                "\"winner\":\"rejected\"",
                "\"winner\":\"b\"",
                "\"winner\":\"Model B\"",
                "\"preferred\":\"no\"",
                "\"winner\":\"opt\",\"chosen_model\":\"gpt\",\"rejected_model\":\"opt\"",
                "\"winner\":\"a\",\"response_a\":\"no\",\"response_b\":\"yes\"",
                "\"label\":false"
            })
    void keysThatContradictAreErrors(String keys) throws IOException {
        Rows rows = read("", PAIR, keys);
        assertThat(rows.rows).isEmpty();
        assertThat(rows.errors)
                .singleElement()
                .asString()
                .contains("one.jsonl:1: \"", "but \"chosen\" is the better answer", "swap the two answers");
    }

    @Test
    void bothValuesAreShown() throws IOException {
        assertThat(read("", PAIR, "\"score_chosen\":3,\"score_rejected\":7")
                        .errors
                        .get(0))
                .contains("\"score_chosen\" is 3 and \"score_rejected\" is 7", "the two keys");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tie", "both", "neither", "tie (bothbad)"})
    void aWinnerThatIsNoneIsAnError(String winner) throws IOException {
        assertThat(read("", PAIR, "\"winner\":\"" + winner + '"').errors)
                .singleElement()
                .asString()
                .contains(":1: \"winner\" is \"" + winner, "neither answer is better");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"score\":7",
                "\"rating\":[9,8]",
                "\"feedback\":\"Good.\"",
                "\"chosen_score\":7",
                "\"score_chosen\":null,\"score\":1",
                "\"winner\":\"llama\"",
                "\"label\":1"
            })
    void keysThatSayNothingOfTheOrderAreCounted(String keys) throws IOException {
        Rows rows = read("", PAIR, keys);
        assertThat(Rows.form(rows.only())).isEqualTo("PAIR Text");
        assertThat(rows.notes).singleElement().asString().contains("is given beside the pair and is not read");
    }

    @Test
    void equalScoresBesideAPairWithNamesAreCounted() throws IOException {
        Rows rows = read("", PAIR, "\"score_chosen\":7,\"score_rejected\":7");
        assertThat(Rows.form(rows.only())).isEqualTo("PAIR Text");
        assertThat(rows.notes).singleElement().asString().contains("find neither answer of the pair better");
    }

    /** The columns that the user named have no order in their names, so that the winner alone says it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"winner\":\"a\"                        | agrees",
                "\"winner\":\"model_a\"                  | agrees",
                "\"winner\":\"response_a\"               | agrees",
                "\"winner\":\"b\"                        | columns make \"response_a\" the better answer",
                "\"winner\":\"response_b\"               | columns make",
                "\"winner\":\"llama\"                    | does not say which of \"response_a\" and \"response_b\"",
                "\"preference\":2                        | does not say which",
                "\"label\":true                          | does not say which",
                "\"score_a\":2,\"score_b\":1             | agree",
                "\"score_a\":1,\"score_b\":2             | columns make",
                "\"score_a\":1,\"score_b\":1             | neither answer is better",
                "\"winner_a\":1,\"winner_b\":0           | agree",
                "\"winner_a\":0,\"winner_b\":1           | columns make",
                "\"labels\":1,\"score_A\":2,\"score_B\":1 | agree",
                "\"score\":3                             | is given beside"
            })
    void columnsWithoutAnOrderOfTheirOwn(String keys, String said) throws IOException {
        Rows rows = read(COLUMNS, NEUTRAL, keys);
        assertThat(String.join("\n", said.contains("agree") || said.contains("is given") ? rows.notes : rows.errors))
                .startsWith(said.contains("agree") || said.contains("is given") ? "1: " : folder.toString())
                .contains(said);
        assertThat(rows.rows).hasSize(rows.errors.isEmpty() ? 1 : 0);
    }

    @Test
    void numbersOfColumns() throws IOException {
        String pair = "\"prompt\":\"q\",\"response_0\":\"yes\",\"response_1\":\"no\"";
        String columns = "chosen=response_0,rejected=response_1";
        assertThat(read(columns, pair, "\"better_response_id\":0").notes)
                .singleElement()
                .asString()
                .contains("agrees");
        assertThat(read(columns, pair, "\"better_response_id\":1").errors)
                .singleElement()
                .asString()
                .contains("\"better_response_id\" is 1, but columns make \"response_0\" the better answer");
    }

    @Test
    void otherLayoutsAndRows() throws IOException {
        String yes = "[{\"role\":\"assistant\",\"content\":\"yes\"}]";
        String openAi = "\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]},\"preferred_output\":" + yes
                + ",\"non_preferred_output\":" + yes.replace("yes", "no");
        assertThat(read("", openAi, "\"winner\":\"b\"").errors)
                .singleElement()
                .asString()
                .contains("\"preferred_output\" is the better answer");
        assertThat(read("", openAi, "\"winner\":\"a\"").errors).isEmpty();
        String tokens = "\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]";
        assertThat(read("", tokens, "\"score_chosen\":1,\"score_rejected\":2").errors)
                .hasSize(1);
        String transcripts =
                "\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\",\"rejected\":\"\\n\\nHuman: a\\n\\nAssistant: c\"";
        assertThat(read("", transcripts, "\"winner\":\"b\"").errors).hasSize(1);
        assertThat(read("margin=score_chosen", PAIR, "\"score_chosen\":1").notes)
                .as("a key that is read")
                .isEmpty();
        Path file = Rows.write(folder, "one.jsonl", "{" + PAIR + ",\"winner\":\"b\"}");
        assertThat(Rows.form(Rows.read(RowKind.PROMPTS, file).only())).isEqualTo("PROMPT Text");
        assertThat(Rows.read(RowKind.RESPONSES, file).errors).hasSize(1);
        Path tie = Rows.write(folder, "one.jsonl", "{" + PAIR + ",\"winner\":\"tie\",\"tie\":true}");
        assertThat(Rows.form(Rows.read(RowKind.COMPARISONS, tie).only())).isEqualTo("TIE Text");
    }

    @Test
    void judgementsOfOneAnswer() throws IOException {
        Path file = Rows.write(
                folder,
                "one.jsonl",
                "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":false,\"rating\":1}",
                "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}");
        assertThat(Rows.read(RowKind.TEXTS, file).notes)
                .containsExactly(
                        "1: \"rating\" is given beside the answer and is not read",
                        "1: \"label\" is false, but every answer is learned, undesirable ones too");
        assertThat(Rows.read(RowKind.LABELLED_COMPLETIONS, file).notes)
                .isEqualTo(List.of("1: \"rating\" is given beside the answer and is not read"));
    }

    private Rows read(String columns, String pair, String keys) throws IOException {
        Path file = Rows.write(folder, "one.jsonl", "{" + pair + "," + keys + "}");
        return Rows.read(RowKind.PAIRS, RowFormat.AUTO, Columns.parse(columns), file);
    }
}
