package org.align4j.core.data.row;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** A row as its file gave it: text, messages or tokens, checked for form, not yet encoded. */
public sealed interface Row {

    /** Returns the place in the files that the row came from. */
    Origin origin();

    /** Two answers to one prompt. */
    sealed interface Pair extends Row {
        /** Tells whether the two answers are the same, so that there is nothing to prefer. */
        boolean sidesEqual();

        /** Tells whether this is a preference between two different answers to one prompt. */
        default boolean prefers() {
            return !sidesEqual();
        }

        /** Returns by how much the chosen answer is better, where the row says so. */
        @Nullable
        Double margin();

        /** Returns the chosen answer as a desirable row and the rejected one as an undesirable row. */
        List<Completion> halves();
    }

    /** Two answers of which neither is better. */
    record Tie(Pair pair) implements Row {
        @Override
        public Origin origin() {
            return pair.origin();
        }
    }

    /** An answer to a prompt, perhaps judged. */
    sealed interface Completion extends Row {
        /** Tells whether the answer is desirable, where the row says so. */
        @Nullable
        Boolean label();
    }

    /** An answer in steps, each perhaps judged. */
    sealed interface Steps extends Row {
        /** Tells whether each step is right, where the row says so. */
        boolean @Nullable [] labels();
    }

    /** A prompt, perhaps with what a right response to it says. */
    sealed interface Prompt extends Row {
        /** Returns what a right response says, where the row has one. */
        @Nullable
        String answer();

        /** Returns this prompt with an answer. */
        Prompt withAnswer(@Nullable String answer);
    }

    /** A preference in plain text. */
    record TextPair(
            Origin origin,
            String prompt,
            String chosen,
            String rejected,
            @Nullable Double margin) implements Pair {
        @Override
        public boolean sidesEqual() {
            return chosen.equals(rejected);
        }

        @Override
        public List<Completion> halves() {
            return List.of(
                    new TextCompletion(origin, prompt, chosen, true),
                    new TextCompletion(origin, prompt, rejected, false));
        }
    }

    /** A preference in messages; each answer is one or more of them. */
    record MessagePair(
            Origin origin,
            Conversation prompt,
            List<Message> chosen,
            List<Message> rejected,
            @Nullable Double margin) implements Pair {
        @Override
        public boolean sidesEqual() {
            return chosen.equals(rejected);
        }

        @Override
        public List<Completion> halves() {
            return List.of(
                    new MessageCompletion(origin, prompt, chosen, true),
                    new MessageCompletion(origin, prompt, rejected, false));
        }
    }

    /** A preference as two transcripts of a human and an assistant. */
    record TranscriptPair(
            Origin origin,
            Transcript chosen,
            Transcript rejected,
            @Nullable Double margin) implements Pair {
        @Override
        public boolean sidesEqual() {
            return chosen.equals(rejected);
        }

        @Override
        public List<Completion> halves() {
            return List.of(
                    new TranscriptCompletion(origin, chosen, true), new TranscriptCompletion(origin, rejected, false));
        }

        @Override
        public boolean prefers() {
            return sharesPrompt() && !sidesEqual();
        }

        /** Tells whether both transcripts are the same up to the last answer. */
        public boolean sharesPrompt() {
            return chosen.prompt().equals(rejected.prompt());
        }
    }

    /** A preference in token ids. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record TokenPair(
            Origin origin,
            int[] prompt,
            int[] chosen,
            int[] rejected,
            @Nullable Double margin) implements Pair {
        @Override
        public boolean sidesEqual() {
            return Arrays.equals(chosen, rejected);
        }

        @Override
        public List<Completion> halves() {
            return List.of(
                    new TokenCompletion(origin, prompt, chosen, true),
                    new TokenCompletion(origin, prompt, rejected, false));
        }
    }

    /** An answer in plain text. */
    record TextCompletion(
            Origin origin,
            String prompt,
            String completion,
            @Nullable Boolean label) implements Completion {}

    /** An answer of one or more messages. */
    record MessageCompletion(
            Origin origin,
            Conversation prompt,
            List<Message> completion,
            @Nullable Boolean label) implements Completion {}

    /** An answer that ends a transcript. */
    record TranscriptCompletion(
            Origin origin, Transcript transcript, @Nullable Boolean label) implements Completion {}

    /** An answer in token ids. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record TokenCompletion(
            Origin origin,
            int[] prompt,
            int[] completion,
            @Nullable Boolean label) implements Completion {}

    /** Steps in plain text that follow a prompt in plain text. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record TextSteps(Origin origin, String prompt, List<String> steps, boolean @Nullable [] labels) implements Steps {}

    /** Steps in plain text that answer a conversation. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record MessageSteps(Origin origin, Conversation prompt, List<String> steps, boolean @Nullable [] labels)
            implements Steps {}

    /** Steps in token ids. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record TokenSteps(Origin origin, int[] prompt, int[][] steps, boolean @Nullable [] labels) implements Steps {}

    /** A prompt in plain text. */
    record TextPrompt(
            Origin origin, String prompt, @Nullable String answer) implements Prompt {
        public TextPrompt(Origin origin, String prompt) {
            this(origin, prompt, null);
        }

        @Override
        public TextPrompt withAnswer(@Nullable String other) {
            return new TextPrompt(origin, prompt, other);
        }
    }

    /** A prompt of messages. */
    record MessagePrompt(
            Origin origin, Conversation prompt, @Nullable String answer) implements Prompt {
        public MessagePrompt(Origin origin, Conversation prompt) {
            this(origin, prompt, null);
        }

        @Override
        public MessagePrompt withAnswer(@Nullable String other) {
            return new MessagePrompt(origin, prompt, other);
        }
    }

    /** A prompt that is a transcript's; its answer is not read. */
    record TranscriptPrompt(
            Origin origin, Transcript transcript, @Nullable String answer) implements Prompt {
        public TranscriptPrompt(Origin origin, Transcript transcript) {
            this(origin, transcript, null);
        }

        @Override
        public TranscriptPrompt withAnswer(@Nullable String other) {
            return new TranscriptPrompt(origin, transcript, other);
        }
    }

    /** A prompt in token ids. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way to the token row, never compared
    record TokenPrompt(
            Origin origin, int[] prompt, @Nullable String answer) implements Prompt {
        public TokenPrompt(Origin origin, int[] prompt) {
            this(origin, prompt, null);
        }

        @Override
        public TokenPrompt withAnswer(@Nullable String other) {
            return new TokenPrompt(origin, prompt, other);
        }
    }

    /** A whole conversation to learn from. */
    record Dialogue(Origin origin, Conversation conversation) implements Row {}

    /** A text to learn from. */
    record PlainText(Origin origin, String text) implements Row {}

    /**
     * Messages and the tools that stand beside them.
     *
     * @param messages at least one
     * @param tools what the template is told of tools, as the row gave it
     * @param arguments variables of the template that this row sets; mostly none
     */
    record Conversation(
            List<Message> messages, @Nullable List<?> tools, Map<String, ? extends @Nullable Object> arguments) {
        public Conversation(List<Message> messages, @Nullable List<?> tools) {
            this(messages, tools, Map.of());
        }
    }
}
