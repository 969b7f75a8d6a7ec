package org.align4j.reward;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.cli.model.AnswersInOrder;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Round;

/** Scores of the answers of rows, and the share of pairs whose chosen answer has the higher one. */
final class AnswerScores implements AnswersInOrder.Forward<double[]> {
    private final Function<PackedBatch, double[]> model;
    private final PairTally pairs = new PairTally();

    /** @param model scores the branches of a batch, in its order */
    AnswerScores(Function<PackedBatch, double[]> model) {
        this.model = model;
    }

    PairTally pairs() {
        return pairs;
    }

    @Override
    public Round<PackedBatch, double[]> round() {
        return Round.scoring("scores", model);
    }

    @Override
    public AnswersInOrder.Answers answers(RowLayout.Packed packed, double[] scores) {
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
                        + "; the model's weights, or those of its head, are damaged, train or fetch them again.");
            }
            line.put(names.get(answer), score);
        }
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer) + "_tokens", spans.get(answer).length());
        }
        if (row instanceof PairTokens pair) {
            pairs.count(pair, scores.get(0), scores.get(1));
        }
    }
}
