package org.align4j.core.error;

/**
 * Usage, configuration or data is wrong; nothing was changed. The message is one sentence a user can act on: what was
 * given (name and value), what is required, what to do; with file and line where there is one. The command line prints
 * it without a stack trace and exits with 2.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
