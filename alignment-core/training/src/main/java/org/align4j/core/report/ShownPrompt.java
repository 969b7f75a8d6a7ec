package org.align4j.core.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.align4j.core.page.HtmlText;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a page shows. In the files of a run: {@code prompt} and, where there are turns, {@code turns}.
 *
 * @param text what the model sees, with what the chat template writes
 * @param turns who says what, each with {@code role} and {@code content}; null where the prompt is no conversation, or the run is of an
 *     earlier version
 */
public record ShownPrompt(
        @JsonProperty("prompt") String text,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Message> turns) {
    public ShownPrompt {
        Objects.requireNonNull(text, "prompt");
        turns = turns == null ? null : List.copyOf(turns);
    }

    /**
     * A prompt of tokens.
     *
     * @param prompt {@code [P]} token ids
     * @param encoder the model's
     */
    public static ShownPrompt of(int[] prompt, TextEncoder encoder) {
        return new ShownPrompt(encoder.tokenizer().decode(prompt, false), encoder.turns(prompt));
    }

    /** Returns the prompt as HTML: turn by turn where there are turns, else its text. */
    public String html() {
        return turns == null
                ? HtmlText.html(text.strip())
                : turns.stream()
                        .map(turn -> "<b class=\"role\">" + HtmlText.html(turn.role()) + "</b><p class=\"turn\">"
                                + HtmlText.html(String.valueOf(turn.content()).strip()) + "</p>")
                        .collect(Collectors.joining());
    }
}
