package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;
import org.junit.jupiter.api.Test;

/** Pairs and judged answers as rows of one kind, and their way into a forward and back, with numbers that say where they lay. */
class PreferenceRowsTest {
    private static final PreferenceRows PAIRS = PreferenceRows.of(List.of(
            new PairTokens(4, new int[] {1, 2, 3}, new int[] {10, 11}, new int[] {12}, null),
            new PairTokens(7, new int[] {1, 2, 3}, new int[] {13}, new int[] {14, 15}, null)));
    private static final PreferenceRows JUDGED = PreferenceRows.of(List.of(
            new CompletionTokens(0, new int[] {1}, new int[] {10}, true),
            new CompletionTokens(1, new int[] {2}, new int[] {11, 12}, false),
            new CompletionTokens(2, new int[] {3}, new int[] {13}, true)));

    @Test
    void aRowHasAnAnswerOrTwo() {
        assertThat(PAIRS.get(1).item().answers()).isDeepEqualTo(new int[][] {{13}, {14, 15}});
        assertThat(PAIRS.rows())
                .extracting(PreferenceRows.PreferenceRow::number)
                .containsExactly(4, 7);
        assertThat(JUDGED.get(1).item().answers()).isDeepEqualTo(new int[][] {{11, 12}});
        assertThat(JUDGED.rows())
                .extracting(PreferenceRows.PreferenceRow::desirable)
                .containsExactly(true, false, true);
        assertThatThrownBy(() ->
                        PreferenceRows.of(List.of(new TextTokens(0, new int[] {1, 2}, new boolean[] {false, true}))))
                .hasMessageContaining("neither a pair of answers nor a labelled answer");
    }

    /** Chosen tokens 2 + 1; of each prompt of three tokens two have a log-probability. */
    @Test
    void totalsOfABatch() {
        assertThat(PAIRS.totals(true)).isEqualTo(new BatchTotals(2, 3, 4, 0));
        assertThat(PAIRS.totals(false)).isEqualTo(new BatchTotals(2, 3, 0, 0));
    }

    @Test
    void aMismatchedRowHasTheAnswerOfTheRowBefore() {
        PreferenceRows mismatched = JUDGED.mismatched();
        assertThat(mismatched.rows().stream().map(row -> row.item().prompt()[0]))
                .containsExactly(1, 2, 3);
        assertThat(mismatched.rows().stream().map(row -> row.item().answers()[0][0]))
                .containsExactly(13, 10, 11);
    }

    @Test
    void selectedRowsKeepTheirPlaces() {
        PreferenceRows some = JUDGED.select(new int[] {2, 0}).select(new int[] {1, 0});
        assertThat(some.rows()).extracting(PreferenceRows.PreferenceRow::place).containsExactly(0, 2);
    }

    private static DpoForwards.RowForward forward(PreferenceRows rows, boolean scorePrompts, boolean withDivergences) {
        RowLayout.Packed packed = new RowLayout(true, true, scorePrompts, 0).pack(rows.items());
        float[] values = new float[packed.batch().scored()];
        for (int i = 0; i < values.length; i++) {
            values[i] = -1 - i;
        }
        return new DpoForwards.RowForward(
                rows, packed, new TokenScores(values, values, values, values), withDivergences ? values : null);
    }

    /** Both pairs have one prompt, so that they share its scores and their derivatives of these add up. */
    @Test
    void derivativesLieWhereTheScoresLay() {
        DpoForwards.RowForward forward = forward(PAIRS, true, true);
        BatchScores scores = forward.beside(new double[][][] {{{0, 0}, {0}}, {{0}, {0, 0}}});
        List<RowGradients> gradients = scores.rows().stream()
                .map(row -> new RowGradients(row.policy(), new double[] {0.5, 0.25}, new double[] {3, 4}))
                .toList();
        TokenGradients back = forward.gradients(gradients);
        RowLayout.Packed packed = forward.packed();
        for (int row = 0; row < 2; row++) {
            for (int answer = 0; answer < 2; answer++) {
                int from = packed.answers().get(row).get(answer).from();
                int to = packed.answers().get(row).get(answer).to();
                for (int t = from; t < to; t++) {
                    assertThat(back.logProbs()[t]).isEqualTo(-1f - t);
                    assertThat(back.divergences()).isNotNull();
                    assertThat(back.divergences()[t]).isEqualTo(3f + answer);
                }
            }
        }
        int prompt = packed.prompts().get(0).from();
        assertThat(back.logProbs()[prompt]).isEqualTo(1f);
        assertThat(back.logProbs()[prompt + 1]).isEqualTo(0.5f);
        assertThat(forward(PAIRS, true, false).gradients(gradients).divergences())
                .isNull();
    }
}
