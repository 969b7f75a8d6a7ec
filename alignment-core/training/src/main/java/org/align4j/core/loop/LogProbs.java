package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * How likely a model finds answers: the log-probability of each token of each answer of each row, in nats.
 *
 * @param tokens {@code [rows][answers][tokens]} a pair has two answers, the chosen one first
 */
@SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
public record LogProbs(double[][][] tokens) {

    /** Counts the rows of the batch. */
    public int rows() {
        return tokens.length;
    }

    /** {@code [answers][tokens]} the log-probabilities of one row's answers, as a loss takes them. */
    public double[][] row(int row) {
        return tokens[row];
    }

    /** Sums the tokens of one answer: the log-probability of the answer. */
    public double sum(int row, int answer) {
        double sum = 0;
        for (double token : tokens[row][answer]) {
            sum += token;
        }
        return sum;
    }

    /** Averages the tokens of one answer, so that answers of different lengths can be compared. */
    public double mean(int row, int answer) {
        return sum(row, answer) / tokens[row][answer].length;
    }

    /** Says each row's answers in a line: the sum of each in nats and how many tokens that is. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < tokens.length; row++) {
            text.append(row == 0 ? "" : "\n").append(format("row %d:", row));
            text.append(Arrays.stream(tokens[row])
                    .map(answer -> format(
                            " %.4f nats in %d tokens", Arrays.stream(answer).sum(), answer.length))
                    .collect(Collectors.joining(" ·")));
        }
        return text.toString();
    }
}
