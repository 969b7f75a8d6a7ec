package org.align4j.core.template;

/**
 * A template that does not parse, or that fails while it renders. {@link #kind()} is the name that Python gives such an
 * error ({@code TemplateSyntaxError}, {@code UndefinedError}, {@code TypeError} …; {@code TemplateError} is what a
 * template raises itself, and {@code LimitError} one of the sandbox's bounds).
 */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String kind;
    private final String reason;
    private final int line;
    private final int column;

    public TemplateException(String kind, String reason, int line, int column) {
        super(kind + ": " + reason + place(line, column));
        this.kind = kind;
        this.reason = reason;
        this.line = line;
        this.column = column;
    }

    private static String place(int line, int column) {
        if (line == 0) {
            return "";
        }
        return column == 0 ? " (line " + line + ")" : " (line " + line + ", column " + column + ")";
    }

    /** The error's class as Python names it. */
    public String kind() {
        return kind;
    }

    /** What went wrong, without kind and place; of a {@code TemplateError} the template's own words. */
    public String reason() {
        return reason;
    }

    /** The line of the template, from 1; 0 where it is not known. */
    public int line() {
        return line;
    }

    /** The column in that line, from 1; 0 where it is not known. */
    public int column() {
        return column;
    }

    /** Returns this error with its place, where it had none. */
    TemplateException at(int newLine, int newColumn) {
        if (line != 0) {
            return this;
        }
        TemplateException placed = new TemplateException(kind, reason, newLine, newColumn);
        placed.setStackTrace(getStackTrace());
        return placed;
    }
}
