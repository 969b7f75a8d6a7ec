package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.verdict.EvaluatedAnswers;
import org.align4j.dpo.loss.unpaired.UnpairedResult;
import org.align4j.dpo.loss.unpaired.UnpairedTotals;
import org.align4j.dpo.report.DpoFigures;

/** The figures of a batch of judged answers, gathered part by part; a side without a row has none. */
final class AnswerFigures {
    private final AnswerRows batch;
    private final UnpairedTotals totals;
    private final boolean withKl;
    private final double[] perRow;
    private final double[] rewards;
    private final double[] logProbs;
    private double loss;
    private double entropy;
    private long tokens;
    private long computed;

    AnswerFigures(AnswerRows batch, UnpairedTotals totals, boolean withKl) {
        this.batch = batch;
        this.totals = totals;
        this.withKl = withKl;
        this.perRow = new double[batch.size()];
        this.rewards = new double[batch.size()];
        this.logProbs = new double[batch.size()];
    }

    /** Takes the passes of a batch, one a group of places. */
    void add(List<AnswerPass> passes, List<int[]> groups) {
        for (int i = 0; i < passes.size(); i++) {
            add(passes.get(i).result(), groups.get(i));
            addTokens(passes.get(i).scores(), passes.get(i).packed());
        }
    }

    private void add(UnpairedResult result, int[] places) {
        loss += result.loss();
        for (int i = 0; i < places.length; i++) {
            perRow[places[i]] = result.perRow()[i];
            rewards[places[i]] = result.rewards()[i];
            logProbs[places[i]] = result.logProbs()[i];
        }
    }

    private void addTokens(TokenScores scores, RowLayout.Packed packed) {
        computed += packed.batch().size();
        packed.answers().forEach(spans -> spans.forEach(span -> addEntropy(scores, span)));
    }

    private void addEntropy(TokenScores scores, Span span) {
        entropy += Arrays.stream(TokenScores.slice(scores.entropies(), span)).sum();
        tokens += span.length();
    }

    /** The log-probability of each answer. */
    EvaluatedAnswers rows() {
        int[] counts = new int[batch.size()];
        Arrays.setAll(counts, i -> batch.get(i).completion().length);
        boolean[] desirable = new boolean[batch.size()];
        for (int i = 0; i < desirable.length; i++) {
            desirable[i] = batch.get(i).desirable();
        }
        return new EvaluatedAnswers(logProbs.clone(), counts, desirable);
    }

    StepOutcome outcome() {
        StepMetrics metrics = side(StepMetrics.EMPTY, DpoFigures.CHOSEN_REWARD, DpoFigures.REJECTED_REWARD, rewards);
        metrics = side(metrics, DpoFigures.CHOSEN_LOG_PROB, DpoFigures.REJECTED_LOG_PROB, logProbs);
        if (metrics.get(DpoFigures.CHOSEN_REWARD).isPresent()
                && metrics.get(DpoFigures.REJECTED_REWARD).isPresent()) {
            double margin = metrics.get(DpoFigures.CHOSEN_REWARD).getAsDouble()
                    - metrics.get(DpoFigures.REJECTED_REWARD).getAsDouble();
            metrics = metrics.with(DpoFigures.MARGIN, margin);
        }
        metrics = metrics.with(LoopFigures.ENTROPY, entropy / tokens);
        if (withKl) {
            metrics = metrics.with(DpoFigures.BASELINE, totals.klEstimate());
        }
        return new StepOutcome(loss, perRow, metrics, computed, 0);
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
