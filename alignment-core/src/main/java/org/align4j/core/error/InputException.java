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
}
