package org.align4j.core.loop;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;

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
        return groups(rows).stream()
                .map(group -> IntStream.of(group).mapToObj(rows::get).toList())
                .toList();
    }

    /** Makes a forward that has a backward; the caller closes it. */
    public ForwardPass forward(List<? extends TokenRow> rows) {
        RowLayout.Packed packed = layout.pack(items(rows));
        return new ForwardPass(policy.pass(packed.batch(), null), packed);
    }

    /** Scores rows with some weights, in as many forwards as they need. */
    public LogProbs score(List<? extends TokenRow> rows, Weights weights) {
        List<RowLayout.Item> items = items(rows);
        double[][][] tokens = new double[rows.size()][][];
        for (int[] group : groups(rows)) {
            RowLayout.Packed packed =
                    layout.pack(IntStream.of(group).mapToObj(items::get).toList());
            try (Pass pass = policy.forward(packed.batch(), weights)) {
                double[][][] own = ForwardPass.tokens(packed, pass.scores());
                for (int i = 0; i < group.length; i++) {
                    tokens[group[i]] = own[i];
                }
            }
        }
        return new LogProbs(tokens);
    }

    private List<int[]> groups(List<? extends TokenRow> rows) {
        return layout.groups(items(rows), budget.tokens());
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
