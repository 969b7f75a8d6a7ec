package org.align4j.core.error;

/** A number of the training is not finite, or is one that can't be. It was found before it was applied or saved. */
public class NotFiniteException extends RunException {
    private static final long serialVersionUID = 1L;

    public NotFiniteException(String message) {
        super(message);
    }
}
