package org.align4j.dpo;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.dpo.PreferenceRows.PreferenceRow;
import org.align4j.dpo.loss.BatchScores.BatchTotals;

/**
 * Rows that a preference loss learns from: all of a run, those of a step, or those of one forward.
 *
 * @param rows in their order
 */
record PreferenceRows(List<PreferenceRow> rows) implements Serializable {
    public PreferenceRows {
        rows = List.copyOf(rows);
    }

    /** The pairs or labelled answers of a data set. */
    public static PreferenceRows of(List<? extends TokenRow> rows) {
        return new PreferenceRows(IntStream.range(0, rows.size())
                .mapToObj(place -> PreferenceRow.of(place, rows.get(place)))
                .toList());
    }

    /** Counts the rows. */
    public int size() {
        return rows.size();
    }

    /** The row at a place of these. */
    public PreferenceRow get(int place) {
        return rows.get(place);
    }

    /** The rows at some places of these, in the given order. */
    public PreferenceRows select(int[] places) {
        return new PreferenceRows(Arrays.stream(places).mapToObj(rows::get).toList());
    }

    /** Each prompt with the answer of the row before; the first with that of the last row. */
    public PreferenceRows mismatched() {
        return new PreferenceRows(IntStream.range(0, size())
                .mapToObj(j -> get(j).answeredBy(get((j + size() - 1) % size())))
                .toList());
    }

    /** Returns prompts and answers as they are laid out. */
    public List<RowLayout.Item> items() {
        return rows.stream().map(PreferenceRow::item).toList();
    }

    /** The places of the rows that share a forward, forward by forward. */
    public List<int[]> groups(RowLayout layout, int microBatchTokens) {
        return layout.groups(items(), microBatchTokens);
    }

    /** The forwards that the rows at some places become as one step. */
    public List<Forward> forwards(int[] places, RowLayout layout, int microBatchTokens) {
        PreferenceRows step = select(places);
        return Forward.of(
                places,
                step.groups(layout, microBatchTokens),
                group -> layout.pack(step.select(group).items()).batch());
    }

    /**
     * What the losses divide by when these are a whole batch, without KTO's z.
     *
     * @param scorePrompts whether a loss needs the prompts' tokens
     */
    public BatchTotals totals(boolean scorePrompts) {
        long chosen = 0;
        long prompt = 0;
        for (PreferenceRow row : rows) {
            chosen += row.firstTokens();
            prompt += scorePrompts ? Math.max(0, row.item().prompt().length - 1) : 0;
        }
        return new BatchTotals(size(), chosen, prompt, 0);
    }

    /**
     * A prompt with the answers that a loss compares: a pair has two, the chosen one first; a labelled answer is alone.
     *
     * @param place the row's place among all rows of its kind, training or evaluation
     * @param number the number by which users know it: its 0-based place in the input
     * @param item prompt and answers
     * @param desirable whether the first answer is to become likelier: always so in a pair
     */
    record PreferenceRow(int place, int number, RowLayout.Item item, boolean desirable) implements Serializable {
        static PreferenceRow of(int place, TokenRow row) {
            if (row instanceof PairTokens pair) {
                RowLayout.Item item = new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected());
                return new PreferenceRow(place, pair.row(), item, true);
            }
            if (row instanceof CompletionTokens answer) {
                RowLayout.Item item = new RowLayout.Item(answer.prompt(), new int[][] {answer.completion()});
                return new PreferenceRow(place, answer.row(), item, answer.desirable());
            }
            throw new IllegalArgumentException(
                    row.getClass().getSimpleName() + " is neither a pair of answers nor a labelled answer.");
        }

        /** Returns this prompt with the answers of another row. */
        PreferenceRow answeredBy(PreferenceRow other) {
            return new PreferenceRow(
                    place,
                    number,
                    new RowLayout.Item(item.prompt(), other.item().answers()),
                    desirable);
        }

        /** Tokens of the first answer. */
        int firstTokens() {
            return item.answers()[0].length;
        }

        /** Tokens of the second answer, which a pair has. */
        int secondTokens() {
            return item.answers()[1].length;
        }
    }
}
