package org.align4j.core.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.template.python.None;
import org.align4j.core.template.python.Numbers;
import org.align4j.core.template.python.Undefined;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/** Reads expressions; each method is one level of Jinja's grammar, loosest first. */
final class ExpressionParser {
    private final TokenStream stream;
    private final Syntax syntax;
    private final OperandParser operands;
    private final FilterParser filters;

    ExpressionParser(TokenStream stream, Syntax syntax) {
        this.stream = stream;
        this.syntax = syntax;
        this.operands = new OperandParser(this, stream);
        this.filters = new FilterParser(this, operands, stream, syntax);
    }

    FilterParser filters() {
        return filters;
    }

    /** An expression, an inline {@code if} included. */
    Expression expression() {
        syntax.enter(stream);
        int line = stream.current().line();
        Expression value = or();
        while (stream.skipName("if")) {
            boolean before = syntax.conditional(true);
            Expression test = or();
            Expression otherwise = stream.skipName("else") ? expression() : null;
            syntax.conditional(before);
            value = conditional(test, value, otherwise, line);
        }
        syntax.leave();
        return value;
    }

    private static Expression conditional(Expression test, Expression value, @Nullable Expression otherwise, int line) {
        return scope -> {
            if (Values.truth(test.value(scope))) {
                return value.value(scope);
            }
            return otherwise != null
                    ? otherwise.value(scope)
                    : Undefined.because("the inline if-expression on line " + line
                            + " evaluated to false and no else section was defined.");
        };
    }

    /** An expression without inline {@code if}. */
    Expression or() {
        Expression left = and();
        while (stream.skipName("or")) {
            left = Operators.or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (stream.skipName("and")) {
            left = Operators.and(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!stream.skipName("not")) {
            return comparison();
        }
        syntax.enter(stream);
        Expression negated = not();
        syntax.leave();
        return scope -> !Values.truth(negated.value(scope));
    }

    private Expression comparison() {
        Expression first = sum();
        List<Operators.Link> links = new ArrayList<>();
        while (true) {
            Token token = stream.current();
            if (token.is(Token.Type.OPERATOR)
                    && List.of("==", "!=", "<", "<=", ">", ">=").contains(token.value())) {
                stream.next();
                links.add(new Operators.Link(token.value(), sum()));
            } else if (stream.skipName("in")) {
                links.add(new Operators.Link("in", sum()));
            } else if (token.isName("not") && stream.look().isName("in")) {
                stream.next();
                stream.next();
                links.add(new Operators.Link("not in", sum()));
            } else {
                return links.isEmpty() ? first : Operators.comparison(first, links);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (stream.current().isOperator("+") || stream.current().isOperator("-")) {
            left = Operators.binary(stream.next().value(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        List<Expression> parts = new ArrayList<>();
        parts.add(product());
        while (stream.skipOperator("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.get(0) : Operators.concatenation(parts);
    }

    private Expression product() {
        Expression left = power();
        while (stream.current().is(Token.Type.OPERATOR)
                && List.of("*", "/", "//", "%").contains(stream.current().value())) {
            left = Operators.binary(stream.next().value(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (stream.skipOperator("**")) {
            left = Operators.binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Expression value;
        syntax.enter(stream);
        if (stream.skipOperator("-")) {
            Expression operand = unary(false);
            value = scope -> Numbers.negate(operand.value(scope));
        } else if (stream.skipOperator("+")) {
            Expression operand = unary(false);
            value = scope -> Numbers.plus(operand.value(scope));
        } else {
            value = primary();
        }
        syntax.leave();
        value = operands.postfix(value);
        return withFilters ? filters.filters(value) : value;
    }

    /** A name, a literal, or something in brackets. */
    Expression primary() {
        Token token = stream.current();
        return switch (token.type()) {
            case NAME -> name();
            case STRING -> string();
            case INTEGER -> constant(integer(stream.next().value()));
            case FLOAT -> constant(Double.parseDouble(stream.next().value().replace("_", "")));
            default -> operands.bracketed();
        };
    }

    private Expression name() {
        String name = stream.next().value();
        return switch (name) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(None.NONE);
            default -> {
                syntax.reads(name);
                yield scope -> scope.get(name);
            }
        };
    }

    private Expression string() {
        StringBuilder text = new StringBuilder();
        while (stream.current().is(Token.Type.STRING)) {
            text.append(stream.next().value());
        }
        return constant(text.toString());
    }

    static Expression constant(Object value) {
        return scope -> value;
    }

    /** Returns the value of an integer literal. */
    static Object integer(String literal) {
        String digits = literal.replace("_", "").toLowerCase(Locale.ROOT);
        if (digits.length() > 4000) {
            throw new TemplateException("TemplateSyntaxError", "an integer has more than 4000 digits", 0, 0);
        }
        int radix = digits.startsWith("0x") ? 16 : digits.startsWith("0o") ? 8 : digits.startsWith("0b") ? 2 : 10;
        return Numbers.normal(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
    }

    /**
     * Expressions with commas between them: a tuple; alone and without a comma just that expression.
     *
     * @param withConditional whether an element may have an inline {@code if}
     * @param inParentheses whether there may be none at all
     * @param endNames names that end it
     */
    Expression tuple(boolean withConditional, boolean inParentheses, String... endNames) {
        List<Expression> elements = new ArrayList<>();
        boolean commas = false;
        while (!endsTuple(endNames)) {
            elements.add(withConditional ? expression() : or());
            if (!stream.skipOperator(",")) {
                break;
            }
            commas = true;
        }
        if (!commas && elements.size() == 1) {
            return elements.get(0);
        }
        if (elements.isEmpty() && !inParentheses) {
            throw stream.fail("Expected an expression, got " + stream.current().shown());
        }
        return operands.tupleOf(elements);
    }

    boolean endsTuple(String... endNames) {
        Token token = stream.current();
        if (token.is(Token.Type.NAME)) {
            return List.of(endNames).contains(token.value());
        }
        return token.is(Token.Type.TAG_END) || token.is(Token.Type.OUTPUT_END) || token.isOperator(")");
    }
}
