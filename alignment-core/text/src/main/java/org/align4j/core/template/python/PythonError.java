package org.align4j.core.template.python;

/** An error that Python would raise. */
public final class PythonError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String kind;

    /**
     * @param kind the class of Python's exception, {@code TypeError} for example
     * @param reason its message
     */
    public PythonError(String kind, String reason) {
        super(reason);
        this.kind = kind;
    }

    /** The class of Python's exception. */
    public String kind() {
        return kind;
    }

    /** Returns the error's message, without its kind. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** Makes an error about an operation that this type of value does not have. */
    public static PythonError type(String reason) {
        return new PythonError("TypeError", reason);
    }

    /** A value that is wrong for an operation. */
    public static PythonError value(String reason) {
        return new PythonError("ValueError", reason);
    }
}
