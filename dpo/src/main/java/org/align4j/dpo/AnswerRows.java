package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.terminal.Terminal;
import org.align4j.dpo.loss.Responses;
import org.align4j.dpo.loss.unpaired.UnpairedBatch;

/**
 * Some judged answers with the reference's scores.
 *
 * @param places {@code [rows]} of these in {@code all}
 * @param reference of all answers
 */
record AnswerRows(List<CompletionTokens> all, List<RowLayout.Item> allItems, int[] places, ReferenceScores reference) {

    static AnswerRows of(List<CompletionTokens> rows, RowLayout layout, Reference reference, Terminal terminal) {
        List<RowLayout.Item> items = items(rows);
        int[] places = IntStream.range(0, rows.size()).toArray();
        return new AnswerRows(rows, items, places, reference.scores(rows, items, layout, terminal));
    }

    /** Returns the rows as items that are laid out. */
    static List<RowLayout.Item> items(List<CompletionTokens> rows) {
        return rows.stream()
                .map(row -> new RowLayout.Item(row.prompt(), new int[][] {row.completion()}))
                .toList();
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

    /** Returns these rows with other scores of the reference. */
    AnswerRows against(ReferenceScores scores) {
        return new AnswerRows(all, allItems, places, scores);
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
        double[][][] referenced = reference.of(places, packed);
        double[][] ofAnswers = new double[size()][];
        Arrays.setAll(ofAnswers, i -> referenced[i][0]);
        return new UnpairedBatch(Responses.of(logProbs, ofAnswers), desirable());
    }

    private boolean[] desirable() {
        boolean[] desirable = new boolean[size()];
        for (int i = 0; i < desirable.length; i++) {
            desirable[i] = get(i).desirable();
        }
        return desirable;
    }

    /** The parts of these rows, each scored by a forward of its own, put back into their order. */
    UnpairedBatch joined(List<UnpairedBatch> parts, List<int[]> groups) {
        double[][] policy = new double[size()][];
        double[][] referenced = new double[size()][];
        for (int part = 0; part < parts.size(); part++) {
            Responses responses = parts.get(part).responses();
            int[] rows = groups.get(part);
            for (int i = 0; i < rows.length; i++) {
                policy[rows[i]] = responses.policy()[i];
                referenced[rows[i]] = responses.reference()[i];
            }
        }
        return new UnpairedBatch(Responses.of(policy, referenced), desirable());
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
