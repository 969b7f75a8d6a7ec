package org.align4j.core.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Access;
import org.align4j.core.template.python.Dict;
import org.align4j.core.template.python.None;
import org.align4j.core.template.python.Tuple;
import org.jspecify.annotations.Nullable;

/** Reads what brackets hold and what follows a value: attributes, elements, calls. */
final class OperandParser {
    private final ExpressionParser expressions;
    private final TokenStream stream;

    OperandParser(ExpressionParser expressions, TokenStream stream) {
        this.expressions = expressions;
        this.stream = stream;
    }

    Expression bracketed() {
        if (stream.skipOperator("(")) {
            Expression inside = expressions.tuple(true, true);
            stream.expectOperator(")");
            return inside;
        }
        if (stream.skipOperator("[")) {
            List<Expression> items = items("]");
            return scope -> values(items, scope);
        }
        if (stream.skipOperator("{")) {
            return dict();
        }
        throw stream.fail("unexpected " + stream.current().shown());
    }

    private static List<Object> values(List<Expression> expressions, NameScope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(expression.value(scope));
        }
        scope.budget().spend(values.size());
        scope.budget().container();
        return values;
    }

    Expression tupleOf(List<Expression> elements) {
        return scope -> new Tuple(values(elements, scope));
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!stream.current().isOperator(close)) {
            if (!items.isEmpty()) {
                stream.expectOperator(",");
            }
            if (stream.current().isOperator(close)) {
                break;
            }
            items.add(expressions.expression());
        }
        stream.expectOperator(close);
        return items;
    }

    private Expression dict() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!stream.current().isOperator("}")) {
            if (!keys.isEmpty()) {
                stream.expectOperator(",");
            }
            if (stream.current().isOperator("}")) {
                break;
            }
            keys.add(expressions.expression());
            stream.expectOperator(":");
            values.add(expressions.expression());
        }
        stream.expectOperator("}");
        return scope -> {
            Dict dict = new Dict();
            scope.budget().container();
            for (int i = 0; i < keys.size(); i++) {
                scope.budget().container();
                dict.put(keys.get(i).value(scope), values.get(i).value(scope));
            }
            return dict;
        };
    }

    Expression postfix(Expression value) {
        Expression whole = value;
        while (true) {
            if (stream.skipOperator(".")) {
                whole = attribute(whole);
            } else if (stream.skipOperator("[")) {
                whole = subscript(whole);
            } else if (stream.current().isOperator("(")) {
                whole = new Call(whole, arguments());
            } else {
                return whole;
            }
        }
    }

    private Expression attribute(Expression owner) {
        Token token = stream.next();
        if (token.is(Token.Type.NAME)) {
            return scope -> Access.attribute(owner.value(scope), token.value());
        }
        if (token.is(Token.Type.INTEGER)) {
            Object place = ExpressionParser.integer(token.value());
            return scope -> Access.element(owner.value(scope), place);
        }
        throw stream.fail("expected name or number, got " + token.shown(), token);
    }

    private Expression subscript(Expression owner) {
        List<Expression> keys = new ArrayList<>();
        Expression single = null;
        while (!stream.current().isOperator("]")) {
            if (!keys.isEmpty()) {
                stream.expectOperator(",");
            }
            single = slice(owner);
            keys.add(single);
        }
        stream.expectOperator("]");
        if (single instanceof Slice && keys.size() == 1) {
            return single;
        }
        Expression key = keys.size() == 1 && single != null ? single : tupleOf(keys);
        return scope -> Access.element(owner.value(scope), key.value(scope));
    }

    /** Parses a slice {@code owner[start:stop:step]}. */
    private record Slice(
            Expression owner,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step) implements Expression {
        @Override
        public Object value(NameScope scope) {
            return Access.slice(
                    owner.value(scope), bound(start, scope), bound(stop, scope), bound(step, scope), scope.budget());
        }

        private static Object bound(@Nullable Expression bound, NameScope scope) {
            return bound == null ? None.NONE : bound.value(scope);
        }
    }

    private Expression slice(Expression owner) {
        Expression start = null;
        if (!stream.current().isOperator(":")) {
            start = expressions.expression();
            if (!stream.current().isOperator(":")) {
                return start;
            }
        }
        stream.expectOperator(":");
        Expression stop = endsSlice() ? null : expressions.expression();
        Expression step = null;
        if (stream.skipOperator(":")) {
            step = endsSlice() ? null : expressions.expression();
        }
        return new Slice(owner, start, stop, step);
    }

    private boolean endsSlice() {
        Token token = stream.current();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    }

    Call.Given arguments() {
        stream.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        Expression list = null;
        Expression dict = null;
        for (boolean first = true; !stream.current().isOperator(")"); first = false) {
            if (!first) {
                stream.expectOperator(",");
                if (stream.current().isOperator(")")) {
                    break;
                }
            }
            boolean plainAllowed = list == null && dict == null;
            if (plainAllowed && stream.skipOperator("*")) {
                list = expressions.expression();
            } else if (dict == null && stream.skipOperator("**")) {
                dict = expressions.expression();
            } else if (dict == null
                    && stream.current().is(Token.Type.NAME)
                    && stream.look().isOperator("=")) {
                String name = stream.next().value();
                stream.next();
                if (named.put(name, expressions.expression()) != null) {
                    throw stream.fail("keyword argument repeated: " + name);
                }
            } else if (plainAllowed && named.isEmpty()) {
                positional.add(expressions.expression());
            } else {
                throw stream.fail("invalid syntax for function call expression");
            }
        }
        stream.expectOperator(")");
        return new Call.Given(positional, named, list, dict);
    }
}
