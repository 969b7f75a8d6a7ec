package org.align4j.core.loop;

import java.util.List;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;

/**
 * Lays rows out in forwards, as the methods do: each prompt once for its answers.
 *
 * @param policy whose forwards they are
 * @param layout how rows lie in them
 * @param budget tokens in one
 */
public record AnswerRows(Policy policy, RowLayout layout, TokenBudget budget) {

    /** Splits rows into those that share a forward, in the order in which a method's step computes them. */
    public <T extends TokenRow> List<List<T>> split(List<T> rows) {
        return new Scorer(layout.groups(items(rows), budget.tokens())).parts(rows);
    }

    /** Makes a forward that has a backward; the caller closes it. */
    public ForwardPass forward(List<? extends TokenRow> rows) {
        RowLayout.Packed packed = layout.pack(items(rows));
        return new ForwardPass(policy.pass(packed.batch(), null), packed);
    }

    /** Scores rows with some weights, in as many forwards as they need. */
    public LogProbs score(List<? extends TokenRow> rows, Weights weights) {
        List<double[][]> tokens = Scorer.score(
                policy,
                layout,
                budget,
                items(rows),
                packed -> List.of(policy.score(packed.batch(), weights).logProbs(packed)));
        return new LogProbs(tokens.toArray(double[][][]::new));
    }

    private static List<RowLayout.Item> items(List<? extends TokenRow> rows) {
        if (rows.isEmpty()) {
            throw new InputException("There is no row to score; give at least one.");
        }
        return rows.stream().map(AnswerRows::item).toList();
    }

    private static RowLayout.Item item(TokenRow row) {
        if (row instanceof PairTokens || row instanceof CompletionTokens) {
            int[][] answers = row.answers().stream().map(TokenPart::ids).toArray(int[][]::new);
            return new RowLayout.Item(row.prompt(), answers);
        }
        throw new InputException(
                row.getClass().getSimpleName() + " has no answer that is scored whole; give pairs or completions.");
    }
}
