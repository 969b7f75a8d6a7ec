package org.align4j.core.template;

import org.align4j.core.template.python.Filters;
import org.align4j.core.template.python.Function;
import org.align4j.core.template.python.Tests;
import org.align4j.core.template.python.Values;

/** Reads the filters and tests that follow a value. */
final class FilterParser {
    private final ExpressionParser expressions;
    private final OperandParser operands;
    private final TokenStream stream;
    private final Syntax syntax;

    FilterParser(ExpressionParser expressions, OperandParser operands, TokenStream stream, Syntax syntax) {
        this.expressions = expressions;
        this.operands = operands;
        this.stream = stream;
        this.syntax = syntax;
    }

    /** Filters and tests, and calls of what they give. */
    Expression filters(Expression value) {
        Expression whole = value;
        while (true) {
            if (stream.skipOperator("|")) {
                whole = filter(whole);
            } else if (stream.skipName("is")) {
                whole = test(whole);
            } else if (stream.current().isOperator("(")) {
                whole = new Call(whole, operands.arguments());
            } else {
                return whole;
            }
        }
    }

    private Token dottedName() {
        Token name = stream.expect(Token.Type.NAME, "a name");
        StringBuilder whole = new StringBuilder(name.value());
        while (stream.skipOperator(".")) {
            whole.append('.').append(stream.expect(Token.Type.NAME, "a name").value());
        }
        return new Token(Token.Type.NAME, whole.toString(), name.line(), name.column());
    }

    /** Parses one filter of a value, after its {@code |}. */
    Expression filter(Expression value) {
        Token name = dottedName();
        Call.Given arguments = stream.current().isOperator("(") ? operands.arguments() : Call.Given.NONE;
        Function filter = Filters.ALL.get(name.value());
        if (filter == null) {
            return syntax.unknown("filter", name, stream);
        }
        return scope -> {
            Object filtered = value.value(scope);
            scope.budget().step();
            return filter.call(arguments.values(scope, filtered), scope.budget());
        };
    }

    private Expression test(Expression value) {
        boolean negated = stream.skipName("not");
        Token name = dottedName();
        Call.Given arguments = testArguments();
        Function test = Tests.ALL.get(name.value());
        if (test == null) {
            return syntax.unknown("test", name, stream);
        }
        return scope -> {
            Object tested = value.value(scope);
            scope.budget().step();
            return Values.truth(test.call(arguments.values(scope, tested), scope.budget())) != negated;
        };
    }

    private Call.Given testArguments() {
        Token token = stream.current();
        if (token.isOperator("(")) {
            return operands.arguments();
        }
        boolean operand = switch (token.type()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            default -> token.isOperator("[") || token.isOperator("{");
        };
        if (!operand) {
            return Call.Given.NONE;
        }
        if (token.isName("is")) {
            throw stream.fail("You cannot chain multiple tests with is");
        }
        return Call.Given.only(operands.postfix(expressions.primary()));
    }
}
