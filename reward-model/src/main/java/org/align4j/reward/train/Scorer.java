package org.align4j.reward.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TokenRow;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.report.RewardFigures;

/**
 * Rows of one kind scored by a model, and the model moved by what the rows say of the scores.
 *
 * @param reader the model
 * @param supervision what the rows say
 */
public record Scorer<T extends TokenRow>(AnswerReader reader, Supervision<T> supervision) {

    /** The rows with their scores. */
    public Scored<T> read(List<T> rows) {
        return new Scored<>(rows, reader.read(readings(rows)));
    }

    /** The loss and the figures of rows that were read. */
    public StepMetrics evaluate(Scored<T> read) {
        double loss = supervision.loss(read, judgements(read.rows())).loss();
        return StepMetrics.EMPTY.with(LoopFigures.LOSS, loss).with(figures(read));
    }

    private StepMetrics figures(Scored<T> read) {
        double sum = 0;
        double smallest = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;
        double[] rewards = supervision.rewards(read);
        for (double reward : rewards) {
            sum += reward;
            smallest = Math.min(smallest, reward);
            largest = Math.max(largest, reward);
        }
        return supervision
                .figures(read)
                .with(RewardFigures.MEAN_SCORE, sum / rewards.length)
                .with(RewardFigures.LEAST_SCORE, smallest)
                .with(RewardFigures.LARGEST_SCORE, largest);
    }

    /** How many judgements the loss of a batch is the mean over. */
    public int judgements(List<T> batch) {
        return batch.stream().mapToInt(supervision::judgements).sum();
    }

    /**
     * Adds the gradient of a batch's loss to the trained tensors' gradients.
     *
     * @param seed of dropout
     * @param judgements over how many the loss is the mean
     */
    public StepOutcome accumulate(List<T> batch, long seed, int judgements) {
        List<AnswerReader.Pass> passes = reader.accumulate(
                readings(batch),
                seed,
                (places, scores) -> supervision.loss(new Scored<>(select(batch, places), scores), judgements));
        double loss = 0;
        double[] rowLosses = new double[batch.size()];
        long tokens = 0;
        List<Scored<T>> parts = new ArrayList<>();
        for (AnswerReader.Pass pass : passes) {
            loss += pass.share().loss();
            tokens += pass.tokens();
            parts.add(new Scored<>(select(batch, pass.rows()), pass.scores()));
            for (int i = 0; i < pass.rows().length; i++) {
                rowLosses[pass.rows()[i]] = pass.share().perRow()[i];
            }
        }
        return new StepOutcome(loss, rowLosses, figures(Scored.joined(parts)), tokens, 0);
    }

    /**
     * The forwards of one step.
     *
     * @param places of the rows among all training rows
     */
    List<Forward> forwards(int[] places, List<T> rows) {
        return reader.forwards(places, readings(rows));
    }

    private List<Reading> readings(List<T> rows) {
        return rows.stream().map(supervision::reading).toList();
    }

    private static <T> List<T> select(List<T> rows, int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }
}
