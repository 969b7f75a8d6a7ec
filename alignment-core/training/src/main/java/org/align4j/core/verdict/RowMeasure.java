package org.align4j.core.verdict;

/**
 * A figure of each held-out row that no option scales, so that runs with other losses can be compared by its mean.
 *
 * @param figure its name as {@code result.json} has it: {@code margin}
 * @param words what it is, as a person says it
 * @param unit what it is in; empty for a share of rows, whose values are 0 and 1, or weighted so that their mean is a share
 * @param higherIsBetter whether the larger value is the better one
 * @param values {@code [B]} of the rows
 */
@SuppressWarnings("ArrayRecordComponent")
public record RowMeasure(String figure, String words, String unit, boolean higherIsBetter, double[] values) {
    /** Whether its mean is a share of the rows. */
    public boolean isShare() {
        return unit.isEmpty();
    }

    /** Makes a share of the rows, of which more are better. */
    static RowMeasure share(String figure, String words, double[] values) {
        return new RowMeasure(figure, words, "", true, values);
    }
}
