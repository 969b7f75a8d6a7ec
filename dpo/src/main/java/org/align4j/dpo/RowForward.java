package org.align4j.dpo;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.Judgement.RowGradients;
import org.align4j.dpo.loss.RowScores;
import org.jspecify.annotations.Nullable;

/**
 * Some rows in one forward of the policy, and what it says of them.
 *
 * @param rows that share the forward
 * @param packed the forward
 * @param tokens scores of its tokens
 * @param divergences {@code [R]} KL(reference || policy) over the vocabulary at each scored position, nats; null where the loss
 *     doesn't need it
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record RowForward(PreferenceRows rows, RowLayout.Packed packed, TokenScores tokens, float @Nullable [] divergences) {

    /**
     * The scores of the rows as a loss takes them.
     *
     * @param reference {@code [rows][answers][tokens]} log-probabilities under the reference
     */
    public BatchScores beside(double[][][] reference) {
        return new BatchScores(IntStream.range(0, rows.size())
                .mapToObj(row -> scores(row, reference[row]))
                .toList());
    }

    private RowScores scores(int row, double[][] reference) {
        List<Span> spans = packed.answers().get(row);
        RowScores scores = RowScores.of(spans.stream().map(tokens::logProbs).toArray(double[][]::new), reference)
                .withLogSumSquares(spans.stream()
                        .map(span -> TokenScores.slice(tokens.logSquares(), span))
                        .toArray(double[][]::new))
                .withPrompt(tokens.logProbs(packed.prompts().get(row)))
                .judged(rows.get(row).desirable());
        return divergences == null ? scores : scores.withSequenceKl(sums(divergences, spans));
    }

    private static double[] sums(float[] divergences, List<Span> spans) {
        double[] sums = new double[spans.size()];
        for (int answer = 0; answer < sums.length; answer++) {
            for (int t = spans.get(answer).from(); t < spans.get(answer).to(); t++) {
                sums[answer] += divergences[t];
            }
        }
        return sums;
    }

    /**
     * The derivatives of a loss in the order of the packed tokens.
     *
     * @param gradients of these rows
     */
    public TokenGradients gradients(List<RowGradients> gradients) {
        float[] logProbs = new float[packed.batch().scored()];
        float[] ofDivergences = new float[logProbs.length];
        for (int row = 0; row < rows.size(); row++) {
            RowGradients own = gradients.get(row);
            List<Span> spans = packed.answers().get(row);
            for (int answer = 0; answer < spans.size(); answer++) {
                add(logProbs, spans.get(answer), own.answers()[answer]);
                fill(ofDivergences, spans.get(answer), own.sequenceKl()[answer]);
            }
            add(logProbs, packed.prompts().get(row), own.prompt());
        }
        return new TokenGradients(logProbs, null, divergences == null ? null : ofDivergences);
    }

    /** Adds: rows of one prompt share its scores. */
    private static void add(float[] sums, Span span, double[] values) {
        for (int t = 0; t < span.length(); t++) {
            sums[span.from() + t] += (float) values[t];
        }
    }

    private static void fill(float[] result, Span span, double value) {
        for (int t = span.from(); t < span.to(); t++) {
            result[t] = (float) value;
        }
    }
}
