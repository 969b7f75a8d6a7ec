package org.align4j.dpo.loss;

import java.util.Arrays;
import org.align4j.core.autodiff.Var;

/**
 * Implicit rewards of the answers of a batch's rows.
 *
 * @param values {@code [A][B]} for each answer of a row the rewards of all rows
 */
@SuppressWarnings("ArrayRecordComponent")
public record Rewards(double[][] values) {
    /** Makes rewards of one vector {@code [B]} for each answer of a row: of a pair the chosen and the rejected ones. */
    public static Rewards of(Var... answers) {
        return new Rewards(
                Arrays.stream(answers).map(answer -> answer.values().clone()).toArray(double[][]::new));
    }

    /** {@code [A]} the rewards of one row's answers. */
    double[] ofRow(int row) {
        return Arrays.stream(values).mapToDouble(answer -> answer[row]).toArray();
    }
}
