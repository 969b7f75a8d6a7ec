package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Checkout;
import org.align4j.core.template.Template.Rendered;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chat templates by their door for programs, which loads no tokenizer. */
class ChatTemplateTest {
    private static final List<Message> ASKED = List.of(Message.of("user", "Where is the kite?"));

    @TempDir
    Path folder;

    @Test
    void aModelsFolderRendersAsItsTokenizerDoes() {
        Path model = Checkout.DEMO.resolve("model");
        TextEncoder encoder = TextEncoder.load(model, null, null, Map.of());
        try (Tokenizer opened = encoder.tokenizer()) {
            assertThat(opened.vocabularySize()).isPositive();
            String text = ChatTemplate.of(model).render(ASKED, null);
            assertThat(text).isEqualTo("<|im_start|>user\nWhere is the kite?<|im_end|>\n<|im_start|>assistant\n");
            assertThat(text).isEqualTo(encoder.renderPrompt(ASKED, null));
            assertThat(ChatTemplate.of(model.resolve("chat_template.jinja")).render(ASKED, null))
                    .isEqualTo(text);
        }
    }

    @Test
    void aFileTakesTheTokensThatLieBesideIt() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": {\"content\": \"<s>\"}}");
        Files.writeString(
                folder.resolve("special_tokens_map.json"), "{\"bos_token\": \"no\", \"eos_token\": \"</s>\"}");
        Path file = Files.writeString(
                folder.resolve("own.jinja"),
                "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ pad_token is defined }}{{ warm }}");

        assertThat(ChatTemplate.of(file).render(ASKED, null, Map.of("warm", "!")))
                .isEqualTo("<s>Where is the kite?</s>False!");
    }

    @Test
    void theNamedTemplateForToolsIsTakenWhereThereAreSome() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"plain\"},"
                        + "{\"name\": \"tool_use\", \"template\": \"{{ tools[0].name }}\"}]}");
        ChatTemplate template = ChatTemplate.of(folder);

        assertThat(template.render(ASKED, null)).isEqualTo("plain");
        assertThat(template.render(ASKED, List.of(Map.of("name", "weather")))).isEqualTo("weather");
    }

    @Test
    void theAssistantsPartOfAWholeConversationIsMarked() throws IOException {
        Path file = Files.writeString(
                folder.resolve("marked.jinja"),
                "{% for m in messages %}[{{ m.role }}]{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
                        + "{% if add_generation_prompt %}[assistant]{% endif %}");
        Rendered rendered = ChatTemplate.of(file).conversation(List.of(Message.of("assistant", "At the mill.")), null);

        assertThat(rendered.text()).isEqualTo("[assistant]At the mill.");
        assertThat(rendered.generationSpans()).hasSize(1);
        assertThat(rendered.text()
                        .substring(
                                rendered.generationSpans().get(0).start(),
                                rendered.generationSpans().get(0).end()))
                .isEqualTo("At the mill.");
    }

    @Test
    void whatIsNoTemplateIsRefusedWithItsPlace() throws IOException {
        assertThatThrownBy(() -> ChatTemplate.of(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has no chat template")
                .hasMessageContaining("chat_template.jinja");
        assertThatThrownBy(() -> ChatTemplate.of(folder.resolve("none.jinja")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none.jinja can't be read as a chat template");
        Path broken = Files.writeString(folder.resolve("broken.jinja"), "{% if %}");
        assertThatThrownBy(() -> ChatTemplate.of(broken))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("broken.jinja")
                .hasMessageContaining("line 1");
    }

    @Test
    void aRefusalSaysAtWhichMessage() throws IOException {
        Path file = Files.writeString(
                folder.resolve("strict.jinja"),
                "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('No tools here') }}{% endif %}{% endfor %}");
        assertThatThrownBy(() ->
                        ChatTemplate.of(file).render(List.of(Message.of("user", "a"), Message.of("tool", "b")), null))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("message 1 (tool)")
                .hasMessageContaining("No tools here");
    }
}
