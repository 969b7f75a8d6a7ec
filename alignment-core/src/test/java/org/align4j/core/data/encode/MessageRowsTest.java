package org.align4j.core.data.encode;

import static org.align4j.core.data.encode.TinyTokenizer.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages through a template that writes {@code U:question;} and {@code A:answer</s>}. */
class MessageRowsTest {
    private static final String TEMPLATE =
            "{% for m in messages %}{% if m.role == 'user' %}U:{{ m.content }};{% else %}"
                    + "{{ 'A:' + m.content + '</s>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}";
    private static final String USER = "{\"role\":\"user\",\"content\":\"q\"}";
    private static final int[] PROMPT = ids("U:q;A:");

    @TempDir
    Path folder;

    private final RowEncoder encoder =
            new RowEncoder(this::load, TinyTokenizer.SIZE, new RowRules(BadRows.ERROR, null, 99));

    @BeforeEach
    void model() throws IOException {
        TinyTokenizer.write(folder, false, TEMPLATE);
    }

    private TextEncoder load() {
        return TextEncoder.load(folder, null, null, Map.of());
    }

    @Test
    void aRowSetsVariablesOfTheTemplateAndItsOwnWin() throws IOException {
        TinyTokenizer.write(
                folder,
                false,
                TEMPLATE.replace("'A:' +", "sign|default('A:') +").replace("%}A:{%", "%}{{ sign|default('A:') }}{%"));
        String row = "{\"prompt\":[" + USER + "],\"completion\":[" + says("yes") + "],\"chat_template_kwargs\":";
        RowSource rows =
                source(row + "{\"sign\":\"n:\"}}", row + "null}", row + "\"{\\\"sign\\\":\\\"e:\\\"}\"}", row + "{}}");
        EncodedRows<TextTokens> alone = encoder.texts(rows);
        assertThat(alone.rows())
                .extracting(TextTokens::ids)
                .containsExactly(
                        ids("U:q;n:yes", TinyTokenizer.EOS),
                        ids("U:q;A:yes", TinyTokenizer.EOS),
                        ids("U:q;e:yes", TinyTokenizer.EOS),
                        ids("U:q;A:yes", TinyTokenizer.EOS));
        assertThat(alone.report().noteSentences()).isEmpty();
        RowEncoder argued = new RowEncoder(
                () -> TextEncoder.load(folder, null, null, Map.of("sign", "s:")),
                TinyTokenizer.SIZE,
                new RowRules(BadRows.ERROR, null, 99));
        EncodedRows<TextTokens> both = argued.texts(rows);
        assertThat(both.rows())
                .extracting(TextTokens::ids)
                .containsExactly(
                        ids("U:q;n:yes", TinyTokenizer.EOS),
                        ids("U:q;s:yes", TinyTokenizer.EOS),
                        ids("U:q;e:yes", TinyTokenizer.EOS),
                        ids("U:q;s:yes", TinyTokenizer.EOS));
        assertThat(both.report().noteSentences())
                .singleElement()
                .asString()
                .contains("2 rows", "chat_template_kwargs sets sign otherwise than template-args does; the row's wins");
    }

    @Test
    void pairsOfEveryLayoutOfMessagesAreTheSame() throws IOException {
        PairTokens expected =
                new PairTokens(0, PROMPT, ids("yes", TinyTokenizer.EOS), ids("no", TinyTokenizer.EOS), null);
        String yes = says("yes");
        String no = says("no");
        for (String row : List.of(
                "{\"prompt\":[" + USER + "],\"chosen\":[" + yes + "],\"rejected\":[" + no + "]}",
                "{\"chosen\":[" + USER + "," + yes + "],\"rejected\":[" + USER + "," + no + "]}",
                "{\"input\":{\"messages\":[" + USER + "]},\"preferred_output\":[" + yes + "],\"non_preferred_output\":["
                        + no + "]}",
                "{\"chosen\":\"\\n\\nHuman: q\\n\\nAssistant: yes\",\"rejected\":\"\\n\\nHuman: q\\n\\nAssistant: no \"}")) {
            assertThat(encoder.pairs(source(row)).rows()).containsExactly(expected);
        }
    }

    @Test
    void completionsPromptsAndDialogues() throws IOException {
        String row = "{\"messages\":[" + USER + "," + says("yes") + "],\"label\":true}";
        assertThat(encoder.labelledCompletions(source(row)).rows())
                .containsExactly(new CompletionTokens(0, PROMPT, ids("yes", TinyTokenizer.EOS), true));
        assertThat(encoder.prompts(source("{\"prompt\":[" + USER + "]}")).rows())
                .containsExactly(new PromptTokens(0, PROMPT, "U:q;A:"));
        TextTokens text = encoder.texts(source(row)).rows().get(0);
        assertThat(text.ids()).isEqualTo(ids("U:q;A:yes", TinyTokenizer.EOS));
        assertThat(text.prompt()).isEqualTo(PROMPT);
        assertThat(text.trainedTokens()).isEqualTo(4);
    }

