package org.align4j.core.template;

/**
 * A piece of a template.
 *
 * @param type what it is
 * @param value its text; of a string literal what it stands for
 * @param line from 1
 * @param column from 1
 */
record Token(Type type, String value, int line, int column) {
    public enum Type {
        TEXT,
        TAG_BEGIN,
        TAG_END,
        OUTPUT_BEGIN,
        OUTPUT_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    public boolean is(Type wanted) {
        return type == wanted;
    }

    public boolean isName(String name) {
        return type == Type.NAME && value.equals(name);
    }

    public boolean isOperator(String operator) {
        return type == Type.OPERATOR && value.equals(operator);
    }

    /** Returns the token as messages name it. */
    public String shown() {
        return switch (type) {
            case END -> "end of template";
            case TAG_BEGIN, TAG_END, OUTPUT_BEGIN, OUTPUT_END, OPERATOR, NAME -> "'" + value + "'";
            case TEXT -> "text";
            case STRING -> "a string";
            case INTEGER, FLOAT -> "the number " + value;
        };
    }
}
