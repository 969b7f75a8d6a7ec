package org.align4j.reward;

import com.google.common.primitives.Doubles;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.policy.Scorer;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.AnswerReader.AnswerForward;
import org.align4j.reward.AnswerReader.Reading;
import org.align4j.reward.Supervision.LossShare;
import org.align4j.reward.Supervision.Scored;
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
record RewardRecipe<T extends TokenRow>(AnswerReader reader, Supervision<T> supervision) {

    /**
     * Adds the gradient of a batch's loss to the trained tensors' gradients.
     *
     * @param seed of dropout
     * @param judgements over how many the loss is the mean
     */
    public StepOutcome accumulate(List<T> batch, long seed, int judgements) {
        // 1. rows
        Scorer scorer = new Scorer(reader.groups(readings(batch)));
        List<List<T>> parts = scorer.parts(batch);
        List<Question<T>> questions = IntStream.range(0, parts.size())
                .mapToObj(
                        i -> new Question<>(parts.get(i), seed + scorer.groups().get(i)[0], judgements))
                .toList();
        List<Judged> forwards = reader.scores().policy().take(learn(), questions);
        // 6. figures
        double loss = 0;
        long computed = 0;
        List<List<Double>> rowLosses = new ArrayList<>();
        List<Scored<T>> scored = new ArrayList<>();
        for (int i = 0; i < forwards.size(); i++) {
            Judged forward = forwards.get(i);
            loss += forward.share.loss();
            computed += forward.tokens;
            scored.add(new Scored<>(questions.get(i).rows, forward.scores));
            rowLosses.add(Doubles.asList(forward.share.perRow()));
        }
        return new StepOutcome(
                loss, Doubles.toArray(scorer.inOrder(rowLosses)), figures(Scored.joined(scored)), computed, 0);
    }

    /**
     * The rows of one forward.
     *
     * @param seed of dropout
     * @param judgements of the whole step
     */
    record Question<T extends TokenRow>(List<T> rows, long seed, int judgements) implements Serializable {}

    /**
     * Holds the scores and the loss of one forward.
     *
     * @param scores of each row
     * @param share of the rows in the loss
     * @param tokens in the forward
     */
    record Judged(List<double[]> scores, LossShare share, int tokens) implements Serializable {}

    private Round<Question<T>, Judged> learn() {
        return Round.learning("learn", this::learn);
    }

    private Judged learn(Question<T> question) {
        // 2. pack
        AnswerForward forward = reader.pack(readings(question.rows));
        // 3. pass
        try (ScorePass pass = reader.scores().pass(forward.batch(), forward.places(), question.seed)) {
            Scored<T> scored = new Scored<>(question.rows, reader.values(forward, pass.scores()));
            // 4. loss
            LossShare share = supervision.loss(scored, question.judgements);
            // 5. backward
            pass.backward(reader.derivatives(share.gradient()));
            return new Judged(scored.scores(), share, forward.batch().size());
        }
    }

    /** The rounds whose forwards a step and an evaluation take. */
    List<Round<?, ?>> rounds() {
        return List.of(learn(), reader.round());
    }

    /** How many judgements the loss of a batch is the mean over. */
    public int judgements(List<T> batch) {
        return batch.stream().mapToInt(supervision::judgements).sum();
    }

    /** Returns the rows with their scores. */
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
                group -> reader.pack(select(readings, group)).batch());
    }

    private List<Reading> readings(List<T> rows) {
        return rows.stream().map(supervision::reading).toList();
    }

    private static <T> List<T> select(List<T> rows, int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }
}
