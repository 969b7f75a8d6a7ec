package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.PairTokens;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.terminal.Terminal;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairGradients;
import org.align4j.dpo.loss.Responses;

/**
 * Some pairs with the reference's scores of their answers.
 *
 * @param places {@code [rows]} of these pairs in {@code all}
 * @param reference of all pairs
 */
record PairRows(List<PairTokens> all, List<RowLayout.Item> allItems, int[] places, ReferenceScores reference) {
    static final int CHOSEN = 0;
    static final int REJECTED = 1;

    static PairRows of(List<PairTokens> pairs, RowLayout layout, Reference reference, Terminal terminal) {
        List<RowLayout.Item> items = items(pairs);
        int[] places = new int[pairs.size()];
        Arrays.setAll(places, i -> i);
        return new PairRows(pairs, items, places, reference.scores(pairs, items, layout, terminal));
    }

    /** Returns the pairs as items that are laid out. */
    static List<RowLayout.Item> items(List<PairTokens> pairs) {
        return pairs.stream()
                .map(pair -> new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected()))
                .toList();
    }

    int size() {
        return places.length;
    }

    PairTokens get(int row) {
        return all.get(places[row]);
    }

    int inputRow(int row) {
        return get(row).row();
    }

    /** Some of these, in the given order. */
    PairRows select(int[] rows) {
        return new PairRows(
                all, allItems, Arrays.stream(rows).map(row -> places[row]).toArray(), reference);
    }

    /** Returns these pairs with other scores of the reference. */
    PairRows against(ReferenceScores scores) {
        return new PairRows(all, allItems, places, scores);
    }

    List<RowLayout.Item> items() {
        return Arrays.stream(places).mapToObj(allItems::get).toList();
    }

    /** What the losses divide by when these are a whole batch. */
    BatchTotals totals(boolean scorePrompts) {
        long chosen = 0;
        long prompt = 0;
        for (int i = 0; i < size(); i++) {
            chosen += get(i).chosen().length;
            prompt += scorePrompts ? Math.max(0, get(i).prompt().length - 1) : 0;
        }
        return new BatchTotals(size(), chosen, prompt);
    }

    /** The scores of a forward of exactly these rows, as a loss takes them. */
    PairBatch batch(TokenScores scores, RowLayout.Packed packed) {
        double[][][] referenced = reference.of(places, packed);
        PairBatch batch = PairBatch.of(
                responses(scores, referenced, packed, CHOSEN), responses(scores, referenced, packed, REJECTED));
        if (packed.prompts().stream().allMatch(span -> span.length() == 0)) {
            return batch;
        }
        double[][] prompts = new double[size()][];
        Arrays.setAll(prompts, i -> scores.logProbs(packed.prompts().get(i)));
        return batch.withPrompts(prompts);
    }

    private Responses responses(TokenScores scores, double[][][] referenced, RowLayout.Packed packed, int answer) {
        double[][] policy = new double[size()][];
        double[][] squares = new double[size()][];
        double[][] reference = new double[size()][];
        for (int i = 0; i < size(); i++) {
            Span span = packed.answers().get(i).get(answer);
            policy[i] = scores.logProbs(span);
            squares[i] = TokenScores.slice(scores.logSquares(), span);
            reference[i] = referenced[i][answer];
        }
        return Responses.of(policy, reference).withLogSumSquares(squares);
    }

    /** A loss's derivatives in the order of the packed batch. */
    float[] coefficients(PairGradients gradients, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int i = 0; i < size(); i++) {
            add(result, packed.answers().get(i).get(CHOSEN), gradients.chosen()[i]);
            add(result, packed.answers().get(i).get(REJECTED), gradients.rejected()[i]);
            Span prompt = packed.prompts().get(i);
            if (prompt.length() > 0) {
                add(result, prompt, gradients.prompt()[i]);
            }
        }
        return result;
    }

    /** Adds: pairs of one prompt share its scores. */
    private static void add(float[] result, Span span, double[] values) {
        for (int t = 0; t < span.length(); t++) {
            result[span.from() + t] += (float) values[t];
        }
    }
}
