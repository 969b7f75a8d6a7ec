package org.align4j.reward.train;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TokenRow;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScorePass;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.loss.LossShare;
import org.align4j.reward.report.RewardFigures;

/**
 * Reward modelling (Christiano et al. 2017; Ouyang et al. 2022; process rewards: Lightman et al. 2023): moves the scores of answers
 * to where the rows say. The loss is the mean over the judgements of the whole step, however it is cut into forwards. A step:
 *
 * <ol>
 *   <li>rows: where the answers of each are scored
 *   <li>pack: laid into forwards of at most the budget's tokens, a prompt once for the answers that share it
 *   <li>pass: the scores
 *   <li>loss: what the rows say of them, and its derivative by each score
 *   <li>backward: the gradient goes through head and body to what trains
 *   <li>figures: the loss, each row's share of it, accuracy and the like
 * </ol>
 *
 * @param reader scores with the model
 * @param supervision says what the scores of such rows should be
 */
public record RewardRecipe<T extends TokenRow>(AnswerReader reader, Supervision<T> supervision) {

    /**
     * Adds the gradient of a batch's loss to the trained tensors' gradients.
     *
     * @param seed of dropout
     * @param judgements over how many the loss is the mean
     */
    public StepOutcome accumulate(List<T> batch, long seed, int judgements) {
        // 1. rows
        List<Reading> readings = readings(batch);
        Policy policy = reader.scores().policy();
        List<Judged<T>> forwards = policy.sideBySide(reader.groups(readings), group -> {
            // 2. pack
            AnswerForward forward = reader.pack(readings, group);
            // 3. pass
            try (ScorePass pass = reader.scores().pass(forward.batch(), forward.places(), seed + group[0])) {
                Scored<T> scored = new Scored<>(select(batch, group), reader.values(forward, pass.scores()));
                // 4. loss
                LossShare share = supervision.loss(scored, judgements);
                // 5. backward
                pass.backward(reader.derivatives(share.gradient()));
                return new Judged<>(forward, scored, share);
            }
        });
        // 6. figures
        double[] rowLosses = new double[batch.size()];
        forwards.forEach(forward -> forward.putRowLosses(rowLosses));
        return new StepOutcome(
                forwards.stream().map(forward -> forward.share.loss()).reduce(0.0, Double::sum),
                rowLosses,
                figures(Scored.joined(forwards.stream().map(Judged::scored).toList())),
                forwards.stream()
                        .mapToLong(forward -> forward.forward.batch().size())
                        .sum(),
                0);
    }

    /** A forward with what its rows say of their scores. */
    private record Judged<T>(AnswerForward forward, Scored<T> scored, LossShare share) {
        void putRowLosses(double[] all) {
            for (int i = 0; i < forward.group().length; i++) {
                all[forward.group()[i]] = share.perRow()[i];
            }
        }
    }

    /** How many judgements the loss of a batch is the mean over. */
    public int judgements(List<T> batch) {
        return batch.stream().mapToInt(supervision::judgements).sum();
    }

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

    /**
     * The forwards of one step.
     *
     * @param places of the rows among all training rows
     */
    List<Forward> forwards(int[] places, List<T> rows) {
        List<Reading> readings = readings(rows);
        return Forward.of(
                places,
                reader.groups(readings),
                group -> reader.pack(readings, group).batch());
    }

    private List<Reading> readings(List<T> rows) {
        return rows.stream().map(supervision::reading).toList();
    }

    private static <T> List<T> select(List<T> rows, int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }
}
