package org.align4j.core.data.encode;

import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.Origin;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** What became of one row. */
sealed interface Outcome {

    /** Where the row came from. */
    Origin origin();

    /**
     * It is used.
     *
     * @param promptKey tells equal prompts, before any cutting
     * @param remark what is to be told of it, if anything
     * @param truncated it was cut to max-length
     */
    record Used(
            Origin origin,
            TokenRow row,
            long promptKey,
            @Nullable Remark remark,
            boolean truncated) implements Outcome {}

    /** It is left out, as the rules say. */
    record Dropped(Origin origin, DropReason reason) implements Outcome {}

    /** It is bad; the rules decide. */
    record Bad(Origin origin, InputException error) implements Outcome {}

    /** It ends the command, whatever the rules say about bad rows. */
    record Fatal(Origin origin, InputException error) implements Outcome {}
}
