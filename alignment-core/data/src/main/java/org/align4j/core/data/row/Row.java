package org.align4j.core.data.row;

import com.google.common.primitives.Booleans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * A row as its file gave it: a prompt and answers of one {@link Content}, checked for form, not yet encoded, with what
 * was noticed when it was read.
 *
 * @param origin the place in the files that the row came from
 * @param kind what the row says
 * @param prompt what is answered; {@link #NONE} for a text to learn from
 * @param answers chosen and rejected; or the answer; or its steps; or the text to learn from; none of a prompt alone
 * @param grades what a row says of its answers
 * @param fields the other fields of a row that was read for its prompt, the right answer among them, by their keys in the file
 * @param notes what is to be reported of the row should it be used, each as it goes on after "In 3 rows (a.jsonl:1, …)", without the full stop:
 *     {@code the prompt is no token prefix of prompt and answer; the two were tokenised apart}; mostly none
 */
public record Row(
        Origin origin,
        Kind kind,
        Content prompt,
        List<Content> answers,
        Grades grades,
        Map<String, Object> fields,
        List<String> notes) {
    /**
     * Holds what a row of data says of its answers.
     *
     * @param labels whether the answer is desirable, or whether each step is right; none where the row says nothing
     * @param margin by how much the chosen answer is better, where the row says so
     * @param rightAnswer what a right response to a prompt says, where the row has one
     */
    public record Grades(
            List<Boolean> labels,
            @Nullable Double margin,
            @Nullable String rightAnswer) {
        /** Copies what may change. */
        public Grades {
            labels = List.copyOf(labels);
        }
    }

    /** The prompt of a row that has none. */
    public static final Content NONE = new Text("");

    /** The kinds of rows by what they hold. */
    public enum Kind {
        /** A prompt and two answers, the better one first. */
        PAIR,
        /** A prompt and two answers of which neither is better. */
        TIE,
        /** Two transcripts that part before their last answers; the prompt is that of the chosen one. */
        APART,
        /** A prompt and one answer, perhaps labelled. */
        ANSWER,
        /** A prompt and one answer in steps, each perhaps labelled. */
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

    /** Holds plain text as a row's content. */
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
     * Messages and the tools that come with them.
     *
     * @param messages at least one
     * @param tools what the template is given of tools, as the row gave it
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
        notes = List.copyOf(notes);
    }

    /**
     * Reads rows each by what it says.
     *
     * @param <T> what a row becomes
     */
    public interface Reader<T> {
        /** Reads a prompt and two answers, of which neither need be better, and which may be in transcripts that part. */
        T pair(Row row);

        /** Reads a prompt and its answer. */
        T answer(Row row);

        /** Reads a prompt and an answer in steps. */
        T steps(Row row);

        /** Reads a prompt alone. */
        T prompt(Row row);

        /** Reads a text or a conversation to learn from. */
        T text(Row row);
    }

    /** Returns what a reader makes of this row. */
    public <T> T read(Reader<T> reader) {
        return switch (kind) {
            case PAIR, TIE, APART -> reader.pair(this);
            case ANSWER -> reader.answer(this);
            case STEPS -> reader.steps(this);
            case PROMPT -> reader.prompt(this);
            case TEXT -> reader.text(this);
        };
    }

    /** Returns this row with other notes. */
    public Row with(List<String> told) {
        return new Row(origin, kind, prompt, answers, grades, fields, told);
    }

    /** Returns the better answer of two, or the only one, or the text to learn from. */
    public Content chosen() {
        return answers.get(0);
    }

    /** Returns the worse answer of two. */
    public Content rejected() {
        return answers.get(1);
    }

    /** Returns whether the only answer is desirable, where the row says so. */
    public @Nullable Boolean label() {
        boolean said = kind == Kind.ANSWER && !grades.labels().isEmpty();
        return said ? grades.labels().get(0) : null;
    }

    /** Returns whether each step is right; null where the row says nothing. */
    public boolean @Nullable [] stepLabels() {
        return grades.labels().isEmpty() ? null : Booleans.toArray(grades.labels());
    }

    /** Returns whether the row has two answers, the better one first. */
    public boolean isPair() {
        return kind == Kind.PAIR || kind == Kind.APART;
    }

    /** Returns whether the two answers are the same, so that there is nothing to prefer. */
    public boolean sidesEqual() {
        return (kind == Kind.PAIR || kind == Kind.TIE) && chosen().equals(rejected());
    }

    /**
     * Returns this row with one of its other fields said before its prompt, an empty line between them: at the start of its last user
     * message, or before its text.
     *
     * @throws InputException where the row has no such text, or its prompt takes none
     */
    public Row hinted(String field) {
        if (!(fields.get(field) instanceof String hint) || hint.isBlank()) {
            throw origin.error("\"" + field + "\" is " + (fields.containsKey(field) ? "no text" : "missing")
                    + ", but it is to be the hint before the prompt; give every row that field, or name another one.");
        }
        Content asked;
        if (prompt instanceof Text plain) {
            asked = new Text(hint + "\n\n" + plain.text());
        } else if (prompt instanceof Conversation conversation) {
            asked = new Conversation(
                    hinted(conversation.messages(), hint), conversation.tools(), conversation.arguments());
        } else if (prompt instanceof Transcript transcript) {
            asked = new Conversation(hinted(transcript.messages(), hint), null);
        } else {
            throw origin.error(
                    "the prompt is token ids, which a hint can't be put before; give rows of text or messages.");
        }
        return new Row(origin, kind, asked, answers, grades, fields, notes);
    }

    private List<Message> hinted(List<Message> messages, String hint) {
        List<Message> told = new ArrayList<>(messages);
        for (int i = told.size() - 1; i >= 0; i--) {
            Message message = told.get(i);
            String said = message.content();
            if (!message.assistant() && !message.instructs() && said != null) {
                Map<String, @Nullable Object> changed = new LinkedHashMap<>(message.fields());
                changed.put("content", hint + "\n\n" + said);
                told.set(i, new Message(message.role(), changed));
                return told;
            }
        }
        throw origin.error("the prompt has no user's message of text, which a hint could be put into.");
    }

    private Row half(Content answer, boolean desirable, List<String> told) {
        return new Row(
                origin,
                Kind.ANSWER,
                prompt,
                List.of(answer),
                new Grades(List.of(desirable), null, null),
                Map.of(),
                told);
    }

    /** Returns the two answers of a pair, the chosen one as desirable and the rejected one as undesirable; the notes go with the first. */
    public List<Row> halves() {
        return List.of(half(chosen(), true, notes), half(rejected(), false, List.of()));
    }

    /** Returns a row with a prompt that is plain text as one whose prompt is a user's message; its answers are the assistant's then. */
    public Row wrapped() {
        if (kind == Kind.TEXT || !(prompt instanceof Text plain)) {
            return this;
        }
        Conversation asked = new Conversation(plain.spokenBy("user"), null);
        return new Row(origin, kind, asked, answers, grades, fields, notes);
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
        return new Row(origin, kind, asked, spoken, grades, fields, notes);
    }
}
