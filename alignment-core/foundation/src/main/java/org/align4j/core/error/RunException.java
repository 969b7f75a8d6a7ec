package org.align4j.core.error;

/**
 * A run that started well could not go on (diverged, out of memory, disk full); the last checkpoint is intact. The
 * message says what happened and what to do. The command line prints it without a stack trace and exits with 1. What may be
 * secret in addresses is taken out of it.
 */
public class RunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunException(String message) {
        super(AddressSecrets.removed(message));
    }

    public RunException(String message, Throwable cause) {
        super(AddressSecrets.removed(message), cause);
    }
}
