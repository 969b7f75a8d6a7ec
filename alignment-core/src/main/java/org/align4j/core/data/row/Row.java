package org.align4j.core.data.row;

import com.google.common.primitives.Booleans;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * A row as its file gave it: a prompt and answers of one {@link Content}, checked for form, not yet encoded.
 *
 * @param origin the place in the files that the row came from
 * @param kind what the row says
 * @param prompt what is answered; {@link #NONE} for a text to learn from
 * @param answers chosen and rejected; or the answer; or its steps; or the text to learn from; none of a prompt alone
 * @param labels whether the answer is desirable, or whether each step is right; none where the row says nothing
 * @param margin by how much the chosen answer is better, where the row says so
 * @param rightAnswer what a right response to a prompt says, where the row has one
 */
public record Row(
        Origin origin,
        Kind kind,
        Content prompt,
        List<Content> answers,
        List<Boolean> labels,
        @Nullable Double margin,
        @Nullable String rightAnswer) {
    /** The prompt of a row that has none. */
    public static final Content NONE = new Text("");

    /** What a row says. */
    public enum Kind {
        /** A prompt and two answers, the better one first. */
        PAIR,
        /** A prompt and two answers of which neither is better. */
        TIE,
        /** Two transcripts that part before their last answers; the prompt is that of the chosen one. */
        APART,
        /** A prompt and one answer, perhaps judged. */
        ANSWER,
        /** A prompt and one answer in steps, each perhaps judged. */
        STEPS,
        /** A prompt alone, perhaps with what a right response to it says. */
        PROMPT,
        /** A text or a conversation to learn from. */
        TEXT
    }

    /** What a prompt or an answer is written in. */
    public sealed interface Content permits Text, Transcript, Conversation, Tokens {
        /** Returns the content as JSON has it: a text, a list of messages, or token ids. */
        Object json();

        /**
         * Returns the content as messages; token ids are none.
         *
         * @param role who says what is plain text
         */
        default List<Message> spokenBy(String role) {
            return List.of();
        }
    }

    /** Plain text. */
    public record Text(String text) implements Content {
        @Override
        public Object json() {
            return text;
        }

        @Override
        public List<Message> spokenBy(String role) {
            return List.of(Message.of(role, text));
        }
    }

    /**
     * Messages and the tools that stand beside them.
     *
     * @param messages at least one
     * @param tools what the template is told of tools, as the row gave it
     * @param arguments variables of the template that this row sets; mostly none
     */
    public record Conversation(
            List<Message> messages, @Nullable List<?> tools, Map<String, ? extends @Nullable Object> arguments)
            implements Content {
        public Conversation(List<Message> messages, @Nullable List<?> tools) {
            this(messages, tools, Map.of());
        }

        @Override
        public Object json() {
            return messages.stream().map(Message::fields).toList();
        }

        @Override
        public List<Message> spokenBy(String role) {
            return messages;
        }
    }

    /** Token ids, to be used as they are. */
    @SuppressWarnings("ArrayRecordComponent") // equality is by content, below
    public record Tokens(int[] ids) implements Content {
        @Override
        public Object json() {
            return ids;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Tokens tokens && Arrays.equals(ids, tokens.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }
    }

    /** Copies the lists. */
    public Row {
        answers = List.copyOf(answers);
        labels = List.copyOf(labels);
    }

    /** Makes a preference. */
    public static Row pair(Origin origin, Content prompt, Content chosen, Content rejected, @Nullable Double margin) {
        return new Row(origin, Kind.PAIR, prompt, List.of(chosen, rejected), List.of(), margin, null);
    }

    /** Makes an answer, perhaps with the judgement whether it is desirable. */
    public static Row answer(Origin origin, Content prompt, Content answer, @Nullable Boolean label) {
        return new Row(origin, Kind.ANSWER, prompt, List.of(answer), labels(label), null, null);
    }

    private static List<Boolean> labels(@Nullable Boolean label) {
        return label == null ? List.of() : List.of(label);
    }

    /** Makes an answer in steps; {@code labels} has one for each, or none. */
    public static Row steps(Origin origin, Content prompt, List<Content> steps, List<Boolean> labels) {
        return new Row(origin, Kind.STEPS, prompt, steps, labels, null, null);
    }

    /** Makes a prompt alone. */
    public static Row prompt(Origin origin, Content prompt) {
        return new Row(origin, Kind.PROMPT, prompt, List.of(), List.of(), null, null);
    }

    /** Makes a text or a conversation to learn from. */
    public static Row text(Origin origin, Content text) {
        return new Row(origin, Kind.TEXT, NONE, List.of(text), List.of(), null, null);
    }

    /** Returns this row as one of another kind. */
    public Row as(Kind other) {
        return new Row(origin, other, prompt, answers, labels, margin, rightAnswer);
    }

    /** Returns this row with what a right response says. */
    public Row withRightAnswer(@Nullable String answer) {
        return new Row(origin, kind, prompt, answers, labels, margin, answer);
    }

    /** Returns the better answer of two, or the only one, or the text to learn from. */
    public Content chosen() {
        return answers.get(0);
    }

    /** Returns the worse answer of two. */
    public Content rejected() {
        return answers.get(1);
    }

    /** Tells whether the only answer is desirable, where the row says so. */
    public @Nullable Boolean label() {
        boolean said = kind == Kind.ANSWER && !labels.isEmpty();
        return said ? labels.get(0) : null;
    }

    /** Tells whether each step is right; null where the row says nothing. */
    public boolean @Nullable [] stepLabels() {
        return labels.isEmpty() ? null : Booleans.toArray(labels);
    }

    /** Tells whether the row has two answers, the better one first. */
    public boolean isPair() {
        return kind == Kind.PAIR || kind == Kind.APART;
    }

    /** Tells whether the two answers are the same, so that there is nothing to prefer. */
    public boolean sidesEqual() {
        return (kind == Kind.PAIR || kind == Kind.TIE) && chosen().equals(rejected());
    }

    /** Returns the two answers of a pair, the chosen one as desirable and the rejected one as undesirable. */
    public List<Row> halves() {
        return List.of(answer(origin, prompt, chosen(), true), answer(origin, prompt, rejected(), false));
    }

    /** Returns a row of transcripts as one of messages, any other as it is. */
    public Row spoken() {
        if (!(prompt instanceof Transcript transcript)) {
            return this;
        }
        List<Content> spoken = answers.stream()
                .map(answer -> (Content) new Conversation(
                        List.of(Message.of("assistant", Whitespace.strip((String) answer.json()))), null))
                .toList();
        Conversation asked = new Conversation(transcript.messages(), null);
        return new Row(origin, kind, asked, spoken, labels, margin, rightAnswer);
    }
}
