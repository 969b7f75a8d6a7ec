package org.align4j.core.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.task.ifeval.AskedInstructions;
import org.align4j.core.text.Message;

/** One item of a task, as its file has it. */
sealed interface TaskRow {
    /** Returns the item's number in its file, from 0. */
    int item();

    /** Returns where the item stands: file and line. */
    String place();

    /** Whether another item asks this one's question with the same answers, wherever it stands. */
    boolean hasSameContent(TaskRow other);

    /** Returns what is equal for items with equal prompts. */
    Object question();

    /**
     * A question with answers to choose from.
     *
     * @param query what stands before each choice
     * @param choices at least two
     * @param gold the number of the right one, from 0
     */
    record Choice(int item, String place, String query, List<String> choices, int gold) implements TaskRow {
        /** Copies the choices. */
        public Choice {
            choices = List.copyOf(choices);
        }

        /** Returns the text of the right choice. */
        public String right() {
            return choices.get(gold);
        }

        @Override
        public boolean hasSameContent(TaskRow other) {
            return other instanceof Choice that
                    && query.equals(that.query)
                    && choices.equals(that.choices)
                    && gold == that.gold;
        }

        @Override
        public Object question() {
            return query;
        }
    }

    /**
     * A prompt with the answer that is right.
     *
     * @param prompt as one user's message where it was text
     * @param isText whether the file has the prompt as text, not as messages
     */
    record Answer(int item, String place, List<Message> prompt, boolean isText, String answer) implements TaskRow {
        /** Copies the prompt. */
        public Answer {
            prompt = List.copyOf(prompt);
        }

        @Override
        public boolean hasSameContent(TaskRow other) {
            return other instanceof Answer that && prompt.equals(that.prompt) && answer.equals(that.answer);
        }

        @Override
        public Object question() {
            return prompt;
        }

        /** Returns the prompt's text; only where it is text. */
        public String text() {
            return Objects.requireNonNull(prompt.get(0).content());
        }
    }

    /**
     * A prompt with instructions that a program can check.
     *
     * @param key the item's name in the data set
     * @param asked what an answer must follow
     */
    record Instructions(int item, String place, String key, String prompt, AskedInstructions asked) implements TaskRow {
        @Override
        public boolean hasSameContent(TaskRow other) {
            return other instanceof Instructions that
                    && prompt.equals(that.prompt)
                    && asked.kinds().equals(that.asked.kinds());
        }

        @Override
        public Object question() {
            return prompt;
        }
    }

    /** Numbers items so that those with equal prompts have one number. */
    final class Clusters {
        private final Map<Object, Integer> numbers = new HashMap<>();

        /** Returns the number of an item's prompt. */
        public int of(TaskRow row) {
            return numbers.computeIfAbsent(row.question(), unseen -> numbers.size());
        }
    }
}
