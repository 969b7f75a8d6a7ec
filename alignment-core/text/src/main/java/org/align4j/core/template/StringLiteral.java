package org.align4j.core.template;

/** Reads what a string literal stands for, by Python's escapes. */
final class StringLiteral {
    private final String body;
    private final StringBuilder out = new StringBuilder();
    private int at;

    private StringLiteral(String body) {
        this.body = body;
    }

    /**
     * @param body what is between the quotes
     * @throws IllegalArgumentException where an escape is cut short
     */
    static String value(String body) {
        if (body.indexOf('\\') < 0) {
            return body;
        }
        StringLiteral literal = new StringLiteral(body);
        while (literal.at < body.length()) {
            char c = body.charAt(literal.at++);
            if (c == '\\' && literal.at < body.length()) {
                literal.escape(body.charAt(literal.at++));
            } else {
                literal.out.append(c);
            }
        }
        return literal.out.toString();
    }

    private void escape(char c) {
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> out.append(c);
            case 'a' -> out.append('\u0007');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'v' -> out.append('\u000B');
            case 'x' -> out.appendCodePoint(hexadecimal(2));
            case 'u' -> out.appendCodePoint(hexadecimal(4));
            case 'U' -> out.appendCodePoint(hexadecimal(8));
            case 'N' -> named();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
            default -> out.append('\\').append(c);
        }
    }

    private int hexadecimal(int digits) {
        int end = at + digits;
        if (end > body.length() || !body.substring(at, end).matches("[0-9a-fA-F]+")) {
            throw new IllegalArgumentException("a \\x, \\u or \\U escape needs " + digits + " hexadecimal digits");
        }
        long point = Long.parseLong(body.substring(at, end), 16);
        if (point > Character.MAX_CODE_POINT) {
            throw new IllegalArgumentException("illegal Unicode character");
        }
        at = end;
        return (int) point;
    }

    private void octal() {
        int start = at - 1;
        while (at < body.length() && at < start + 3 && body.charAt(at) >= '0' && body.charAt(at) <= '7') {
            at++;
        }
        out.appendCodePoint(Integer.parseInt(body.substring(start, at), 8));
    }

    private void named() {
        int end = body.indexOf('}', at);
        if (!body.startsWith("{", at) || end < 0) {
            throw new IllegalArgumentException("malformed \\N character escape");
        }
        out.appendCodePoint(Character.codePointOf(body.substring(at + 1, end)));
        at = end + 1;
    }
}
