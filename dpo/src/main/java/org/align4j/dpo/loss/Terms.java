package org.align4j.dpo.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;
import org.jspecify.annotations.Nullable;

/**
 * The scores of a batch of B rows, or of a part of one, as variables of a tape: what the quantities of pairs and those of
 * labelled answers are made from.
 */
abstract sealed class Terms permits PairTerms, UnpairedTerms {
    final Tape tape;
    final BatchScores batch;
    final BatchTotals totals;
    private final LossState state;
    private final List<Tokens> answers;
    private final @Nullable Tokens prompts;
    private final List<Var> sequenceKls;

    Terms(Tape tape, BatchScores batch, BatchTotals totals, LossState state) {
        this.tape = tape;
        this.batch = batch;
        this.totals = totals;
        this.state = state;
        answers = batch.eachAnswer(answer -> Tokens.variable(tape, batch.policy(answer)));
        double[][] tokens = batch.prompts();
        prompts = tokens == null ? null : Tokens.variable(tape, tokens);
        sequenceKls =
                batch.hasSequenceKl() ? batch.eachAnswer(answer -> tape.variable(batch.sequenceKl(answer))) : List.of();
    }

    /** {@code [B]} the losses that a loss of such rows gives them. */
    abstract Var losses(PreferenceLoss loss);

    /** {@code [A]} the rewards of the answers that a loss of such rows reports, {@code [B]} each. */
    abstract List<Var> rewards(PreferenceLoss loss);

    /** Returns the state of a loss after this batch. */
    abstract LossState advanced(PreferenceLoss loss, LossState before);

    /** {@code [A]} the summed log-probabilities of the answers under the policy, {@code [B]} each. */
    abstract List<Var> logProbs();

    /** Counts the rows. */
    public final int size() {
        return batch.size();
    }

    /** Returns the state of the losses, this batch included. */
    public final LossState state() {
        return state;
    }

    /** The token log-probabilities of one answer of each row under the policy. */
    final Tokens answer(int answer) {
        return answers.get(answer);
    }

    /** The token log-probabilities of the prompts under the policy. */
    final Tokens prompts() {
        if (prompts == null) {
            throw lacks("the log-probabilities of prompt tokens");
        }
        return prompts;
    }

    /** {@code [B]} KL(π_ref ‖ π) summed over one answer of each row. */
    final Var sequenceKl(int answer) {
        if (sequenceKls.isEmpty()) {
            throw lacks("the sequence KL");
        }
        return sequenceKls.get(answer);
    }

    /** {@code [B]} WPO's weights: how likely a row's answers are under the policy, per token and against its own sampling. */
    final double[] weights() {
        double[] weights = new double[size()];
        Arrays.fill(weights, 1);
        for (int row = 0; row < weights.length; row++) {
            RowScores scores = batch.rows().get(row);
            double[][] squares = scores.logSumSquares();
            if (squares == null) {
                throw lacks("log Σp² of each token");
            }
            for (int answer = 0; answer < squares.length; answer++) {
                weights[row] *= weight(scores.policy()[answer], squares[answer]);
            }
        }
        return weights;
    }

    private static double weight(double[] policy, double[] squares) {
        double sum = 0;
        for (int t = 0; t < squares.length; t++) {
            sum += policy[t] - squares[t];
        }
        return Math.exp(sum / Math.max(1, squares.length));
    }

    /** {@code [B]} the derivatives of what the tape was run back from. */
    final List<RowGradients> gradients() {
        List<double[][]> ofAnswers = answers.stream().map(Tokens::gradient).toList();
        double[][] ofPrompts = prompts == null ? new double[size()][0] : prompts.gradient();
        List<RowGradients> rows = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            int row = i;
            double[] ofDivergences = sequenceKls.isEmpty()
                    ? new double[answers.size()]
                    : sequenceKls.stream()
                            .mapToDouble(divergence -> divergence.gradient()[row])
                            .toArray();
            rows.add(new RowGradients(
                    ofAnswers.stream().map(tokens -> tokens[row]).toArray(double[][]::new),
                    ofPrompts[row],
                    ofDivergences));
        }
        return rows;
    }

    private static IllegalStateException lacks(String what) {
        return new IllegalStateException("The batch lacks " + what + ", which this loss needs.");
    }

    /** The tokens of B rows end to end on a tape, and back to rows. */
    static final class Tokens {
        private final Var flat;
        private final int[] lengths;

        private Tokens(Var flat, int[] lengths) {
            this.flat = flat;
            this.lengths = lengths;
        }

        static Tokens variable(Tape tape, double[][] rows) {
            return new Tokens(tape.variable(flatten(rows)), lengths(rows));
        }

        static Tokens constant(Tape tape, double[][] rows) {
            return new Tokens(tape.constant(flatten(rows)), lengths(rows));
        }

        /** {@code [B]} sums over each row. */
        Var sums() {
            return flat.sums(lengths);
        }

        /** {@code [B]} sums over each row in which tokens from {@code heads[row]} on count {@code tailWeight}. */
        Var sums(int[] heads, double tailWeight) {
            double[] weights = new double[flat.size()];
            for (int row = 0, i = 0; row < lengths.length; row++) {
                for (int t = 0; t < lengths[row]; t++, i++) {
                    weights[i] = t < heads[row] ? 1 : tailWeight;
                }
            }
            return flat.times(weights).sums(lengths);
        }

        int[] lengths() {
            return lengths;
        }

        /** {@code [B]} the lengths as divisors: at least 1. */
        double[] divisors() {
            double[] divisors = new double[lengths.length];
            for (int row = 0; row < divisors.length; row++) {
                divisors[row] = Math.max(1, lengths[row]);
            }
            return divisors;
        }

        /** {@code [B][T]} the gradient, row by row. */
        double[][] gradient() {
            double[] gradient = flat.gradient();
            double[][] rows = new double[lengths.length][];
            for (int row = 0, i = 0; row < rows.length; i += lengths[row++]) {
                rows[row] = new double[lengths[row]];
                System.arraycopy(gradient, i, rows[row], 0, lengths[row]);
            }
            return rows;
        }

        private static int[] lengths(double[][] rows) {
            int[] lengths = new int[rows.length];
            for (int row = 0; row < lengths.length; row++) {
                lengths[row] = rows[row].length;
            }
            return lengths;
        }

        private static double[] flatten(double[][] rows) {
            int size = 0;
            for (double[] row : rows) {
                size += row.length;
            }
            double[] flat = new double[size];
            int at = 0;
            for (double[] row : rows) {
                System.arraycopy(row, 0, flat, at, row.length);
                at += row.length;
            }
            return flat;
        }
    }
}
