package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LLaMA-Factory's ShareGPT pairs, and single messages where a list of one is meant. */
class ShareGptTest {
    private static final Message HI = Message.of("user", "hi");
    private static final Message YES = Message.of("assistant", "yes");
    private static final String ANSWERS =
            "\"chosen\":{\"from\":\"gpt\",\"value\":\"yes\"},\"rejected\":{\"from\":\"gpt\",\"value\":\"no\"}";

    @TempDir
    Path folder;

    @Test
    void pairsAreRead() throws IOException {
        Rows rows = read(
                RowKind.PAIRS,
                "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"}]," + ANSWERS
                        + ",\"system\":\"Be brief.\",\"tools\":\"[{\\\"name\\\":\\\"f\\\"}]\"}");
        Row pair = rows.only();
        assertThat(Rows.said(pair.prompt())).containsExactly(Message.of("system", "Be brief."), HI);
        assertThat(Rows.conversation(pair.prompt()).tools()).hasSize(1);
        assertThat(Rows.said(pair.chosen())).containsExactly(YES);
        assertThat(Rows.said(pair.rejected())).containsExactly(Message.of("assistant", "no"));
        assertThat(rows.files.get(0).unread()).isEmpty();
        assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.PAIRS);
    }

    @Test
    void aPairsPromptCanBeAnswered() throws IOException {
        Row prompt = read(
                        RowKind.PROMPTS, "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"}]," + ANSWERS + "}")
                .only();
        assertThat(Rows.said(prompt.prompt())).containsExactly(HI);
    }

    @Test
    void callsAndWhatTheyFindKeepTheirPlace() throws IOException {
        String call = "{\\\"name\\\":\\\"add\\\",\\\"arguments\\\":{\\\"a\\\":1}}";
        Row pair = read(
                        RowKind.PAIRS,
                        "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"},{\"from\":\"function_call\",\"value\":\""
                                + call + "\"},{\"from\":\"observation\",\"value\":\"3\"}]," + ANSWERS + "}")
                .only();
        Message called = Rows.said(pair.prompt()).get(1);
        assertThat(called.role()).isEqualTo("assistant");
        assertThat(called.fields().get("tool_calls"))
                .isEqualTo(List.of(
                        Map.of("type", "function", "function", Map.of("name", "add", "arguments", Map.of("a", 1)))));
        assertThat(Rows.said(pair.prompt()).get(2)).isEqualTo(Message.of("tool", "3"));
    }

    @Test
    void whatIsNoMessageIsRefused() throws IOException {
        String row = "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"}]," + ANSWERS + "}";
        assertThat(error(row.replace("human", "alien")))
                .contains(":1: \"conversations\" has message 0 where \"from\" is alien", "human, gpt");
        assertThat(error(row.replace("\"hi\"", "7"))).contains("message 0 where \"value\" is 7 but must be text");
        assertThat(error(row.replace("human", "gpt"))).contains("ends with an assistant message");
        assertThat(error(row.replace("human", "function_call"))).contains("a function_call is hi but must be JSON");
        assertThat(error(row.replace("human", "function_call").replace("\"hi\"", "\"null\"")))
                .contains("a function_call is null but must be JSON");
        assertThat(
                        error(
                                "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"}],\"chosen\":\"yes\",\"rejected\":\"no\"}"))
                .contains("\"conversations\" holds messages but", "one form");
        assertThat(error(row.replace("\"yes\"", "\" \""))).contains("\"chosen\" is empty");
    }

    @Test
    void oneObjectIsAListOfOneMessage() throws IOException {
        String user = "{\"role\":\"user\",\"content\":\"hi\"}";
        String yes = "{\"role\":\"assistant\",\"content\":\"yes\"}";
        Row pair = read(
                        RowKind.PAIRS,
                        "{\"prompt\":" + user + ",\"chosen\":" + yes + ",\"rejected\":" + yes.replace("yes", "no")
                                + "}")
                .only();
        assertThat(Rows.said(pair.prompt())).containsExactly(HI);
        assertThat(Rows.said(pair.chosen())).containsExactly(YES);
        assertThat(Rows.said(read(
                                RowKind.LABELLED_COMPLETIONS,
                                "{\"prompt\":" + user + ",\"completion\":" + yes + ",\"label\":true}")
                        .only()
                        .chosen()))
                .containsExactly(YES);
        assertThat(Rows.said(read(RowKind.PROMPTS, "{\"prompt\":" + user + "}")
                        .only()
                        .prompt()))
                .containsExactly(HI);
        Row openAi = read(
                        RowKind.PAIRS,
                        "{\"input\":{\"messages\":" + user + "},\"preferred_output\":" + yes
                                + ",\"non_preferred_output\":" + yes.replace("yes", "no") + "}")
                .only();
        assertThat(Rows.said(openAi.chosen())).containsExactly(YES);
        assertThat(error("{\"prompt\":" + user + ",\"chosen\":{\"says\":\"yes\"},\"rejected\":" + yes + "}"))
                .contains("\"chosen\" is an object but must be a list of messages");
    }

    /** The lines of a transcript may have been stripped of the breaks before the first of them. */
    @Test
    void transcriptsWithoutTheirLeadingLineBreaks() throws IOException {
        String whole = "{\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: good\","
                + "\"rejected\":\"\\n\\nHuman: a\\n\\nAssistant: bad\"}";
        Rows expected = read(RowKind.PAIRS, whole);
        for (String start : List.of("", "\\n", " ")) {
            Rows rows = read(RowKind.PAIRS, whole.replace("\\n\\nHuman", start + "Human"));
            assertThat(rows.only()).isEqualTo(expected.only());
            assertThat(rows.files.get(0).layout()).isEqualTo(RowFormat.HH);
        }
        Rows mixed = read(RowKind.PAIRS, whole.replace("{\"chosen\":\"\\n\\n", "{\"chosen\":\""));
        assertThat(mixed.only()).isEqualTo(expected.only());
        String noAnswer = "{\"chosen\":\"Human: a b\",\"rejected\":\"Human: a c\"}";
        assertThat(Rows.form(read(RowKind.PAIRS, noAnswer).only())).isEqualTo("PAIR Text");
    }

    private String error(String line) throws IOException {
        Rows rows = read(RowKind.PAIRS, line);
        assertThat(rows.rows).isEmpty();
        return rows.errors.get(0);
    }

    private Rows read(RowKind kind, String line) throws IOException {
        return Rows.read(kind, Rows.write(folder, "one.jsonl", line));
    }
}
