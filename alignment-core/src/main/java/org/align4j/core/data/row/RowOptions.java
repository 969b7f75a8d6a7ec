package org.align4j.core.data.row;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** What becomes of rows that are long or broken: a group of options, of which a model makes {@link RowRules}. */
@Heading("Long and broken rows")
public record RowOptions(
        @Option(
                help =
                        "Tokens that prompt and answer may have together; more drop fewer rows and take more memory; auto is 1024, or the model's limit if lower.",
                unset = "auto")
        @Nullable
        Integer maxLength,

        @Option(
                help = "End at broken rows, naming file and line of the first 20, or drop and count them.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "Rows above max-length; auto drops them, but refuses to drop more than 20 %.", unset = "auto")
        @Nullable
        TooLong tooLong) {
    private static final int USUAL_MAX_LENGTH = 1024;

    /** Checks ranges. */
    public RowOptions {
        if (maxLength != null) {
            RowRules.requireMaxLength(maxLength);
        }
    }

    /**
     * Makes the rules for the rows of a model.
     *
     * @param positions tokens that a sequence of the model may have
     * @throws InputException where more was asked for
     */
    public RowRules rules(int positions) {
        if (maxLength != null && maxLength > positions) {
            throw new InputException("max-length is " + maxLength + " but the model has positions for " + positions
                    + " tokens; lower max-length.");
        }
        return new RowRules(badRows, tooLong, maxLength == null ? Math.min(USUAL_MAX_LENGTH, positions) : maxLength);
    }
}
