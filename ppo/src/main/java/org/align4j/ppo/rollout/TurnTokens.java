package org.align4j.ppo.rollout;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Makes tokens of what an environment says. In a conversation its words are a message, as the chat template writes it after the turn that the
 * policy drew; after a prompt of plain text they are text. What the policy drew stays the tokens that it drew.
 */
public final class TurnTokens {
    private static final String APART = "\n\n";
    private static final String USER = "user";
    private static final int[] NONE = {};

    private final TextEncoder text;
    private final int @Nullable [] afterUser;
    private final Map<String, String> roles = new ConcurrentHashMap<>();

    /** @param text of the policy's model */
    public TurnTokens(TextEncoder text) {
        this.text = text;
        this.afterUser = text.hasTemplate() ? text.afterUser() : null;
    }

    /** Returns whether a prompt is a conversation that waits for the assistant, as the chat template writes it. */
    boolean isConversation(int[] prompt) {
        int[] end = afterUser;
        return end != null
                && end.length > 0
                && prompt.length > end.length
                && Arrays.equals(prompt, prompt.length - end.length, prompt.length, end, 0, end.length);
    }

    /** Returns a prompt with words of the environment at the end of its last message. */
    public PromptTokens added(PromptTokens prompt, String words) {
        if (words.isEmpty()) {
            return prompt;
        }
        int[] ids = prompt.prompt();
        int[] end = afterUser == null || !isConversation(ids) ? NONE : afterUser;
        int[] head = Arrays.copyOf(ids, ids.length - end.length);
        int[] whole = join(join(head, text.tokenizer().encodeLiterally(APART + words)), end);
        return new PromptTokens(
                prompt.row(), whole, text.tokenizer().decode(whole, false), prompt.answer(), prompt.fields());
    }

    /**
     * Returns what stands between a turn and the next one.
     *
     * @param prompt of the episode
     * @param ended whether the turn's own end was drawn
     */
    public int[] between(int[] prompt, String role, String words, boolean ended) {
        if (!isConversation(prompt)) {
            return text.tokenizer().encodeLiterally(words);
        }
        return text.afterTurn(roles.computeIfAbsent(role, this::written), words, ended);
    }

    /** The role that the template can write: the one asked for, or else a user's. */
    private String written(String role) {
        try {
            text.afterTurn(role, "1", true);
            return role;
        } catch (InputException cannot) {
            return USER;
        }
    }

    /** Returns one row of tokens after the other. */
    public static int[] join(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
