package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.ConversionRules.TieRule;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowLayoutTest {
    private static final String USER = "{\"role\":\"user\",\"content\":\"hi\"}";
    private static final String YES = "{\"role\":\"assistant\",\"content\":\"yes\"}";
    private static final String NO = "{\"role\":\"assistant\",\"content\":\"no\"}";

    @TempDir
    Path folder;

    @Test
    void tokenRows() throws IOException {
        Row pair =
                one(RowKind.PAIRS, "{\"prompt_ids\":[1,2],\"chosen_ids\":[3],\"rejected_ids\":[4,5],\"margin\":0.5}");
        assertThat((int[]) pair.prompt().json()).containsExactly(1, 2);
        assertThat((int[]) pair.chosen().json()).containsExactly(3);
        assertThat((int[]) pair.rejected().json()).containsExactly(4, 5);
        assertThat(pair.grades().margin()).isEqualTo(0.5);
        String unpaired = "{\"prompt_ids\":[1],\"completion_ids\":[2,3],\"label\":false,\"kl_completion_ids\":[9]}";
        Row completion = one(RowKind.LABELLED_COMPLETIONS, unpaired);
        assertThat((int[]) completion.chosen().json()).containsExactly(2, 3);
        assertThat(completion.label()).isFalse();
        assertThat(Rows.form(one(RowKind.PROMPTS, unpaired))).isEqualTo("PROMPT Tokens");
        assertThat(Rows.form(one(RowKind.ANY, "{\"prompt_ids\":[1]}"))).isEqualTo("PROMPT Tokens");
    }

    @Test
    void pairsOfText() throws IOException {
        assertThat(one(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"margin\":2}"))
                .isEqualTo(Rows.pair(origin(), "q", "a", "b", 2.0));
    }

    /** The space before the first difference belongs to the answers. */
    @Test
    void theCommonStartOfTextsIsThePrompt() throws IOException {
        assertThat(one(RowKind.PAIRS, "{\"chosen\":\"The sky is blue.\",\"rejected\":\"The sky is green.\"}"))
                .isEqualTo(Rows.pair(origin(), "The sky is", " blue.", " green.", null));
        assertThat(one(RowKind.PAIRS, "{\"chosen\":\"Say: yes\",\"rejected\":\"Say: yes or no\"}"))
                .isEqualTo(Rows.pair(origin(), "Say:", " yes", " yes or no", null));
        assertThat(one(RowKind.PAIRS, "{\"chosen\":\"a \uD83D\uDE00\",\"rejected\":\"a \uD83D\uDE01\"}"))
                .isEqualTo(Rows.pair(origin(), "a", " \uD83D\uDE00", " \uD83D\uDE01", null));
        assertThat(error(RowKind.PAIRS, "{\"chosen\":\"one\",\"rejected\":\"two\"}"))
                .contains("\"prompt\" is missing", "no start in common");
    }

    @Test
    void pairsOfMessages() throws IOException {
        Row explicit = one(
                RowKind.PAIRS,
                "{\"prompt\":[" + USER + "],\"chosen\":[" + YES + "],\"rejected\":[" + NO + "],\"tools\":\"[{}]\"}");
        assertThat(Rows.said(explicit.prompt())).containsExactly(Message.of("user", "hi"));
        assertThat(Rows.conversation(explicit.prompt()).tools()).hasSize(1);
        Row implied =
                one(RowKind.PAIRS, "{\"chosen\":[" + USER + "," + YES + "],\"rejected\":[" + USER + "," + NO + "]}");
        assertThat(Rows.said(implied.prompt())).isEqualTo(Rows.said(explicit.prompt()));
        assertThat(implied.chosen()).isEqualTo(explicit.chosen());
        assertThat(implied.rejected()).isEqualTo(explicit.rejected());
        Row repeated = one(
                RowKind.PAIRS,
                "{\"prompt\":\"hi\",\"chosen\":[" + USER + "," + YES + "],\"rejected\":[" + USER + "," + NO + "]}");
        assertThat(Rows.said(repeated.prompt())).isEqualTo(Rows.said(explicit.prompt()));
    }

    @Test
    void messagesThatDoNotFit() throws IOException {
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"prompt\":\"ho\",\"chosen\":[" + USER + "," + YES + "],\"rejected\":[" + USER + "," + NO
                                + "]}"))
                .contains("\"prompt\" is not the last message");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"hi\",\"chosen\":[" + YES + "],\"rejected\":[" + NO + "]}"))
                .contains("one form in a row");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":[" + USER + "],\"chosen\":\"yes\",\"rejected\":\"no\"}"))
                .contains("one form in a row");
        assertThat(error(RowKind.PAIRS, "{\"chosen\":[" + YES + "],\"rejected\":[" + NO + "]}"))
                .contains("share no first message");
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"prompt\":[" + USER + "," + YES + "],\"chosen\":[" + YES + "],\"rejected\":[" + NO + "]}"))
                .contains("ends with an assistant message");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":[" + USER + "],\"chosen\":[],\"rejected\":[" + NO + "]}"))
                .contains("\"chosen\" is an empty list");
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"prompt\":[{\"speaker\":\"human\",\"says\":\"hi\"}],\"chosen\":[" + YES + "],\"rejected\":["
                                + NO + "]}"))
                .contains("the keys speaker, says", "role (text) and content");
        assertThat(error(
                        RowKind.TEXTS,
                        "{\"messages\":[" + USER + ",{\"role\":\"assistant\",\"content\":\"a\",\"weight\":2}]}"))
                .contains(":1: \"messages\" has message 1", "weight");
    }

    @Test
    void unpaired() throws IOException {
        assertThat(one(RowKind.LABELLED_COMPLETIONS, "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}"))
                .isEqualTo(Rows.answer(origin(), "q", "a", true));
        Row messages = one(RowKind.LABELLED_COMPLETIONS, "{\"messages\":[" + USER + "," + YES + "],\"label\":false}");
        assertThat(Rows.said(messages.prompt())).containsExactly(Message.of("user", "hi"));
        assertThat(Rows.said(messages.chosen())).containsExactly(Message.of("assistant", "yes"));
        assertThat(error(RowKind.LABELLED_COMPLETIONS, "{\"prompt\":\"q\",\"completion\":\"a\"}"))
                .contains("\"label\" is missing");
        assertThat(error(RowKind.LABELLED_COMPLETIONS, "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":\"good\"}"))
                .contains("\"label\" is good", "true");
        assertThat(one(RowKind.RESPONSES, "{\"prompt\":\"q\",\"completion\":\"a\"}"))
                .isEqualTo(Rows.answer(origin(), "q", "a", null));
    }

    @Test
    void textsToLearn() throws IOException {
        assertThat(one(RowKind.TEXTS, "{\"text\":\"t\"}")).isEqualTo(Rows.text(origin(), "t"));
        assertThat(one(RowKind.TEXTS, "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}"))
                .isEqualTo(Rows.answer(origin(), "q", "a", true));
        assertThat(Rows.form(one(RowKind.TEXTS, "{\"messages\":[" + USER + "," + YES + "],\"label\":true}")))
                .isEqualTo("TEXT Conversation");
        assertThat(error(RowKind.TEXTS, "{\"messages\":[" + USER + "]}")).contains("no assistant message");
        assertThat(error(
                        RowKind.TEXTS,
                        "{\"messages\":[" + USER + ",{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}]}"))
                .contains("no assistant message of weight 1");
    }

    @Test
    void prompts() throws IOException {
        assertThat(one(RowKind.PROMPTS, "{\"prompt\":\"q\"}")).isEqualTo(Rows.prompt(origin(), "q", Map.of()));
        assertThat(one(RowKind.PROMPTS, "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"\"}"))
                .isEqualTo(Rows.prompt(origin(), "q", Map.of("chosen", "a", "rejected", "")));
        assertThat(Rows.form(one(RowKind.PROMPTS, "{\"prompt\":[" + USER + "]}")))
                .isEqualTo("PROMPT Conversation");
        assertThat(Rows.form(one(RowKind.PROMPTS, "{\"messages\":[" + USER + "]}")))
                .isEqualTo("PROMPT Conversation");
        assertThat(one(RowKind.PROMPTS, "{\"chosen\":\"Is it blue?\",\"rejected\":\"Is it red?\"}"))
                .isEqualTo(Rows.prompt(origin(), "Is it", Map.of()));
        assertThat(error(RowKind.PROMPTS, "{\"messages\":[" + USER + "," + YES + "]}"))
                .contains("ends with an assistant");
    }

    @Test
    void openAi() throws IOException {
        Row pair = one(
                RowKind.PAIRS,
                "{\"input\":{\"messages\":[" + USER + "],\"tools\":[{\"a\":1}]},\"preferred_output\":[" + YES
                        + "],\"non_preferred_output\":[" + NO + "]}");
        assertThat(Rows.said(pair.prompt())).hasSize(1);
        assertThat(Rows.conversation(pair.prompt()).tools()).hasSize(1);
        assertThat(Rows.said(pair.chosen())).containsExactly(Message.of("assistant", "yes"));
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"input\":{},\"preferred_output\":[" + YES + "],\"non_preferred_output\":[" + NO + "]}"))
                .contains("\"messages\" is missing");
    }

    @Test
    void transcripts() throws IOException {
        Row pair = one(
                RowKind.PAIRS,
                "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\\n\\nHuman: c\\n\\nAssistant: good \","
                        + "\"rejected\":\"\\n\\nHuman: a\\n\\nAssistant: b\\n\\nHuman: c\\n\\nAssistant: bad\"}");
        assertThat(Rows.form(pair)).isEqualTo("PAIR Transcript");
        assertThat(((Transcript) pair.prompt()).text()).endsWith("\n\nHuman: c\n\nAssistant:");
        assertThat(pair.chosen().json()).isEqualTo(" good ");
        assertThat(Rows.said(pair.prompt()))
                .containsExactly(Message.of("user", "a"), Message.of("assistant", "b"), Message.of("user", "c"));
        assertThat(Rows.said(pair.spoken().chosen())).containsExactly(Message.of("assistant", "good"));
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: \",\"rejected\":\"\\n\\nHuman:"
                                + " a\\n\\nAssistant: b\"}"))
                .contains("\"chosen\" is empty");
        assertThat(error(RowKind.PAIRS, "{\"chosen\":\"\\n\\nHuman: a\",\"rejected\":\"\\n\\nHuman: b\"}"))
                .contains("no \\n\\nAssistant:");
        assertThat(error(
                        RowKind.PAIRS,
                        "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\\n\\nAssistant: c\",\"rejected\":"
                                + "\"\\n\\nHuman: a\\n\\nAssistant: b\\n\\nAssistant: d\"}"))
                .contains("no question before");
    }

    @Test
    void columnsAreRenamed() throws IOException {
        Columns columns = Columns.parse("prompt=question, chosen=response_j ,rejected=response_k");
        Path file = Rows.write(
                folder,
                "a.jsonl",
                "{\"question\":\"q\",\"response_j\":\"a\",\"response_k\":\"b\",\"id\":7}",
                "{\"question\":\"q\",\"response_j\":\"a\"}");
        Rows rows = Rows.read(RowKind.PAIRS, RowFormat.AUTO, columns, file);
        assertThat(rows.rows).containsExactly(Rows.pair(new Origin(file.toString(), 1, 0), "q", "a", "b", null));
        assertThat(rows.errors).singleElement().asString().contains(":2: \"response_k\" is missing");
        assertThat(rows.files.get(0).unread()).containsExactly("id");
        assertThat(Columns.parse("")).isEqualTo(Columns.PLAIN);
        assertThatThrownBy(() -> Columns.parse("promt=question"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"promt\"");
        assertThatThrownBy(() -> Columns.parse("prompt")).hasMessageContaining("prompt=question");
        assertThatThrownBy(() -> Columns.parse("prompt=a,prompt=b")).hasMessageContaining("twice");
    }

    @Test
    void aRowThatDoesNotFitTheFilesLayoutIsReadByItsOwnKeys() throws IOException {
        Path file = Rows.write(
                folder,
                "a.jsonl",
                "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}",
                "{\"text\":\"t\"}",
                "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}",
                "{\"instruction\":\"i\",\"chosen_response\":\"c\",\"rejected_response\":\"d\"}",
                "{\"chosen\":\"\\n\\nHuman: h\\n\\nAssistant: e\",\"rejected\":\"\\n\\nHuman: h\\n\\nAssistant: f\"}",
                "{\"prompt\":\"r\",\"chosen\":\"g\"}");
        Rows rows = Rows.read(RowKind.PAIRS, file);
        assertThat(rows.rows)
                .extracting(Rows::form)
                .containsExactly("PAIR Text", "PAIR Tokens", "PAIR Text", "PAIR Transcript");
        assertThat(rows.errors)
                .satisfiesExactly(
                        e -> assertThat(e).contains(":2: \"chosen\" is missing", "format pairs", "the keys text"),
                        e -> assertThat(e).contains(":6: \"rejected\" is missing", "format pairs"));
        String unlike = ", while the file's first usable row is of format pairs";
        assertThat(rows.notes)
                .containsExactly(
                        "3: the keys are those of format tokens" + unlike,
                        "4: the keys are those of format argilla" + unlike,
                        "5: the keys are those of format hh" + unlike);
        assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.PAIRS);
        Path other = Rows.write(folder, "b.jsonl", "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}");
        Rows both = Rows.read(RowKind.PAIRS, file, other);
        assertThat(both.rows).hasSize(5);
        assertThat(both.notes).hasSize(3);
    }

    /** What the first row of a file is doesn't decide how many of the others are used. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text\":\"t\"}",
                "{\"instruction\":\"i\",\"input\":\"\",\"output\":\"o\"}",
                "{\"instruction\":\"i\",\"chosen_response\":\"c\",\"rejected_response\":\"d\"}",
                "{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"i\"}]},"
                        + "\"preferred_output\":[{\"role\":\"assistant\",\"content\":\"c\"}],"
                        + "\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"d\"}]}"
            })
    void trainingDoctorAndConvertTakeTheSameRowsOfAFile(String first) throws IOException {
        List<String> lines = new ArrayList<>(List.of(first));
        for (int i = 0; i < 9; i++) {
            lines.add("{\"prompt\":\"q" + i + "\",\"chosen\":\"a\",\"rejected\":\"b\"}");
        }
        for (boolean last : new boolean[] {false, true}) {
            if (last) {
                lines.add(lines.remove(0));
            }
            Path file = Rows.write(folder, "mixed-" + last + ".jsonl", lines.toArray(String[]::new));
            int used = first.contains("rejected") || first.contains("preferred") ? 10 : 9;
            assertThat(Rows.read(RowKind.PAIRS, file).rows).as("training").hasSize(used);
            assertThat(Rows.read(new LogSource(RowSource.of(file)).kind(file), file).rows)
                    .as("doctor")
                    .hasSize(used);
            List<Object> written = new ArrayList<>();
            ConversionRules rules =
                    new ConversionRules(TargetLayout.PAIRS, List.of(), null, null, TieRule.DROP, BadRows.DROP);
            Conversion conversion = Converter.convert(RowSource.of(file), rules, written::add, rows -> {});
            assertThat(written).as("convert").hasSize(used);
            assertThat(conversion.leftOut()).hasSize(10 - used);
        }
    }

    @Test
    void aNamedFormatIsHeldTo() throws IOException {
        String transcripts =
                "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\",\"rejected\":\"\\n\\nHuman: a\\n\\nAssistant: c\"}";
        Path file = Rows.write(folder, "a.jsonl", transcripts);
        assertThat(Rows.form(Rows.read(RowKind.PAIRS, RowFormat.PAIRS, Columns.PLAIN, file)
                        .only()))
                .isEqualTo("PAIR Text");
        assertThat(Rows.read(RowKind.PAIRS, RowFormat.OPENAI, Columns.PLAIN, file).errors)
                .singleElement()
                .asString()
                .contains("\"input\" is missing", "format openai");
        assertThat(Rows.read(RowKind.TEXTS, RowFormat.PAIRS, Columns.PLAIN, file).errors)
                .singleElement()
                .asString()
                .contains("this row is of format pairs", "learn from");
    }

    @Test
    void whatIsMissingOrWrongIsSaid() throws IOException {
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":\"a\"}"))
                .startsWith(folder.resolve("one.jsonl") + ":1: \"rejected\" is missing; a preference row needs prompt,"
                        + " chosen and rejected")
                .contains("the keys prompt, chosen");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":null}"))
                .contains("\"rejected\" is null");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":\" \",\"rejected\":\"b\"}"))
                .contains("\"chosen\" is empty", "bad-rows drop");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":7,\"rejected\":\"b\"}"))
                .contains("\"chosen\" is 7", "a list of messages");
        assertThat(error(RowKind.PAIRS, "{\"question\":\"q\",\"answer\":\"a\"}"))
                .contains("the keys question, answer", "a preference row needs", "columns");
        assertThat(error(RowKind.PAIRS, "{}")).contains("no key");
        assertThat(error(RowKind.PAIRS, "{\"prompt_ids\":[1],\"chosen_ids\":[2.5],\"rejected_ids\":[3]}"))
                .contains("\"chosen_ids\" has 2.5 at place 0");
        assertThat(error(RowKind.PAIRS, "{\"prompt_ids\":[1],\"chosen_ids\":[-2],\"rejected_ids\":[3]}"))
                .contains("-2");
        assertThat(error(RowKind.PAIRS, "{\"prompt_ids\":[1],\"chosen_ids\":[3000000000],\"rejected_ids\":[3]}"))
                .contains("3000000000");
        assertThat(error(RowKind.PAIRS, "{\"prompt_ids\":[],\"chosen_ids\":[2],\"rejected_ids\":[3]}"))
                .contains("\"prompt_ids\" is empty");
        assertThat(error(RowKind.PAIRS, "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"margin\":\"x\"}"))
                .contains("\"margin\" is text but must be a number");
    }

    private Row one(RowKind kind, String line) throws IOException {
        return Rows.read(kind, Rows.write(folder, "one.jsonl", line)).only();
    }

    private String error(RowKind kind, String line) throws IOException {
        Rows rows = Rows.read(kind, Rows.write(folder, "one.jsonl", line));
        assertThat(rows.rows).isEmpty();
        return rows.errors.get(0);
    }

    private Origin origin() {
        return new Origin(folder.resolve("one.jsonl").toString(), 1, 0);
    }

    /** A misspelt key that a row can do without is counted, one that it needs is an error; both say what was meant. */
    @Test
    void mistypedKeys() throws IOException {
        String pair = "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"X\":1}";
        Rows rows = Rows.read(
                RowKind.PAIRS,
                Rows.write(folder, "one.jsonl", pair.replace("X", "margn"), pair.replace("X", "prompt_id")));
        assertThat(rows.rows).hasSize(2);
        assertThat(rows.notes).containsExactly("1: \"margn\" is not read; did you mean margin? Else take it out");
        assertThat(error(RowKind.PAIRS, pair.replace("rejected", "rejeted")))
                .contains(":1: \"rejected\" is missing", "did you mean rejected instead of rejeted?");
        assertThat(error(RowKind.PAIRS, pair.replace("rejected", "reject").replace("chosen", "choosen")))
                .contains("format text", "did you mean chosen instead of choosen?");
        assertThat(error(RowKind.LABELLED_COMPLETIONS, "{\"prompt\":\"q\",\"completion\":\"a\",\"lable\":true}"))
                .contains("\"label\" is missing", "did you mean label instead of lable?");
        assertThat(error(RowKind.PAIRS, pair.replace("rejected", "worse")))
                .contains("\"rejected\" is missing")
                .doesNotContain("did you mean");
    }

    @Test
    void noBreakSpacesAreSpace() {
        assertThat(Whitespace.strip("\u00a0 a\u00a0b\n\u2003")).isEqualTo("a\u00a0b");
        assertThat(List.of(Whitespace.only("\u00a0\t"), Whitespace.only("x"))).containsExactly(true, false);
    }
}
