package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.Terminal;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.Responses;
import org.align4j.dpo.loss.unpaired.UnpairedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Some judged answers with the reference's scores.
 *
 * @param places {@code [rows]} of these in {@code all}, which has the reference's scores
 * @param reference of all answers; null without a reference
 */
record AnswerRows(
        List<CompletionTokens> all,
        List<RowLayout.Item> allItems,
        int[] places,
        @Nullable ReferenceScores reference) {

    static AnswerRows of(List<CompletionTokens> rows, RowLayout layout, Reference reference, Terminal terminal) {
        List<RowLayout.Item> items = rows.stream()
                .map(row -> new RowLayout.Item(row.prompt(), new int[][] {row.completion()}))
                .toList();
        int[] places = IntStream.range(0, rows.size()).toArray();
        ReferenceScores scores =
                reference.exists() && !rows.isEmpty() ? reference.scores(rows, items, layout, terminal) : null;
        return new AnswerRows(rows, items, places, scores);
    }

    int size() {
        return places.length;
    }

    CompletionTokens get(int row) {
        return all.get(places[row]);
    }

    int inputRow(int row) {
        return get(row).row();
    }

    /** Some of these, in the given order. */
    AnswerRows select(int[] rows) {
        return new AnswerRows(
                all, allItems, Arrays.stream(rows).map(row -> places[row]).toArray(), reference);
    }

    List<RowLayout.Item> items() {
        return Arrays.stream(places).mapToObj(allItems::get).toList();
    }

    /** Each prompt with the completion of the row before; the first with the last row's. */
    List<RowLayout.Item> mismatchedItems() {
        return IntStream.range(0, size())
                .mapToObj(j -> new RowLayout.Item(
                        get(j).prompt(),
                        new int[][] {get((j + size() - 1) % size()).completion()}))
                .toList();
    }

    /** The scores of a forward of exactly these rows, as a loss takes them. */
    UnpairedBatch batch(TokenScores scores, RowLayout.Packed packed) {
        double[][] logProbs = new double[size()][];
        Arrays.setAll(logProbs, i -> scores.logProbs(packed.answers().get(i).get(0)));
        return batch(logProbs);
    }

    /** Given token log-probabilities {@code [rows][tokens]} under the policy. */
    UnpairedBatch batch(double[][] logProbs) {
        double[][] referenced = new double[size()][];
        boolean[] desirable = new boolean[size()];
        for (int i = 0; i < size(); i++) {
            referenced[i] = reference == null ? new double[logProbs[i].length] : reference.of(places[i], 0);
            desirable[i] = get(i).desirable();
        }
        return new UnpairedBatch(Responses.of(logProbs, referenced), desirable);
    }

    /** A loss's derivatives {@code [rows][tokens]} in the order of the packed batch. */
    float[] coefficients(double[][] gradients, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int i = 0; i < size(); i++) {
            Span span = packed.answers().get(i).get(0);
            for (int t = 0; t < span.length(); t++) {
                result[span.from() + t] = (float) gradients[i][t];
            }
        }
        return result;
    }
}
