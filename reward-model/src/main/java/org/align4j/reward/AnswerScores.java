package org.align4j.reward;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.cli.model.AnswersInOrder;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;

/** Scores of the answers of rows, and the share of pairs whose chosen answer has the higher one. */
final class AnswerScores implements AnswersInOrder.Forward {
    private static final double CONFIDENCE = 0.95;

    private final RewardModel model;
    private int pairs;
    private int ties;
    private int right;

    AnswerScores(RewardModel model) {
        this.model = model;
    }

    @Override
    public AnswersInOrder.Answers run(RowLayout.Packed packed) {
        double[] scores = model.scores(packed.batch());
        Map<PackedBatch.Span, Double> bySpan = new HashMap<>();
        packed.batch().spans().stream().flatMap(List::stream).forEach(span -> bySpan.put(span, scores[bySpan.size()]));
        return (row, spans, line) ->
                describe(row, spans, spans.stream().map(bySpan::get).toList(), line);
    }

    private void describe(TokenRow row, List<PackedBatch.Span> spans, List<Double> scores, Map<String, Object> line) {
        List<String> names = AnswersInOrder.names(row);
        for (int answer = 0; answer < names.size(); answer++) {
            double score = scores.get(answer);
            if (!Double.isFinite(score)) {
                throw new InputException("The score of row " + row.row() + " (" + names.get(answer) + ") is " + score
                        + "; the model's weights or its head are damaged, train or fetch them again.");
            }
            line.put(names.get(answer), score);
        }
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer) + "_tokens", spans.get(answer).length());
        }
        if (row instanceof PairTokens pair) {
            count(pair, scores.get(0), scores.get(1));
        }
    }

    private void count(PairTokens pair, double chosen, double rejected) {
        if (pair.tie()) {
            ties++;
            return;
        }
        pairs++;
        right += chosen > rejected ? 1 : 0;
    }

    /** Figures over all pairs; none where there are none. */
    Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>();
        if (pairs > 0) {
            Proportion proportion = new Proportion(right, pairs);
            Interval interval = proportion.wilson(CONFIDENCE);
            summary.put("pairs", pairs);
            summary.put("ties", ties);
            summary.put("accuracy", proportion.rate());
            summary.put("accuracy_interval", List.of(interval.low(), interval.high()));
        }
        return summary;
    }

    /** The accuracy in words; empty without pairs. */
    Optional<String> accuracy() {
        if (pairs == 0) {
            return Optional.empty();
        }
        Proportion proportion = new Proportion(right, pairs);
        Interval interval = proportion.wilson(CONFIDENCE);
        return Optional.of(String.format(
                Locale.ROOT,
                "accuracy %.1f %% of %d pairs (95 %% interval %.1f to %.1f %%; equal scores count as wrong%s)",
                100 * proportion.rate(),
                pairs,
                100 * interval.low(),
                100 * interval.high(),
                ties == 0 ? "" : "; " + ties + " ties left out"));
    }
}
