package org.align4j.core.error;

import org.jspecify.annotations.Nullable;

/**
 * Usage, configuration or data is wrong; nothing was changed. The message is one sentence a user can act on: what was
 * given (name and value), what is required, what to do; with file and line where there is one. The command line prints
 * it without a stack trace and exits with 2. What may be secret in addresses is taken out of it.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Culprit culprit;

    public InputException(String message) {
        this(message, null, null);
    }

    public InputException(String message, Throwable cause) {
        this(message, cause, null);
    }

    private InputException(@Nullable String message, @Nullable Throwable cause, @Nullable Culprit culprit) {
        super(message == null ? null : AddressSecrets.removed(message), cause);
        this.culprit = culprit;
    }

    /** Returns this error with the input that it is about; unchanged where it knows that already. */
    public InputException about(Culprit about) {
        if (culprit() != null) {
            return this;
        }
        InputException known = new InputException(getMessage(), getCause(), about);
        known.setStackTrace(getStackTrace());
        return known;
    }

    /** Returns the input that this error, or one that it was made of, is about; null where nobody said. */
    public @Nullable Culprit culprit() {
        if (culprit != null) {
            return culprit;
        }
        return getCause() instanceof InputException cause ? cause.culprit() : null;
    }

    /**
     * The option, file or row that an error is about, for programs; people read it in the message.
     *
     * @param input where to look
     * @param option the option's name, or null where no single option is at fault
     * @param file the file as the user named it, or null
     * @param line in the file, from 1, or null
     */
    public record Culprit(
            Input input,
            @Nullable String option,
            @Nullable String file,
            @Nullable Integer line) {

        /** The kinds of input in which an error can lie. */
        public enum Input {
            /** The command line. */
            USAGE,
            /** A file of options. */
            CONFIG,
            /** A data file, or a row of it. */
            DATA
        }

        /** The command line as a whole. */
        public static Culprit commandLine() {
            return new Culprit(Input.USAGE, null, null, null);
        }

        /** An option on the command line, or its default. */
        public static Culprit option(String name) {
            return new Culprit(Input.USAGE, name, null, null);
        }

        /** A line of a file of options; {@code option} is null where it names none. */
        public static Culprit setting(@Nullable String option, String file, int line) {
            return new Culprit(Input.CONFIG, option, file, line);
        }

        /** A data file as a whole. */
        public static Culprit data(String file) {
            return new Culprit(Input.DATA, null, file, null);
        }

        /** A row of a data file. */
        public static Culprit row(String file, int line) {
            return new Culprit(Input.DATA, null, file, line);
        }
    }

    /**
     * Refuses a number that is given and too small.
     *
     * @param name the option's name
     * @param hint what is usual, or how to leave it out; empty for none
     */
    public static void requireAtLeast(int least, String name, @Nullable Integer value, String hint) {
        if (value != null && value < least) {
            throw new InputException(name + " is " + value + " but must be at least " + least
                    + (hint.isEmpty() ? "" : "; " + hint) + ".");
        }
    }
}
