package org.align4j.examples.tools;

import java.math.BigDecimal;
import java.math.MathContext;

/** Works out an arithmetic expression: numbers, {@code + - * /} and parentheses, with 16 digits. */
final class Expression {
    private static final int LONGEST = 200;
    private static final int DEEPEST = 20;

    private final String text;
    private int at;
    private int depth;

    private Expression(String text) {
        this.text = text;
    }

    /** Returns the value as text, or what is wrong with the expression. */
    static String said(String text) {
        if (text.length() > LONGEST) {
            return "error: more than " + LONGEST + " characters";
        }
        try {
            Expression expression = new Expression(text);
            BigDecimal value = expression.sum();
            require(expression.next() == 0);
            BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
            return plain.precision() - plain.scale() > LONGEST ? "error: too large" : plain.toPlainString();
        } catch (ArithmeticException | IllegalArgumentException wrong) {
            return "error: no expression";
        }
    }

    private BigDecimal sum() {
        BigDecimal value = product();
        for (char sign = next(); sign == '+' || sign == '-'; sign = next()) {
            at++;
            BigDecimal other = product();
            value = sign == '+'
                    ? value.add(other, MathContext.DECIMAL64)
                    : value.subtract(other, MathContext.DECIMAL64);
        }
        return value;
    }

    private BigDecimal product() {
        BigDecimal value = factor();
        for (char sign = next(); sign == '*' || sign == '/'; sign = next()) {
            at++;
            BigDecimal other = factor();
            value = sign == '*'
                    ? value.multiply(other, MathContext.DECIMAL64)
                    : value.divide(other, MathContext.DECIMAL64);
        }
        return value;
    }

    private BigDecimal factor() {
        char first = next();
        if (first == '-' || first == '(') {
            require(++depth <= DEEPEST);
            at++;
            BigDecimal inner = first == '-' ? factor().negate() : sum();
            if (first == '(') {
                require(next() == ')');
                at++;
            }
            depth--;
            return inner;
        }
        int from = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        return new BigDecimal(text.substring(from, at));
    }

    /** The next character but blanks; 0 at the end. */
    private char next() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException();
        }
    }
}
