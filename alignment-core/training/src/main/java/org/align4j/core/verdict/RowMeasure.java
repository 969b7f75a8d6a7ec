package org.align4j.core.verdict;

/**
 * A figure of each held-out row, so that runs can be compared by its mean. Where options of a method rescale it, the method says so:
 * {@link org.align4j.core.figure.FigureScales}.
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

    /** Returns its words without an article before them. */
    public String bareWords() {
        return words.replaceFirst("^the ", "");
    }

    /** Makes a share of the rows, of which more are better. */
    static RowMeasure share(String figure, String words, double[] values) {
        return new RowMeasure(figure, words, "", true, values);
    }
}