    /** Both answers are learned, or the second alone where the first weighs nothing. */
    @Test
    void weightsAreHonoured() throws IOException {
        String first = says("one");
        String light = first.replace("}", ",\"weight\":0}");
        String both = "{\"messages\":[" + USER + "," + first + "," + USER + "," + says("two") + "]}";
        assertThat(encoder.texts(source(both)).rows().get(0).trainedTokens()).isEqualTo(8);
        TextTokens second =
                encoder.texts(source(both.replace(first, light))).rows().get(0);
        assertThat(second.trainedTokens()).isEqualTo(4);
        assertThat(second.prompt()).hasSize("U:q;A:one".length() + 1 + "U:q;A:".length());
    }

    @Test
    void aConversationTheTemplateRefusesNamesTheRow() throws IOException {
        TinyTokenizer.write(folder, false, "{{ raise_exception('no system here') }}");
        RowSource source = source("{\"prompt\":[" + USER + "]}");
        assertThatThrownBy(() -> encoder.prompts(source))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("rows.jsonl:1: ", "no system here");
    }

    @Test
    void whatIsWrongWithAMessageNamesTheRow() throws IOException {
        String calls = "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f1\"}}]}";
        RowSource lost = source("{\"messages\":[" + USER + "," + calls + "]}");
        assertThatThrownBy(() -> encoder.texts(lost))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("rows.jsonl:1: \"tool_calls\" of message 1 (assistant)", "\"f1\" is missing");
        RowSource control = source("{\"prompt\":[" + USER.replace("q", "a</s>") + "]}");
        assertThatThrownBy(() -> encoder.prompts(control))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(
                        "rows.jsonl:1: \"content\" of message 0 (user) holds </s>",
                        "--control-tokens",
                        "escape",
                        "allow");
        RowSource role = source("{\"prompt\":[{\"role\":\"user_1\",\"content\":\"q\"}]}");
        assertThatThrownBy(() -> encoder.prompts(role))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("rows.jsonl:1: message 0 has the role \"user_1\"");
        RowSource none = source("{\"messages\":[" + USER + ",{\"role\":\"assistant\",\"content\":null}]}");
        assertThatThrownBy(() -> encoder.texts(none))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("rows.jsonl:1: \"content\" of message 1 (assistant) is null")
                .hasMessageNotContaining("TypeError");
    }

    @Test
    void rowsThatAreReadOtherwiseAreCounted() throws IOException {
        String row = "{\"messages\":[{\"role\":\"human\",\"content\":\"q\"},{\"role\":\"gpt\",\"content\":\"y\"}]}";
        EncodedRows<TextTokens> rows = encoder.texts(source(row + "\n" + row));
        assertThat(rows.rows().get(0).ids()).isEqualTo(ids("U:q;A:y", TinyTokenizer.EOS));
        assertThat(rows.report().noteSentences())
                .anySatisfy(note -> assertThat(note)
                        .startsWith("In 2 rows (")
                        .contains("\"human\", which the chat template doesn't know, is read as \"user\""))
                .anySatisfy(note -> assertThat(note).contains("\"gpt\"", "read as \"assistant\""));
    }

    @Test
    void plainTextBesideATemplateIsToldOnce() throws IOException {
        String row = "{\"prompt\":\"q\",\"chosen\":\"y\",\"rejected\":\"n\"}";
        EncodedRows<PairTokens> rows = encoder.pairs(source(row + "\n" + row));
        assertThat(rows.rows().get(0))
                .isEqualTo(new PairTokens(0, ids("q"), ids("y", TinyTokenizer.EOS), ids("n", TinyTokenizer.EOS), null));
        assertThat(rows.report().noteSentences())
                .singleElement()
                .asString()
                .startsWith("In 2 rows (")
                .contains("the text is plain", "give messages, such as {\"prompt\": [{\"role\": \"user\"");
        assertThat(encoder.pairs(source(row.replace("\"q\"", "\"<s>U:q\"")))
                        .report()
                        .noteSentences())
                .singleElement()
                .asString()
                .contains("the text holds <s>, which is encoded as the control token");
    }

    private static String says(String answer) {
        return "{\"role\":\"assistant\",\"content\":\"" + answer + "\"}";
    }

    private RowSource source(String... rows) throws IOException {
        return RowSource.of(Files.writeString(folder.resolve("rows.jsonl"), String.join("\n", rows)));
    }
}
