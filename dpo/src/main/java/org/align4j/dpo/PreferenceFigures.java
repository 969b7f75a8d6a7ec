package org.align4j.dpo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.verdict.EvaluatedAnswers;
import org.align4j.core.verdict.EvaluatedPairs;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.dpo.PreferenceRows.PreferenceRow;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.Trait;

/** The figures of a batch, gathered forward by forward. Of labelled answers a side without a row has none. */
final class PreferenceFigures {
    private static final int CHOSEN = 0;
    private static final int REJECTED = 1;

    private final PreferenceRows batch;
    private final PreferenceObjective objective;
    private final BatchTotals totals;
    private final BatchLoss.Row[] evaluated;
    private final List<BatchLoss.Row> arrived = new ArrayList<>();
    private final double[] parts;
    private double loss;
    private double entropy;
    private long answerTokens;
    private long computed;

    PreferenceFigures(PreferenceRows batch, PreferenceObjective objective, BatchTotals totals) {
        this.batch = batch;
        this.objective = objective;
        this.totals = totals;
        this.evaluated = new BatchLoss.Row[batch.size()];
        this.parts = new double[objective.losses().size()];
    }

    /** Takes what the objective made of the whole batch. */
    void add(BatchLoss whole) {
        add(whole, IntStream.range(0, batch.size()).toArray());
    }

    /** Takes a part's share; {@code places} of its rows in the batch. */
    void add(BatchLoss part, int[] places) {
        loss += part.loss();
        for (int i = 0; i < parts.length; i++) {
            parts[i] += part.parts()[i];
        }
        for (int i = 0; i < places.length; i++) {
            evaluated[places[i]] = part.rows().get(i);
        }
        arrived.addAll(part.rows());
    }

    /** Takes what a forward computed. */
    void add(DpoForwards.Computed forward) {
        computed += forward.tokens();
        answerTokens += forward.answerTokens();
        for (double ofAnswer : forward.entropies()) {
            entropy += ofAnswer;
        }
    }

    /**
     * The figures of a step.
     *
     * @param more what else the step found
     */
    StepOutcome outcome(StepMetrics more) {
        StepMetrics metrics = objective.isUnpaired() ? ofJudgedAnswers() : ofPairs();
        double[] rowLosses =
                Arrays.stream(evaluated).mapToDouble(BatchLoss.Row::loss).toArray();
        return new StepOutcome(loss, rowLosses, metrics.with(more), computed, 0);
    }

    /** The figures of held-out rows. */
    StepMetrics ofEvaluation() {
        StepMetrics metrics = StepMetrics.EMPTY
                .with(LoopFigures.LOSS, loss)
                .with(outcome(StepMetrics.EMPTY).metrics());
        return objective.isUnpaired() ? metrics : metrics.with(DpoFigures.LIKELIER, likelierShare());
    }

    /** What a verdict compares: the log-probability of each answer. */
    EvaluatedRows rows() {
        int[] tokens =
                batch.rows().stream().mapToInt(PreferenceRow::firstTokens).toArray();
        double[] first = logProbs(CHOSEN);
        if (!objective.isUnpaired()) {
            int[] rejected =
                    batch.rows().stream().mapToInt(PreferenceRow::secondTokens).toArray();
            return new EvaluatedPairs(first, logProbs(REJECTED), tokens, rejected, objective.measure());
        }
        boolean[] desirable = new boolean[batch.size()];
        for (int i = 0; i < desirable.length; i++) {
            desirable[i] = batch.get(i).desirable();
        }
        return new EvaluatedAnswers(first, tokens, desirable);
    }

    private double[] logProbs(int answer) {
        return Arrays.stream(evaluated)
                .mapToDouble(row -> row.logProbs()[answer])
                .toArray();
    }

    private StepMetrics ofPairs() {
        int pairs = batch.size();
        double[] rewards = new double[2];
        double[] logProbs = new double[2];
        int right = 0;
        for (BatchLoss.Row pair : arrived) {
            for (int answer = CHOSEN; answer <= REJECTED; answer++) {
                rewards[answer] += pair.rewards()[answer];
                logProbs[answer] += pair.logProbs()[answer];
            }
            right += pair.rewards()[CHOSEN] > pair.rewards()[REJECTED] ? 1 : 0;
        }
        return withParts(StepMetrics.EMPTY
                .with(DpoFigures.CHOSEN_REWARD, rewards[CHOSEN] / pairs)
                .with(DpoFigures.REJECTED_REWARD, rewards[REJECTED] / pairs)
                .with(DpoFigures.MARGIN, (rewards[CHOSEN] - rewards[REJECTED]) / pairs)
                .with(DpoFigures.ACCURACY, (double) right / pairs)
                .with(DpoFigures.CHOSEN_LOG_PROB, logProbs[CHOSEN] / pairs)
                .with(DpoFigures.REJECTED_LOG_PROB, logProbs[REJECTED] / pairs)
                .with(LoopFigures.ENTROPY, entropy / answerTokens));
    }

    /** Returns these figures and, of a mix, what each loss contributes. */
    private StepMetrics withParts(StepMetrics metrics) {
        StepMetrics result = metrics;
        for (int i = 0; parts.length > 1 && i < parts.length; i++) {
            result = result.with(DpoFigures.part(objective.losses().get(i).name()), parts[i]);
        }
        return result;
    }

    /** The share of pairs whose chosen answer is the likelier one under the policy; a tie counts as wrong. */
    private double likelierShare() {
        long likelier = arrived.stream()
                .filter(pair -> pair.logProbs()[CHOSEN] > pair.logProbs()[REJECTED])
                .count();
        return (double) likelier / batch.size();
    }

    private StepMetrics ofJudgedAnswers() {
        double[] rewards =
                Arrays.stream(evaluated).mapToDouble(row -> row.rewards()[0]).toArray();
        StepMetrics metrics = side(StepMetrics.EMPTY, DpoFigures.CHOSEN_REWARD, DpoFigures.REJECTED_REWARD, rewards);
        metrics = side(metrics, DpoFigures.CHOSEN_LOG_PROB, DpoFigures.REJECTED_LOG_PROB, logProbs(0));
        if (metrics.get(DpoFigures.CHOSEN_REWARD).isPresent()
                && metrics.get(DpoFigures.REJECTED_REWARD).isPresent()) {
            double margin = metrics.get(DpoFigures.CHOSEN_REWARD).getAsDouble()
                    - metrics.get(DpoFigures.REJECTED_REWARD).getAsDouble();
            metrics = metrics.with(DpoFigures.MARGIN, margin);
        }
        metrics = metrics.with(LoopFigures.ENTROPY, entropy / answerTokens);
        return objective.traits().contains(Trait.NEEDS_MISMATCHED_ROWS)
                ? metrics.with(DpoFigures.BASELINE, totals.klEstimate())
                : metrics;
    }

    private StepMetrics side(StepMetrics metrics, Figure chosen, Figure rejected, double[] values) {
        StepMetrics result = metrics;
        for (boolean desirable : new boolean[] {true, false}) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < values.length; i++) {
                if (batch.get(i).desirable() == desirable) {
                    sum += values[i];
                    count++;
                }
            }
            if (count > 0) {
                result = result.with(desirable ? chosen : rejected, sum / count);
            }
        }
        return result;
    }
}
