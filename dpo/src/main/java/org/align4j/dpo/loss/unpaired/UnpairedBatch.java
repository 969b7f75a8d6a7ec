package org.align4j.dpo.loss.unpaired;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.dpo.loss.Responses;

/**
 * Log-probabilities of B rows, or of a part of a batch.
 *
 * @param responses the rows' responses
 * @param desirable {@code [B]} whether each is desirable
 */
@SuppressWarnings("ArrayRecordComponent")
public record UnpairedBatch(Responses responses, boolean[] desirable) {
    public UnpairedBatch {
        if (responses.size() != desirable.length || desirable.length == 0) {
            throw new InputException(format(
                    "A batch has %d responses and %d labels; it needs one label for each, and at least one.",
                    responses.size(), desirable.length));
        }
    }

    /** Counts the rows. */
    public int size() {
        return desirable.length;
    }
}
