package org.align4j.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.pack.PackedBatch;

/**
 * Rows whose answers are scored in one forward.
 *
 * @param batch as it is computed
 * @param readings of these rows
 * @param places rows of the batch that are scored, those of one answer after the other's
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record AnswerForward(PackedBatch batch, List<Reading> readings, int[] places) {

    /** Each row's part of numbers that are in the order of {@link #places}. */
    List<double[]> split(double[] values) {
        List<double[]> own = new ArrayList<>();
        int from = 0;
        for (Reading reading : readings) {
            own.add(Arrays.copyOfRange(values, from, from + reading.scores()));
            from += reading.scores();
        }
        return own;
    }
}
