package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts that stand under other names, and what belongs to a prompt: system text, input, earlier turns, tools. */
class PromptPartsTest {
    private static final Message HI = Message.of("user", "hi");
    private static final Message RULES = Message.of("system", "Be brief.");
    private static final String ANSWERS =
            "\"chosen\":\"Sure! 45 kilometers is 28 miles.\",\"rejected\":\"Sure! 45 kilometers is far.\"";
    private static final String USER = "{\"role\":\"user\",\"content\":\"hi\"}";
    private static final String YES = "{\"role\":\"assistant\",\"content\":\"yes\"}";
    private static final String NO = "{\"role\":\"assistant\",\"content\":\"no\"}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "question",
                "query",
                "Prompt-Text",
                "userPrompt",
                "input",
                "messages",
                "conversations",
                "conversation",
                "problem",
                "text",
                "promt"
            })
    void theSharedStartOfAnswersIsNoPromptBesideAKeyThatMayHoldIt(String key) throws IOException {
        String value = key.startsWith("con") || key.equals("messages") ? "[" + USER + "]" : "\"How far is it?\"";
        assertThat(errors("", "{\"" + key + "\":" + value + "," + ANSWERS + "}"))
                .singleElement()
                .asString()
                .contains("one.jsonl:1: \"" + key + '"')
                .containsAnyOf("--columns prompt=" + key, "did you mean prompt", "use one form");
        assertThat(read("", "{\"" + key + "\":" + (value.startsWith("[") ? "[]" : "\" \"") + "," + ANSWERS + "}").rows)
                .as("a key that says nothing")
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "history", "system", "system_prompt"})
    void aPartOfAPromptIsNoPromptEither(String key) throws IOException {
        assertThat(errors("", "{\"" + key + "\":\"Be brief.\"," + ANSWERS + "}"))
                .singleElement()
                .asString()
                .contains("one.jsonl:1: \"" + key + "\" is given beside the answers", "give the prompt");
    }

    @Test
    void allKeysAreNamedAndTheLikeliestIsOffered() throws IOException {
        assertThat(errors("", "{\"input\":\"26\",\"question\":\"Convert.\",\"source\":\"web\"," + ANSWERS + "}"))
                .singleElement()
                .asString()
                .contains("\"input\" and \"question\" are given", "--columns prompt=question");
    }

    @Test
    void aKeyThatRepeatsTheSharedStartIsNoOtherPrompt() throws IOException {
        Rows rows = read("", "{\"question\":\"45 kilometers\"," + ANSWERS + "}");
        assertThat(rows.only().prompt().json()).isEqualTo("Sure! 45 kilometers is");
        String whole = "\"chosen\":[" + USER + "," + YES + "],\"rejected\":[" + USER + "," + NO + "]";
        assertThat(Rows.form(read("", "{\"question\":\"hi\",\"messages\":[" + USER + "," + YES + "]," + whole + "}")
                        .only()))
                .isEqualTo("PAIR Conversation");
        assertThat(errors("", "{\"question\":\"ho\"," + whole + "}"))
                .singleElement()
                .asString()
                .contains("\"question\" is given beside", "--columns prompt=question");
    }

    /** Written by many tools for what a row doesn't have. */
    @Test
    void aKeyWithoutAValueIsNoOtherPrompt() throws IOException {
        assertThat(read("", "{\"system\":null,\"question\":null," + ANSWERS + "}")
                        .only()
                        .prompt()
                        .json())
                .isEqualTo("Sure! 45 kilometers is");
        assertThat(errors("", "{\"system\":null,\"question\":\"Convert.\"," + ANSWERS + "}"))
                .singleElement()
                .asString()
                .contains("\"question\" is given beside", "--columns prompt=question");
    }

    @Test
    void anEmptyPromptIsNoneBesideAKeyThatMayHoldIt() throws IOException {
        assertThat(errors("", "{\"prompt\":\" \",\"question\":\"Where?\",\"chosen\":\"a\",\"rejected\":\"b\"}"))
                .singleElement()
                .asString()
                .contains(":1: \"question\" is given beside", "--columns prompt=question");
        assertThat(read("", "{\"prompt\":\"\",\"chosen\":\"a\",\"rejected\":\"b\"}").rows)
                .hasSize(1);
    }

    @Test
    void aNamedPromptThatIsMissingIsNotGuessed() throws IOException {
        assertThat(errors("prompt=ask", "{" + ANSWERS + "}"))
                .singleElement()
                .asString()
                .contains(":1: \"ask\" is missing");
    }

    @Test
    void alpacasInputGoesOnAfterItsInstruction() throws IOException {
        String row = "{\"instruction\":\"Add.\",\"input\":\"1 and 2\",\"chosen\":\"3\",\"rejected\":\"4\"}";
        Rows rows = read("prompt=instruction", row);
        assertThat(rows.only().prompt().json()).isEqualTo("Add.\n1 and 2");
        assertThat(rows.files.get(0).unread()).isEmpty();
        assertThat(read("prompt=instruction", row.replace("1 and 2", " "))
                        .only()
                        .prompt()
                        .json())
                .isEqualTo("Add.");
        assertThat(read("prompt=instruction", row.replace("Add.", ""))
                        .only()
                        .prompt()
                        .json())
                .isEqualTo("1 and 2");
        assertThat(read(RowKind.TEXTS, "prompt=instruction,completion=chosen", row)
                        .only()
                        .prompt()
                        .json())
                .isEqualTo("Add.\n1 and 2");
        assertThat(read(RowKind.PROMPTS, "prompt=instruction", row)
                        .only()
                        .prompt()
                        .json())
                .isEqualTo("Add.\n1 and 2");
        assertThat(errors("prompt=instruction", row.replace("\"1 and 2\"", "[1,2]")))
                .singleElement()
                .asString()
                .contains("\"input\" is a list but must be text");
    }

    @Test
    void anInputWhoseMeaningIsUnclearIsRefused() throws IOException {
        String row = "{\"question\":\"Add.\",\"input\":\"1 and 2\",\"chosen\":\"3\",\"rejected\":\"4\"}";
        assertThat(errors("prompt=question", row))
                .singleElement()
                .asString()
                .contains(":1: \"input\" is given beside \"question\"", "--columns input=input");
        assertThat(read("prompt=question,input=input", row).only().prompt().json())
                .isEqualTo("Add.\n1 and 2");
        String alpaca = row.replace("question", "instruction");
        assertThat(errors("prompt=input", alpaca))
                .singleElement()
                .asString()
                .contains(":1: \"instruction\" is given beside \"input\"", "--columns prompt=instruction");
    }

    @Test
    void alpacasSystemAndHistoryMakeMessagesOfTheRow() throws IOException {
        Rows rows = read(
                "prompt=instruction",
                "{\"instruction\":\"Add.\",\"input\":\"2\",\"system\":\"Be brief.\","
                        + "\"history\":[[\"Hi\",\"Hello\"],[\"Ready?\",\"Yes\"]],\"chosen\":\"3\",\"rejected\":\"4\"}",
                "{\"instruction\":\"hi\",\"input\":\"\",\"system\":\"\",\"history\":[],\"chosen\":\"yes\","
                        + "\"rejected\":\"no\"}");
        assertThat(rows.errors).isEmpty();
        Row pair = rows.rows.get(0);
        assertThat(Rows.said(pair.prompt()))
                .containsExactly(
                        RULES,
                        Message.of("user", "Hi"),
                        Message.of("assistant", "Hello"),
                        Message.of("user", "Ready?"),
                        Message.of("assistant", "Yes"),
                        Message.of("user", "Add.\n2"));
        assertThat(Rows.said(pair.chosen())).containsExactly(Message.of("assistant", "3"));
        assertThat(Rows.said(pair.rejected())).containsExactly(Message.of("assistant", "4"));
        assertThat(Rows.said(rows.rows.get(1).prompt())).containsExactly(HI);
        assertThat(rows.notes)
                .containsExactly(
                        "1: \"system\" is given beside plain text, so that prompt and answers are read as messages",
                        "2: \"system\" is given beside plain text, so that prompt and answers are read as messages");
        assertThat(rows.files.get(0).unread()).isEmpty();
    }

    @Test
    void aHistoryOfAnotherFormIsRefused() throws IOException {
        String row = "{\"prompt\":\"q\",\"history\":[\"a\",\"b\"],\"chosen\":\"yes\",\"rejected\":\"no\"}";
        assertThat(errors("", row))
                .singleElement()
                .asString()
                .contains(":1: \"history\" has text", "[question, answer]");
        assertThat(errors("", row.replace("[\"a\",\"b\"]", "\"a b\"")))
                .singleElement()
                .asString()
                .contains("\"history\" has text");
        String messages = "{\"prompt\":[" + USER + "],\"history\":[[\"a\",\"b\"]],\"chosen\":[" + YES
                + "],\"rejected\":[" + NO + "]}";
        assertThat(errors("", messages))
                .singleElement()
                .asString()
                .contains("\"history\" is given beside messages", "start of \"prompt\"");
        Rows earlier = read("", row.replace("\"a\",\"b\"", USER + "," + YES));
        assertThat(Rows.said(earlier.only().prompt()))
                .containsExactly(HI, Message.of("assistant", "yes"), Message.of("user", "q"));
    }

    @Test
    void oneFileDoesNotMixTextAndMessages() throws IOException {
        String plain = "{\"prompt\":\"q\",\"chosen\":\"yes\",\"rejected\":\"no\"}";
        String system = plain.replace("{", "{\"system\":\"Be brief.\",");
        assertThat(errors("", plain, system))
                .singleElement()
                .asString()
                .contains(":2: this row has \"system\"", "line 1", "plain text", "every row");
        assertThat(errors("", system, plain))
                .singleElement()
                .asString()
                .contains(":2: this row is plain text", "line 1", "every row");
        assertThat(read("", system, system).rows).hasSize(2);
    }

    @Test
    void theSystemTextBesideMessagesIsTheirFirstMessage() throws IOException {
        String row = "{\"system\":\"Be brief.\",\"messages\":[" + USER + "," + YES + "]}";
        Row dialogue = read(RowKind.TEXTS, "", row).only();
        assertThat(Rows.said(dialogue.chosen())).containsExactly(RULES, HI, Message.of("assistant", "yes"));
        String labelled = row.replace("]}", "],\"label\":true}");
        assertThat(Rows.said(
                        read(RowKind.LABELLED_COMPLETIONS, "", labelled).only().prompt()))
                .containsExactly(RULES, HI);
        String prompt = row.replace("," + YES, "");
        assertThat(Rows.said(read(RowKind.PROMPTS, "", prompt).only().prompt())).containsExactly(RULES, HI);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"type\":\"text\",\"text\":\"Be\"},{\"type\":\"text\",\"text\":\"brief.\",\"cache_control\":{}}]",
                "[{\"text\":\"Be\"},{\"text\":\"brief.\"}]",
                "\"Be\\nbrief.\""
            })
    void systemTextsInBlocks(String system) throws IOException {
        String row = "{\"system\":" + system + ",\"messages\":[" + USER + "," + YES + "]}";
        assertThat(Rows.said(read(RowKind.TEXTS, "", row).only().chosen()).get(0))
                .isEqualTo(Message.of("system", "Be\nbrief."));
    }

    @Test
    void systemTextsThatAreNone() throws IOException {
        String row = "{\"system\":S,\"messages\":[" + USER + "," + YES + "]}";
        for (String none : List.of("null", "\" \"", "[]")) {
            assertThat(Rows.said(read(RowKind.TEXTS, "", row.replace("S", none))
                            .only()
                            .chosen()))
                    .hasSize(2);
        }
        for (String other : List.of("7", "[{\"type\":\"image\",\"source\":\"x\"}]", "{\"role\":\"system\"}")) {
            assertThat(read(RowKind.TEXTS, "", row.replace("S", other)).errors)
                    .singleElement()
                    .asString()
                    .contains(":1: \"system\" is ", "must be text");
        }
    }

    @Test
    void twoSystemTextsAreRefused() throws IOException {
        String row = "{\"system\":\"Be brief.\",\"messages\":[{\"role\":\"system\",\"content\":\"Be long.\"}," + USER
                + "," + YES + "]}";
        assertThat(read(RowKind.TEXTS, "", row).errors)
                .singleElement()
                .asString()
                .contains(":1: \"system\" and the first message of \"messages\"", "keep one");
        assertThat(Rows.said(read(RowKind.TEXTS, "", row.replace("long", "brief"))
                        .only()
                        .chosen()))
                .hasSize(3);
        assertThat(
                        errors(
                                "",
                                "{\"system\":\"a\",\"system_prompt\":\"b\",\"prompt\":\"q\",\"chosen\":\"y\",\"rejected\":\"n\"}"))
                .singleElement()
                .asString()
                .contains("\"system_prompt\" says something else than \"system\"");
    }

    @Test
    void systemTextsBesidePairs() throws IOException {
        String answers = "\"chosen\":[" + YES + "],\"rejected\":[" + NO + "]}";
        for (String prompt : List.of("messages", "prompt", "conversations")) {
            Rows rows = read("", "{\"system\":\"Be brief.\",\"" + prompt + "\":[" + USER + "]," + answers);
            assertThat(Rows.said(rows.only().prompt())).containsExactly(RULES, HI);
            assertThat(rows.files.get(0).unread()).isEmpty();
        }
        String whole = "{\"system\":\"Be brief.\",\"chosen\":[" + USER + "," + YES + "],\"rejected\":[" + USER + ","
                + NO + "]}";
        assertThat(Rows.said(read("", whole).only().prompt())).containsExactly(RULES, HI);
        String openAi = "{\"system\":\"Be brief.\",\"input\":{\"messages\":[" + USER + "]},\"preferred_output\":[" + YES
                + "],\"non_preferred_output\":[" + NO + "]}";
        assertThat(Rows.said(read("", openAi).only().prompt())).containsExactly(RULES, HI);
        assertThat(Rows.said(read(RowKind.PROMPTS, "", openAi).only().prompt())).containsExactly(RULES, HI);
        String transcripts = "{\"system\":\"Be brief.\",\"chosen\":\"\\n\\nHuman: a\\n\\nAssistant: b\","
                + "\"rejected\":\"\\n\\nHuman: a\\n\\nAssistant: c\"}";
        assertThat(errors("", transcripts))
                .singleElement()
                .asString()
                .contains(":1: \"system\" is given beside transcripts");
    }

    /** Bedrock writes text parts without a type. */
    @Test
    void partsWithoutATypeAreText() throws IOException {
        String row =
                "{\"schemaVersion\":\"bedrock-conversation-2024\",\"system\":[{\"text\":\"Be brief.\"}],\"messages\":["
                        + "{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\",\"content\":[{\"text\":\"yes\"}]}]}";
        List<Message> messages = Rows.said(read(RowKind.TEXTS, "", row).only().chosen());
        assertThat(messages.get(0)).isEqualTo(RULES);
        assertThat(messages.get(1).fields().get("content"))
                .isEqualTo(List.of(java.util.Map.of("type", "text", "text", "hi")));
    }

    @Test
    void toolsBesidePlainTextMakeMessagesOfIt() throws IOException {
        String row = "{\"prompt\":\"hi\",\"tools\":[{\"name\":\"f\"}],\"chosen\":\"yes\",\"rejected\":\"no\"}";
        Row pair = read("", row).only();
        assertThat(Rows.said(pair.prompt())).containsExactly(HI);
        assertThat(Rows.conversation(pair.prompt()).tools()).hasSize(1);
        assertThat(Rows.form(read("", row.replace("[{\"name\":\"f\"}]", "\"\"")).only()))
                .isEqualTo("PAIR Text");
    }

    @Test
    void otherPartsBesideAPromptAreCounted() throws IOException {
        Rows rows = read(
                "prompt=question",
                "{\"question\":\"Where?\",\"context\":\"In Rome.\",\"chosen\":\"Rome\",\"rejected\":\"Paris\"}",
                "{\"question\":\"Where is Rome?\",\"context\":\"Rome\",\"chosen\":\"Rome\",\"rejected\":\"Paris\"}");
        assertThat(rows.rows).hasSize(2);
        assertThat(rows.notes)
                .singleElement()
                .asString()
                .contains("1: \"context\" is given beside the prompt and is not read", "--columns input=context");
        Rows joined = read(
                "prompt=question,input=context",
                "{\"question\":\"Where?\",\"context\":\"In Rome.\",\"chosen\":\"Rome\",\"rejected\":\"Paris\"}");
        assertThat(joined.only().prompt().json()).isEqualTo("Where?\nIn Rome.");
        assertThat(joined.notes).isEmpty();
    }

    private List<String> errors(String columns, String... lines) throws IOException {
        return read(columns, lines).errors;
    }

    private Rows read(String columns, String... lines) throws IOException {
        return read(RowKind.PAIRS, columns, lines);
    }

    private Rows read(RowKind kind, String columns, String... lines) throws IOException {
        Path file = Rows.write(folder, "one.jsonl", lines);
        return Rows.read(kind, RowFormat.AUTO, Columns.parse(columns), file);
    }
}
