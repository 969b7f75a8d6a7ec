package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's {@code +} and {@code *} of texts, lists and tuples. */
final class Sequences {
    private Sequences() {}

    /** {@code left + right} of two texts, two lists or two tuples; null for other values. */
    static @Nullable Object joined(Object left, Object right, Budget budget) {
        if (Values.isText(left) && Values.isText(right)) {
            return concatenate(left, right, budget);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return new Tuple(joined(a.items(), b.items(), budget));
        }
        return null;
    }

    private static Object concatenate(Object left, Object right, Budget budget) {
        if (left instanceof Markup || right instanceof Markup) {
            return new Markup(Markup.escape(left, budget).text()
                    + Markup.escape(right, budget).text());
        }
        String a = (String) left;
        String b = (String) right;
        budget.spend(a.length() + b.length());
        return a + b;
    }

    private static List<Object> joined(List<?> left, List<?> right, Budget budget) {
        budget.spend(left.size() + right.size());
        List<Object> all = new ArrayList<>(left);
        all.addAll(right);
        return all;
    }

    /** Whether a value can be repeated: a text, a list or a tuple. */
    static boolean repeats(Object value) {
        return Values.isText(value) || value instanceof List || value instanceof Tuple;
    }

    /** Returns a text, list or tuple repeated this many times. */
    static Object repeat(Object value, int times, Budget budget) {
        int count = Math.max(0, times);
        String text = Values.textOrNull(value);
        if (text != null) {
            budget.spend((long) text.length() * count);
            return value instanceof Markup ? new Markup(text.repeat(count)) : text.repeat(count);
        }
        List<?> items = value instanceof Tuple tuple ? tuple.items() : (List<?>) value;
        budget.spend((long) items.size() * count);
        List<Object> all = new ArrayList<>(items.size() * count);
        for (int i = 0; i < count && !items.isEmpty(); i++) {
            all.addAll(items);
        }
        return value instanceof Tuple ? new Tuple(all) : all;
    }
}
