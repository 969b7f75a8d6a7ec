package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import org.align4j.core.error.InputException;

/**
 * Tokens as a model reads them and, at each position, the tokens whose log-probabilities are asked for. These need not be the tokens
 * that follow in the input, and there may be several at a position, as for the distillation of a teacher's likeliest tokens.
 *
 * @param input {@code [T]} token ids, at least one
 * @param targets {@code [T][K]} token ids asked for after the position's token; K is one number for the whole sequence, but a position
 *     may have none: then nothing is computed for it beyond the body of the model
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
public record TokenSequence(int[] input, int[][] targets) {
    /** Checks the shapes. */
    public TokenSequence {
        if (input.length == 0) {
            throw new InputException("The input has no token but needs at least one; leave the empty sequence out.");
        }
        if (targets.length != input.length) {
            throw new InputException(format(
                    "The input has %,d tokens but the targets are for %,d positions; give targets for each token of the input.",
                    input.length, targets.length));
        }
        int width = width(targets);
        for (int t = 0; t < targets.length; t++) {
            if (targets[t].length != 0 && targets[t].length != width) {
                throw new InputException(format(
                        "Position %,d has %,d targets but others have %,d; give each position of a sequence as many, or none.",
                        t, targets[t].length, width));
            }
        }
    }

    private static int width(int[][] targets) {
        return Arrays.stream(targets).mapToInt(own -> own.length).max().orElse(0);
    }

    /** Asks for one token at each position. */
    public static TokenSequence of(int[] input, int[] targets) {
        return new TokenSequence(
                input, Arrays.stream(targets).mapToObj(id -> new int[] {id}).toArray(int[][]::new));
    }

    /** Asks for each token of a text but the first, as supervised training does: the input is the text without its last token. */
    public static TokenSequence ofText(int... tokens) {
        int first = Math.min(1, tokens.length);
        return ofAnswer(Arrays.copyOf(tokens, first), Arrays.copyOfRange(tokens, first, tokens.length));
    }

    /** Asks for the tokens of an answer, and for none of its prompt: the input is both without the answer's last token. */
    public static TokenSequence ofAnswer(int[] prompt, int... answer) {
        if (prompt.length == 0 || answer.length == 0) {
            throw new InputException(format(
                    "There are %,d tokens before the first that is asked for and %,d from there on; at least one of each is needed.",
                    prompt.length, answer.length));
        }
        int[] input = Arrays.copyOf(prompt, prompt.length + answer.length - 1);
        System.arraycopy(answer, 0, input, prompt.length, answer.length - 1);
        int[][] targets = new int[input.length][0];
        for (int i = 0; i < answer.length; i++) {
            targets[prompt.length - 1 + i] = new int[] {answer[i]};
        }
        return new TokenSequence(input, targets);
    }

    /** Counts the targets of a position that has any: K. */
    public int width() {
        return width(targets);
    }

    /** Counts the positions that have targets. */
    public int scored() {
        return (int) Arrays.stream(targets).filter(own -> own.length > 0).count();
    }

    /** Says how long it is and what is asked for. */
    @Override
    public String toString() {
        return format("TokenSequence[%,d tokens, %,d positions with %,d targets]", input.length, scored(), width());
    }
}
