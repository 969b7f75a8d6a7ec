package org.align4j.core.data.read;

import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rows of a file to one form: where a system text or earlier turns beside plain text make messages of one row,
 * no other row may stay plain text, since the model would see the one through its chat template and the other without.
 */
final class OneForm {
    private static final String ADVICE =
            "; give system or history to every row (\"\" or [] where there is none), or to none.";

    private @Nullable Origin plain;
    private @Nullable Origin messages;

    /** @throws org.align4j.core.error.InputException where an earlier row has the other form */
    void require(Row row, Fields fields) {
        Origin origin = fields.origin();
        String beside = fields.messagesBecause();
        if (beside != null) {
            if (plain != null) {
                throw origin.error("this row has " + beside + " beside its text and is read as messages, but line "
                        + plain.line() + " of the file has not and is plain text" + ADVICE);
            }
            messages = origin;
            fields.note(beside + " stands beside plain text, so that prompt and answers are read as messages");
        } else if (row.prompt() instanceof Row.Text && row.kind() != Row.Kind.TEXT) {
            if (messages != null) {
                throw origin.error("this row is plain text, but line " + messages.line()
                        + " of the file is read as messages because of what stands beside its text" + ADVICE);
            }
            plain = origin;
        }
    }
}
