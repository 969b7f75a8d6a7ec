package org.align4j.core.template;

import java.util.List;
import org.align4j.core.template.python.Budget;
import org.align4j.core.template.python.Comparing;
import org.align4j.core.template.python.Numbers;
import org.align4j.core.template.python.PercentFormat;
import org.align4j.core.template.python.Repr;
import org.align4j.core.template.python.Values;

/** Evaluates the operators of expressions. */
final class Operators {
    private Operators() {}

    /** Holds one comparison of a chain, such as {@code < right}. */
    record Link(String operator, Expression right) {}

    static Expression binary(String operator, Expression left, Expression right) {
        return scope -> {
            Object a = left.value(scope);
            Object b = right.value(scope);
            scope.budget().step();
            return apply(operator, a, b, scope.budget());
        };
    }

    private static Object apply(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "+" -> Numbers.add(left, right, budget);
            case "-" -> Numbers.subtract(left, right);
            case "*" -> Numbers.multiply(left, right, budget);
            case "/" -> Numbers.divide(left, right);
            case "//" -> Numbers.floorDivide(left, right);
            case "**" -> Numbers.power(left, right, budget);
            default -> Values.isText(left) ? PercentFormat.format(left, right, budget) : Numbers.modulo(left, right);
        };
    }

    static Expression and(Expression left, Expression right) {
        return scope -> {
            Object first = left.value(scope);
            return Values.truth(first) ? right.value(scope) : first;
        };
    }

    static Expression or(Expression left, Expression right) {
        return scope -> {
            Object first = left.value(scope);
            return Values.truth(first) ? first : right.value(scope);
        };
    }

    /** Joins values as text, as {@code ~} does. */
    static Expression concatenation(List<Expression> parts) {
        return scope -> {
            StringBuilder out = new StringBuilder();
            for (Expression part : parts) {
                String text = Repr.str(part.value(scope), scope.budget());
                scope.budget().spend(text.length());
                out.append(text);
            }
            return out.toString();
        };
    }

    /** {@code a < b <= c}: every link must hold. */
    static Expression comparison(Expression first, List<Link> links) {
        return scope -> {
            Object left = first.value(scope);
            for (Link link : links) {
                Object right = link.right.value(scope);
                if (!holds(link.operator, left, right, scope.budget())) {
                    return false;
                }
                left = right;
            }
            return true;
        };
    }

    private static boolean holds(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "==" -> Comparing.equal(left, right, budget);
            case "!=" -> !Comparing.equal(left, right, budget);
            case "in" -> Comparing.contains(right, left, budget);
            case "not in" -> !Comparing.contains(right, left, budget);
            default -> Comparing.holds(operator, left, right, budget);
        };
    }
}
