package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the small tokenizer of the test resources: BOS 0, EOS 1, turn marks 2 and 3, "hello" 265, " user" 273. */
class TextEncoderTest {
    private final Path folder = folder();
    private final Tokenizer tokenizer = Tokenizer.load(folder);

    private static Path folder() {
        try {
            return Path.of(TextEncoderTest.class.getResource("/text/tiny-chat").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private TextEncoder encoder(String template) {
        return new TextEncoder(tokenizer, ChatTemplate.of("test", template, tokenizer.special()), null, Map.of());
    }

    private TextEncoder own() {
        return TextEncoder.load(folder, null, null, Map.of());
    }

    private static final List<Message> CHAT = List.of(
            Message.of("user", "hello"),
            Message.of("assistant", "hello user"),
            Message.of("user", "hello"),
            Message.of("assistant", "hello"));

    @Test
    void plainTextKeepsTheBosAndEndsWithOneEos() {
        PromptCompletion encoded = own().encode("hello", " user");
        assertThat(encoded.prompt()).containsExactly(0, 265);
        assertThat(encoded.completion()).containsExactly(273, 1);
        assertThat(encoded.separately()).isFalse();
        assertThat(own().encode("hello", " user</s>").completion()).containsExactly(273, 1);
    }

    @Test
    void aPromptThatMergesIntoItsCompletionIsTokenisedApart() {
        PromptCompletion encoded = own().encode("hel", "lo user");
        assertThat(encoded.separately()).isTrue();
        assertThat(tokenizer.decode(encoded.prompt(), false) + tokenizer.decode(encoded.completion(), false))
                .isEqualTo("<s>hello user</s>");
    }

    @Test
    void messagesGoThroughTheTemplateAndNothingIsAdded() {
        PromptCompletion encoded = own().encode(CHAT.subList(0, 1), CHAT.subList(1, 2), null);
        assertThat(tokenizer.decode(encoded.prompt(), false))
                .isEqualTo("<s><|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n");
        assertThat(tokenizer.decode(encoded.completion(), false)).isEqualTo("hello user<|im_end|>\n");
        assertThat(own().encodePrompt(CHAT.subList(0, 1), null)).containsExactly(encoded.prompt());
    }

    @Test
    void theAssistantsTurnsAreTrainedSaveThoseOfWeightZero() {
        assertThat(trained(own(), CHAT)).isEqualTo("hello user<|im_end|>\nhello<|im_end|>\n");
        Map<String, Object> first = new LinkedHashMap<>(CHAT.get(1).fields());
        first.put("weight", 0);
        List<Message> weighted = List.of(CHAT.get(0), Message.of(first), CHAT.get(2), CHAT.get(3));
        assertThat(trained(own(), weighted)).isEqualTo("hello<|im_end|>\n");
        assertThatThrownBy(() -> own().encodeConversation(CHAT.subList(0, 1), null))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no assistant turn");
    }

    @Test
    void generationMarksSayWhatIsTrained() {
        String marked = "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
                + "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}\n{% else %}{{ m.content }}<|im_end|>\n"
                + "{% endif %}{% endfor %}";
        assertThat(trained(encoder(marked), CHAT)).isEqualTo("hello user<|im_end|>hello<|im_end|>");
    }

    private String trained(TextEncoder encoder, List<Message> messages) {
        TrainedText text = encoder.encodeConversation(messages, null);
        int[] ids = new int[text.trainedTokens()];
        int count = 0;
        for (int t = 0; t < text.ids().length; t++) {
            if (text.trained()[t]) {
                ids[count++] = text.ids()[t];
            }
        }
        return tokenizer.decode(ids, false);
    }

    @Test
    void aTemplateThatDropsWhatItWroteIsFoundOut() {
        String forgetful =
                "{% for m in messages %}<|im_start|>{{ m.content if loop.last else '' }}<|im_end|>{% endfor %}";
        assertThatThrownBy(() -> encoder(forgetful).encodeConversation(CHAT, null))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not keep what it wrote")
                .hasMessageContaining("at character 12");
    }

    @Test
    void doubleBosMissingAndLostEndsAreRefused() {
        assertThatThrownBy(() -> encoder("<s><s>{{ messages[0].content }}").encodePrompt(CHAT, null))
                .hasMessageContaining("<s> twice");
        assertThatThrownBy(() -> own().encodePrompt("<s>hello")).hasMessageContaining("<s> twice");
        String open = "{% for m in messages %}{{ m.content }}\n{% endfor %}";
        assertThatThrownBy(() -> encoder(open).encodeConversation(CHAT, null))
                .hasMessageContaining("no token that ends it");
        String lost = "{% for m in messages %}{{ m.content }}<|end|>\n{% endfor %}";
        assertThatThrownBy(() -> encoder(lost).encodeConversation(CHAT, null))
                .hasMessageContaining("<|end|>")
                .hasMessageContaining("ordinary tokens");
    }

    @Test
    void theSystemOptionIsForConversationsWithoutOne() {
        TextEncoder polite = TextEncoder.load(folder, null, "hello", Map.of());
        assertThat(polite.renderPrompt(CHAT.subList(0, 1), null)).startsWith("<s><|im_start|>system\nhello<|im_end|>");
        assertThat(polite.renderPrompt(List.of(Message.of("system", "the")), null))
                .isEqualTo("<s><|im_start|>system\nthe<|im_end|>\n<|im_start|>assistant\n");
    }

    @Test
    void specialTokensComeFromTheModelsFiles() {
        assertThat(tokenizer.special().bos()).isEqualTo(new SpecialToken(0, "<s>"));
        assertThat(tokenizer.special().eos()).isEqualTo(new SpecialToken(1, "</s>"));
        assertThat(tokenizer.special().stopIds()).containsExactly(1, 3);
        assertThat(tokenizer.leadingTokens()).containsExactly(0);
    }

    @Test
    void missingAndBrokenFilesAreNamed(@TempDir Path empty) throws Exception {
        assertThatThrownBy(() -> Tokenizer.load(empty))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tokenizer.json is missing");
        Files.writeString(empty.resolve("tokenizer.model"), "x");
        assertThatThrownBy(() -> Tokenizer.load(empty)).hasMessageContaining("save_pretrained");
        Files.writeString(empty.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"a\": ");
        assertThatThrownBy(() -> Tokenizer.load(empty))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining("not valid JSON");
        TextEncoder plain = new TextEncoder(tokenizer, null, null, Map.of());
        assertThatThrownBy(() -> plain.encodePrompt(CHAT, null)).hasMessageContaining("--chat-template");
        assertThatThrownBy(() -> tokenizer.encode("half \ud83d", false)).hasMessageContaining("surrogate");
    }
}
