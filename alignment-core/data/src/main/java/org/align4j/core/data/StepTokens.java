package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * One answer in steps, each perhaps labelled on its own.
 *
 * @param row the row's number over the whole input, from 0
 * @param prompt {@code [P]} token ids; at least one
 * @param completion {@code [C]} token ids of all steps one after the other, what separates them included
 * @param ends {@code [S]} tokens of the completion up to each step's end, ascending; the last one is C
 * @param labels {@code [S]} whether each step is right; null where the row says nothing
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record StepTokens(int row, int[] prompt, int[] completion, int[] ends, boolean @Nullable [] labels)
        implements TokenRow {
    public StepTokens {
        TokenArrays.requireSome(List.of("prompt", "completion"), prompt, completion);
        int before = 0;
        for (int end : ends) {
            if (end <= before) {
                throw new IllegalArgumentException("ends are " + Arrays.toString(ends) + " but must ascend from 1.");
            }
            before = end;
        }
        if (before != completion.length) {
            throw new IllegalArgumentException(
                    "The last step ends after " + before + " of " + completion.length + " tokens, not at the end.");
        }
        if (labels != null && labels.length != ends.length) {
            throw new IllegalArgumentException(ends.length + " steps need as many labels, not " + labels.length + ".");
        }
    }

    /** Makes a row from the tokens of each step; at least one step, each of at least one token. */
    public static StepTokens of(int row, int[] prompt, int[][] steps, boolean @Nullable [] labels) {
        int[] ends = new int[steps.length];
        int tokens = 0;
        for (int s = 0; s < steps.length; s++) {
            tokens += steps[s].length;
            ends[s] = tokens;
        }
        int[] completion = Arrays.stream(steps).flatMapToInt(Arrays::stream).toArray();
        return new StepTokens(row, prompt, completion, ends, labels);
    }

    /** Makes a row from an answer whose steps nobody labelled. */
    public static StepTokens unjudged(int row, int[] prompt, int[] completion, int[] ends) {
        return new StepTokens(row, prompt, completion, ends, null);
    }

    /** Counts the steps of the answer. */
    public int steps() {
        return ends.length;
    }

    /**
     * Whether a step is right.
     *
     * @throws InputException where the row has no labels
     */
    public boolean right(int step) {
        if (labels == null) {
            throw new InputException("Row " + row + " has no labels; read the rows as steps.");
        }
        return labels[step];
    }

    /** The first wrong step; {@link #steps} where all are right. */
    public int firstError() {
        int step = 0;
        while (step < ends.length && right(step)) {
            step++;
        }
        return step;
    }

    /** Returns this row with another prompt. */
    public StepTokens withPrompt(int[] other) {
        return new StepTokens(row, other, completion, ends, labels);
    }

    /** Returns this row with its answer labelled at the last step alone. */
    public StepTokens lastStep() {
        boolean[] last = labels == null ? null : new boolean[] {labels[labels.length - 1]};
        return new StepTokens(row, prompt, completion, new int[] {completion.length}, last);
    }

    /** Returns this row with its first steps alone, at least one. */
    public StepTokens first(int steps) {
        return new StepTokens(
                row,
                prompt,
                Arrays.copyOf(completion, ends[steps - 1]),
                Arrays.copyOf(ends, steps),
                labels == null ? null : Arrays.copyOf(labels, steps));
    }

    @Override
    public int tokens() {
        return prompt.length + completion.length;
    }

    /** Lists the prompt and the completion, of which the last token of each step is learned from. */
    @Override
    public List<TokenPart> parts() {
        return List.of(
                TokenPart.prompt(prompt),
                new TokenPart(
                        "completion", completion, place -> Arrays.stream(ends).anyMatch(end -> end == place + 1)));
    }

    /** Keeps the steps that fit whole: a step that is cut has no end to be scored at. */
    @Override
    public @Nullable StepTokens keepStart(int length) {
        int room = length - prompt.length;
        int whole = (int) Arrays.stream(ends).filter(end -> end <= room).count();
        return whole == 0 ? null : first(whole);
    }

    @Override
    public @Nullable StepTokens keepEnd(int length) {
        int[] kept = TokenArrays.end(prompt, tokens() - length);
        return kept == null ? null : withPrompt(kept);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StepTokens that
                && row == that.row
                && Arrays.equals(prompt, that.prompt)
                && Arrays.equals(completion, that.completion)
                && Arrays.equals(ends, that.ends)
                && Arrays.equals(labels, that.labels);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                row,
                Arrays.hashCode(prompt),
                Arrays.hashCode(completion),
                Arrays.hashCode(ends),
                Arrays.hashCode(labels));
    }

    @Override
    public String toString() {
        return "StepTokens[row=" + row + ", prompt=" + Shortened.ids(prompt) + ", completion="
                + Shortened.ids(completion) + ", ends=" + Shortened.ids(ends) + ", labels="
                + Shortened.of(Arrays.toString(labels)) + "]";
    }
}
