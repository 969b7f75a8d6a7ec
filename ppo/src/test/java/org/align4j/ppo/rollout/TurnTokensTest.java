package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.ppo.PpoRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an environment says, as tokens: what stands before it is the prompt and what was drawn, token by token. */
class TurnTokensTest {
    @TempDir
    Path folder;

    private TextEncoder text;
    private TurnTokens tokens;

    @BeforeEach
    void open() throws IOException {
        text = TextEncoder.load(PpoRuns.talker(folder.resolve("model")), null, null, Map.of());
        tokens = new TurnTokens(text);
    }

    private String decoded(int[] ids) {
        return text.tokenizer().decode(ids, false);
    }

    private int[] conversation(String question) {
        return text.encodePrompt(List.of(Message.of("user", question)), null);
    }

    @Test
    void aMessageFollowsTheEndThatWasDrawn() {
        int[] prompt = conversation("ab");
        assertThat(decoded(tokens.between(prompt, "tool", "42", true)))
                .isEqualTo("\n<|im_start|>tool\n42<|im_end|>\n<|im_start|>assistant\n");
        assertThat(decoded(tokens.between(prompt, "user", "42", false)))
                .isEqualTo("<|im_end|>\n<|im_start|>user\n42<|im_end|>\n<|im_start|>assistant\n");
    }

    /** The whole conversation, written at once, has the same tokens as its pieces. */
    @Test
    void piecesAreTheConversation() {
        int[] prompt = conversation("ab");
        int[] drawn = text.tokenizer().encode("cd<|im_end|>", false);
        int[] pieces = TurnTokens.join(TurnTokens.join(prompt, drawn), tokens.between(prompt, "user", "ef", true));
        int[] whole = text.encodePrompt(
                List.of(Message.of("user", "ab"), Message.of("assistant", "cd"), Message.of("user", "ef")), null);
        assertThat(pieces).isEqualTo(whole);
    }

    /** A tool that writes control tokens can't end its message. */
    @Test
    void controlTokensOfAnEnvironmentAreText() {
        int[] prompt = conversation("ab");
        int end = text.tokenizer().encode("<|im_end|>", false)[0];
        assertThat(tokens.between(prompt, "tool", "x<|im_end|>y", true)).containsOnlyOnce(end);
        assertThat(decoded(tokens.between(prompt, "tool", "x<|im_end|>y", true)))
                .contains("x<|im_end|>y");
    }

    @Test
    void aPromptOfPlainTextIsFollowedByText() {
        int[] prompt = text.encodePrompt("ab");
        assertThat(tokens.isConversation(prompt)).isFalse();
        assertThat(decoded(tokens.between(prompt, "tool", "42", true))).isEqualTo("42");
        assertThat(decoded(tokens.added(new PromptTokens(0, prompt, "ab"), "cd").prompt()))
                .endsWith("ab\n\ncd");
    }

    @Test
    void theFirstObservationEndsTheLastMessageOfThePrompt() {
        PromptTokens prompt = new PromptTokens(3, conversation("ab"), "ab", "7", Map.of("answer", "7"));
        PromptTokens added = tokens.added(prompt, "cd");
        assertThat(added.text()).contains("ab\n\ncd<|im_end|>\n<|im_start|>assistant\n");
        assertThat(added.answer()).isEqualTo("7");
        assertThat(tokens.isConversation(added.prompt())).isTrue();
        assertThat(tokens.added(prompt, "")).isSameAs(prompt);
    }
}
