package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.template.python.Characters;
import org.align4j.core.text.SpecialToken;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Splits a context and what goes on after it into tokens as lm-evaluation-harness 0.4.13 does: the context's trailing white space goes
 * over to the continuation, context and whole are tokenised, and the continuation is what the whole has beyond the context's length. An
 * empty context is the model's BOS, or its EOS where there is none.
 */
public record Continuations(TextEncoder text) {
    /**
     * A context with what may go on after it.
     *
     * @param context {@code [P]} token ids
     * @param answers {@code [choices][C]} token ids
     */
    @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
    public record Split(int[] context, int[][] answers) {
        /** Returns the tokens of the context with its longest continuation. */
        public int tokens() {
            return context.length
                    + Arrays.stream(answers)
                            .mapToInt(answer -> answer.length)
                            .max()
                            .orElse(0);
        }
    }

    /**
     * Splits a context from each of its continuations.
     *
     * @throws InputException where a continuation has no token of its own
     */
    public Split split(String context, List<String> continuations) {
        if (context.isEmpty()) {
            return afterNothing(continuations);
        }
        int[] before = encode(Characters.stripEnd(context));
        if (before.length == 0) {
            throw new InputException(
                    "what precedes the choices is white space alone; give a query of text, or an empty one.");
        }
        List<int[]> answers = new ArrayList<>();
        for (String continuation : continuations) {
            int[] whole = encode(context + continuation);
            answers.add(beyond(whole, before.length, continuation));
        }
        return new Split(before, answers.toArray(int[][]::new));
    }

    private Split afterNothing(List<String> continuations) {
        SpecialToken first = first();
        if (first == null) {
            throw new InputException(
                    "the query is empty, and the model has neither a BOS nor an EOS to begin with; give a query.");
        }
        List<int[]> answers = new ArrayList<>();
        for (String continuation : continuations) {
            int[] ids = text.tokenizer().encode(continuation, false);
            int from = ids.length > 0 && ids[0] == first.id() ? 1 : 0;
            answers.add(beyond(ids, from, continuation));
        }
        return new Split(new int[] {first.id()}, answers.toArray(int[][]::new));
    }

    private static int[] beyond(int[] whole, int from, String continuation) {
        if (whole.length <= from) {
            throw new InputException("the choice \"" + continuation
                    + "\" has no token of its own after the query; put something else before it.");
        }
        return Arrays.copyOfRange(whole, from, whole.length);
    }

    /** Encodes a text that a model reads from its start: the tokenizer's own leading tokens, unless the text has them written. */
    public int[] encode(String written) {
        SpecialToken first = first();
        return first != null && !first.text().isEmpty() && written.startsWith(first.text())
                ? text.tokenizer().encode(written, false)
                : text.encodePrompt(written);
    }

    private @Nullable SpecialToken first() {
        SpecialToken bos = text.tokenizer().special().bos();
        return bos != null ? bos : text.tokenizer().special().eos();
    }

    /** Counts items that don't fit a model, or ends the evaluation at the first. */
    static final class ItemRoom {
        private final int maxLength;
        private final boolean drops;
        private int dropped;

        /**
         * Prepares to count items that are too long.
         *
         * @param maxLength tokens that the model takes
         * @param drops whether items may be left out
         */
        public ItemRoom(int maxLength, boolean drops) {
            this.maxLength = maxLength;
            this.drops = drops;
        }

        /**
         * Returns whether an item fits, and counts it where not.
         *
         * @param tokens of the item, those of an answer's first token included
         * @throws InputException where none may be left out
         */
        public boolean takes(TaskRow row, int tokens) {
            if (tokens <= maxLength) {
                return true;
            }
            if (!drops) {
                throw new InputException(format(
                        "%s: the item has %d tokens, but the model takes %d; lower few-shot, or leave such items out by too-long drop.",
                        row.place(), tokens, maxLength));
            }
            dropped++;
            return false;
        }

        /** Returns how many items were left out so far. */
        public int dropped() {
            return dropped;
        }
    }
}
