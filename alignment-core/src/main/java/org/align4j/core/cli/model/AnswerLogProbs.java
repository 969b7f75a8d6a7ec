package org.align4j.core.cli.model;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.data.TokenRow;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.Round;
import org.jspecify.annotations.Nullable;

/**
 * Computes log-probabilities of the answers of rows.
 *
 * @param texts writes the text of each token of an answer; null where the tokens are not told apart, or where there is no tokenizer
 */
record AnswerLogProbs(
        Policy policy, boolean perToken, @Nullable Function<int[], List<String>> texts)
        implements AnswersInOrder.Forward<TokenScores> {

    @Override
    public Round<PackedBatch, TokenScores> round() {
        return Round.scoring("logprobs", policy::score);
    }

    @Override
    public AnswersInOrder.Answers answers(RowLayout.Packed packed, TokenScores scores) {
        return (row, spans, line) -> describe(row, scores, spans, line);
    }

    private void describe(TokenRow row, TokenScores scores, List<PackedBatch.Span> spans, Map<String, Object> line) {
        List<String> names = AnswersInOrder.names(row);
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer), scores.sum(spans.get(answer)));
        }
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer) + "_tokens", spans.get(answer).length());
        }
        for (int answer = 0; perToken && answer < names.size(); answer++) {
            line.put(names.get(answer) + "_token_log_probs", scores.logProbs(spans.get(answer)));
        }
        for (int answer = 0; texts != null && answer < names.size(); answer++) {
            line.put(
                    names.get(answer) + "_token_texts",
                    texts.apply(row.answers().get(answer).ids()));
        }
    }
}
