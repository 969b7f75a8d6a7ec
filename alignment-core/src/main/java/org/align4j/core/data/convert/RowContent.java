package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.row.Row;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a row, as JSON has them: text as strings, messages as lists of objects, token ids as arrays.
 *
 * @param kind what the row is
 * @param form how its parts are written
 * @param prompt null where the row has none
 * @param answers chosen and rejected; or the answer; or the steps; of a dialogue its messages, of a text the text
 * @param label whether the answer is desirable; for steps whether each is right
 * @param margin how much better the chosen answer is
 * @param tools what stands beside messages
 */
public record RowContent(
        Kind kind,
        Form form,
        @Nullable Object prompt,
        List<Object> answers,
        @Nullable Object label,
        @Nullable Double margin,
        @Nullable List<?> tools) {

    /** The kinds of rows. */
    public enum Kind {
        /** Two answers, the better one first. */
        PAIR,
        /** One answer. */
        ANSWER,
        /** One answer in steps. */
        STEPS,
        /** No answer. */
        PROMPT,
        /** Messages to learn from. */
        DIALOGUE,
        /** Text to learn from. */
        TEXT
    }

    /** The forms of a row's parts. */
    public enum Form {
        /** Strings. */
        TEXT,
        /** Lists of messages. */
        MESSAGES,
        /** Token ids. */
        TOKENS
    }

    /** Takes a row apart; empty for two transcripts that differ before their last answers, which have no prompt in common. */
    public static Optional<RowContent> of(Row row) {
        if (row instanceof Row.TranscriptPair pair && !pair.sharesPrompt()) {
            return Optional.empty();
        }
        if (row instanceof Row.Tie tie) {
            return of(tie.pair());
        }
        if (row instanceof Row.Pair pair) {
            return Optional.of(ofPair(pair));
        }
        if (row instanceof Row.Completion completion) {
            return Optional.of(ofAnswer(completion));
        }
        if (row instanceof Row.Steps steps) {
            return Optional.of(ofSteps(steps));
        }
        return Optional.of(ofOne(row));
    }

    private static RowContent ofPair(Row.Pair pair) {
        if (pair instanceof Row.TextPair row) {
            return new RowContent(
                    Kind.PAIR,
                    Form.TEXT,
                    row.prompt(),
                    List.of(row.chosen(), row.rejected()),
                    null,
                    row.margin(),
                    null);
        }
        if (pair instanceof Row.MessagePair row) {
            return new RowContent(
                    Kind.PAIR,
                    Form.MESSAGES,
                    messages(row.prompt().messages()),
                    List.of(messages(row.chosen()), messages(row.rejected())),
                    null,
                    row.margin(),
                    row.prompt().tools());
        }
        if (pair instanceof Row.TranscriptPair row) {
            return new RowContent(
                    Kind.PAIR,
                    Form.MESSAGES,
                    messages(row.chosen().promptMessages()),
                    List.of(
                            messages(List.of(row.chosen().answerMessage())),
                            messages(List.of(row.rejected().answerMessage()))),
                    null,
                    row.margin(),
                    null);
        }
        Row.TokenPair row = (Row.TokenPair) pair;
        return new RowContent(
                Kind.PAIR, Form.TOKENS, row.prompt(), List.of(row.chosen(), row.rejected()), null, row.margin(), null);
    }

    private static RowContent ofAnswer(Row.Completion completion) {
        if (completion instanceof Row.TextCompletion row) {
            return new RowContent(
                    Kind.ANSWER, Form.TEXT, row.prompt(), List.of(row.completion()), row.label(), null, null);
        }
        if (completion instanceof Row.MessageCompletion row) {
            return new RowContent(
                    Kind.ANSWER,
                    Form.MESSAGES,
                    messages(row.prompt().messages()),
                    List.of(messages(row.completion())),
                    row.label(),
                    null,
                    row.prompt().tools());
        }
        Row.TokenCompletion row = (Row.TokenCompletion) completion;
        return new RowContent(
                Kind.ANSWER, Form.TOKENS, row.prompt(), List.of(row.completion()), row.label(), null, null);
    }

    private static RowContent ofSteps(Row.Steps steps) {
        if (steps instanceof Row.TextSteps row) {
            return new RowContent(
                    Kind.STEPS, Form.TEXT, row.prompt(), List.copyOf(row.steps()), row.labels(), null, null);
        }
        if (steps instanceof Row.MessageSteps row) {
            return new RowContent(
                    Kind.STEPS,
                    Form.MESSAGES,
                    messages(row.prompt().messages()),
                    List.copyOf(row.steps()),
                    row.labels(),
                    null,
                    row.prompt().tools());
        }
        Row.TokenSteps row = (Row.TokenSteps) steps;
        return new RowContent(
                Kind.STEPS, Form.TOKENS, row.prompt(), List.of((Object[]) row.steps()), row.labels(), null, null);
    }

    private static RowContent ofOne(Row row) {
        if (row instanceof Row.Dialogue dialogue) {
            List<Object> turns =
                    new ArrayList<>(messages(dialogue.conversation().messages()));
            return new RowContent(
                    Kind.DIALOGUE,
                    Form.MESSAGES,
                    null,
                    turns,
                    null,
                    null,
                    dialogue.conversation().tools());
        }
        if (row instanceof Row.PlainText text) {
            return new RowContent(Kind.TEXT, Form.TEXT, null, List.of(text.text()), null, null, null);
        }
        if (row instanceof Row.TokenPrompt tokens) {
            return new RowContent(Kind.PROMPT, Form.TOKENS, tokens.prompt(), List.of(), null, null, null);
        }
        if (row instanceof Row.TextPrompt text) {
            return new RowContent(Kind.PROMPT, Form.TEXT, text.prompt(), List.of(), null, null, null);
        }
        if (row instanceof Row.TranscriptPrompt transcript) {
            return new RowContent(
                    Kind.PROMPT,
                    Form.MESSAGES,
                    messages(transcript.transcript().promptMessages()),
                    List.of(),
                    null,
                    null,
                    null);
        }
        Row.MessagePrompt messages = (Row.MessagePrompt) row;
        return new RowContent(
                Kind.PROMPT,
                Form.MESSAGES,
                messages(messages.prompt().messages()),
                List.of(),
                null,
                null,
                messages.prompt().tools());
    }

    private static List<Map<String, ? extends @Nullable Object>> messages(List<Message> messages) {
        List<Map<String, ? extends @Nullable Object>> written = new ArrayList<>();
        messages.forEach(message -> written.add(message.fields()));
        return written;
    }
}
