package org.align4j.core.data.encode;

import java.util.List;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;

/** The fate of one row: used, left out, bad, or the end of the command. */
sealed interface Outcome {

    /** Returns the place in the files that the row came from. */
    Origin origin();

    /**
     * A row that training uses.
     *
     * @param promptKey equal for equal prompts, before any cutting
     * @param notes what is to be reported of it; mostly none
     * @param truncated it was cut to max-length
     */
    record Used(Origin origin, TokenRow row, long promptKey, List<String> notes, boolean truncated) implements Outcome {
        public Used {
            notes = List.copyOf(notes);
        }
    }

    /** The row is left out, as the rules say. */
    record Dropped(Origin origin, DropReason reason) implements Outcome {}

    /**
     * The row is bad; the rules decide whether it ends the command.
     *
     * @param stage when that was noticed
     */
    record Bad(Origin origin, InputException error, Stage stage) implements Outcome {
        /** The reason why the row is bad, without its place, so that rows can be compared by it. */
        String reason() {
            return stage + origin.reason(error);
        }
    }

    /** The steps on a row's way at which it can turn out to be bad. */
    enum Stage {
        /** Reading: the row is broken, incomplete or of the wrong form. */
        READING,
        /** Encoding: the row is right in form, but tokenizer, template or model can't take it. */
        ENCODING
    }

    /** The row ends the command, whatever the rules say about bad rows. */
    record Fatal(Origin origin, InputException error) implements Outcome {}
}
