package org.align4j.reward;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.TokenRow;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.reward.AnswerReader.Reading;
import org.jspecify.annotations.Nullable;

/** What rows of one kind teach a reward model: where their answers are scored, and what the scores should be. */
interface Supervision<T extends TokenRow> {

    /** Returns a row's answers and where they are scored. */
    Reading reading(T row);

    /** A row as it is trained on; it is evaluated, and scores are normalised, as it is. */
    default T trained(T row) {
        return row;
    }

    /** How many judgements the loss finds in a row: it is the mean over those of the batch. */
    default int judgements(T row) {
        return 1;
    }

    /**
     * The share of some rows in the loss and the gradients of the batch that they belong to.
     *
     * @param judgements of the whole batch
     */
    LossShare loss(Scored<T> part, int judgements);

    /** The figures of a batch beside its loss and its {@link #rewards}. */
    StepMetrics figures(Scored<T> batch);

    /** What each held-out row says of the model, for the run's verdict. */
    EvaluatedRows evaluated(Scored<T> heldOut);

    /** The scores of answers, by whose mean and deviation later ones are normalised. */
    double[] answerScores(Scored<T> sample);

    /** Says in a paragraph what the head gives, and that a folder's scores are raw. */
    String scoresInWords();

    /** Says in a sentence which commands give normalised scores. */
    String normalizedInWords();

    /** What mean_reward, min_reward and max_reward of a batch are about. */
    default double[] rewards(Scored<T> batch) {
        return answerScores(batch);
    }

    /**
     * Leaves in a run's directory how held-out rows are scored, beside what is learned from the training rows without a model.
     *
     * @param shown how many of the worst mistakes are shown in words
     * @param words turns tokens into text; null where rows are tokens
     */
    void report(Scored<T> heldOut, List<T> training, int shown, @Nullable TextEncoder words, ReportFiles files)
            throws IOException;

    /** Writes what a model of this kind needs next to its weights. */
    default void supplement(Path folder) throws IOException {}

    /**
     * Holds rows with a model's scores.
     *
     * @param rows the rows
     * @param scores of each row's answers, one answer's after the other's
     */
    record Scored<T>(List<T> rows, List<double[]> scores) {

        /** Joins parts, one after the other. */
        static <T> Scored<T> joined(List<Scored<T>> parts) {
            List<T> rows = new ArrayList<>();
            List<double[]> scores = new ArrayList<>();
            for (Scored<T> part : parts) {
                rows.addAll(part.rows);
                scores.addAll(part.scores);
            }
            return new Scored<>(rows, scores);
        }
    }

    /**
     * What a loss makes of some rows of a batch: the shares of all parts add up to the batch's loss, and their gradients are its gradient.
     *
     * @param loss the rows' share of the mean over the batch
     * @param perRow {@code [B]} each row's loss
     * @param gradient {@code [B][]} derivatives of the batch's loss with respect to each row's scores, in their order
     */
    @SuppressWarnings("ArrayRecordComponent")
    record LossShare(double loss, double[] perRow, List<double[]> gradient) implements Serializable {}
}
