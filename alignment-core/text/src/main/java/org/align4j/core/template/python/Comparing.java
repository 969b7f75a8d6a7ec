package org.align4j.core.template.python;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code == < in}, and the order of sorted lists. */
public final class Comparing {
    private Comparing() {}

    /** Whether two values are equal, {@code left == right}. */
    public static boolean equal(Object left, Object right, Budget budget) {
        budget.step();
        if (left == right) {
            return !(left instanceof Double number && Double.isNaN(number));
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return equalNumbers(left, right);
        }
        String text = Values.textOrNull(left);
        if (text != null) {
            String other = Values.textOrNull(right);
            if (other == null || other.length() != text.length()) {
                return false;
            }
            budget.spend(text.length());
            return text.equals(other);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return equalItems(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return equalItems(a.items(), b.items(), budget);
        }
        if (left instanceof Dict a && right instanceof Dict b) {
            return equalDicts(a, b, budget);
        }
        if (left instanceof Range a && right instanceof Range b) {
            return a.items().equals(b.items());
        }
        return left instanceof Undefined && right instanceof Undefined;
    }

    private static boolean equalNumbers(Object left, Object right) {
        if (Numbers.isIntegral(left) && Numbers.isIntegral(right)) {
            return Numbers.big(left).equals(Numbers.big(right));
        }
        if (left instanceof Double a && right instanceof Double b) {
            return a.doubleValue() == b.doubleValue();
        }
        return compareNumbers(left, right) == 0;
    }

    private static boolean equalItems(List<?> left, List<?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(Dict left, Dict right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<Object, Object> entry : left.entries()) {
            Object other = right.get(entry.getKey());
            if (other == null || !equal(entry.getValue(), other, budget)) {
                return false;
            }
        }
        return true;
    }

    /** {@code left < right} and the like: negative, zero, positive; {@code operator} is for the error message. */
    public static int compare(String operator, Object left, Object right, Budget budget) {
        budget.step();
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return compareNumbers(left, right);
        }
        String a = Values.textOrNull(left);
        String b = Values.textOrNull(right);
        if (a != null && b != null) {
            budget.spend(Math.min(a.length(), b.length()));
            return compareText(a, b);
        }
        if (left instanceof List<?> x && right instanceof List<?> y) {
            return compareItems(operator, x, y, budget);
        }
        if (left instanceof Tuple x && right instanceof Tuple y) {
            return compareItems(operator, x.items(), y.items(), budget);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw PythonError.type("'" + operator + "' not supported between instances of '" + Values.typeName(left)
                + "' and '" + Values.typeName(right) + "'");
    }

    /** Whether a comparison operator holds. NaN compares false with everything. */
    public static boolean holds(String operator, Object left, Object right, Budget budget) {
        if ((left instanceof Double a && Double.isNaN(a) && Numbers.isNumber(right))
                || (right instanceof Double b && Double.isNaN(b) && Numbers.isNumber(left))) {
            return false;
        }
        int order = compare(operator, left, right, budget);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    private static int compareNumbers(Object left, Object right) {
        if (Numbers.isIntegral(left) && Numbers.isIntegral(right)) {
            return Numbers.big(left).compareTo(Numbers.big(right));
        }
        if (unbounded(left) || unbounded(right)) {
            return Double.compare(left instanceof Double a ? a : 0, right instanceof Double b ? b : 0);
        }
        return decimal(left).compareTo(decimal(right));
    }

    private static boolean unbounded(Object value) {
        return value instanceof Double number && (number.isInfinite() || number.isNaN());
    }

    private static BigDecimal decimal(Object value) {
        return value instanceof Double number ? new BigDecimal(number) : new BigDecimal(Numbers.big(value));
    }

    /** Compares two strings by code points, as Python does, not by UTF-16 units. */
    private static int compareText(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean mixed = Character.isSurrogate(a) != Character.isSurrogate(b);
                return mixed ? (Character.isSurrogate(a) ? 1 : -1) : a - b;
            }
        }
        return left.length() - right.length();
    }

    private static int compareItems(String operator, List<?> left, List<?> right, Budget budget) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return compare(operator, left.get(i), right.get(i), budget);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** Whether a value contains another, {@code needle in haystack}. */
    public static boolean contains(Object haystack, Object needle, Budget budget) {
        String text = Values.textOrNull(haystack);
        if (text != null) {
            String part = Values.textOrNull(needle);
            if (part == null) {
                throw PythonError.type("'in <string>' requires string as left operand, not " + Values.typeName(needle));
            }
            budget.spend(text.length());
            return new Finder(part, budget).first(text, 0) >= 0;
        }
        if (haystack instanceof Dict dict) {
            return dict.get(needle) != null;
        }
        if (!Values.isIterable(haystack)) {
            throw PythonError.type("argument of type '" + Values.typeName(haystack) + "' is not iterable");
        }
        Iterator<Object> items = Values.iterate(haystack);
        while (items.hasNext()) {
            if (equal(items.next(), needle, budget)) {
                return true;
            }
        }
        return false;
    }

    /** The value under which a dict files a key. */
    static Object hashable(Object key) {
        if (key instanceof String) {
            return key;
        }
        if (key instanceof List || key instanceof Dict) {
            throw PythonError.type("unhashable type: '" + Values.typeName(key) + "'");
        }
        if (key instanceof Boolean bool) {
            return bool ? 1L : 0L;
        }
        if (key instanceof Markup markup) {
            return markup.text();
        }
        if (key instanceof Double number && !number.isInfinite() && number == Math.rint(number)) {
            BigInteger whole = new BigDecimal(number).toBigInteger();
            return Numbers.normal(whole);
        }
        if (key instanceof Tuple tuple) {
            List<Object> items = new ArrayList<>();
            tuple.items().forEach(item -> items.add(hashable(item)));
            return new Tuple(items);
        }
        return key;
    }

    /** The value under which filters that ignore case compare. */
    public static Object ignoringCase(Object value) {
        String text = Values.textOrNull(value);
        return text == null ? value : text.toLowerCase(Locale.ROOT);
    }

    /** Sorts by keys, keeping the order of equals. */
    public static List<Object> sorted(
            List<Object> items,
            java.util.function.@Nullable Function<Object, Object> key,
            boolean reverse,
            Budget budget) {
        java.util.function.Function<Object, Object> by = key == null ? item -> item : key;
        List<Map.Entry<Object, Object>> keyed = new ArrayList<>();
        items.forEach(item -> keyed.add(Map.entry(by.apply(item), item)));
        Comparator<Map.Entry<Object, Object>> order =
                (left, right) -> compare("<", left.getKey(), right.getKey(), budget);
        keyed.sort(reverse ? order.reversed() : order);
        List<Object> sorted = new ArrayList<>();
        keyed.forEach(entry -> sorted.add(entry.getValue()));
        return sorted;
    }
}
