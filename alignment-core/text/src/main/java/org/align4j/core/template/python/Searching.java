package org.align4j.core.template.python;

import java.util.List;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Looks for strings in strings, in code points, as Python does. */
final class Searching {
    private Searching() {}

    /** {@code str.replace}; a negative count replaces all. */
    public static String replace(String self, String old, String by, int count, Budget budget) {
        StringBuilder out = new StringBuilder();
        int left = count < 0 ? Integer.MAX_VALUE : count;
        int from = 0;
        Finder finder = new Finder(old, budget);
        int at = finder.first(self, 0);
        while (at >= 0 && left-- > 0) {
            budget.spend(at - from + by.length() + 1L);
            out.append(self, from, at).append(by);
            from = at + old.length();
            if (old.isEmpty()) {
                if (at >= self.length()) {
                    return out.toString();
                }
                int next = self.offsetByCodePoints(at, 1);
                out.append(self, at, next);
                from = next;
            }
            at = finder.first(self, from);
        }
        budget.spend(self.length() - from);
        return out.append(self, from, self.length()).toString();
    }

    static Object affix(String method, String self, CallArguments arguments, Budget budget) {
        Object wanted = arguments.need(method, 0, "prefix");
        @Nullable String part = window(self, arguments);
        List<Object> all = wanted instanceof Tuple tuple ? tuple.items() : List.of(wanted);
        for (Object each : all) {
            String affix = Values.textOrNull(each);
            if (affix == null) {
                throw PythonError.type(
                        method + " first arg must be str or a tuple of str, not " + Values.typeName(wanted));
            }
            budget.spend(1 + (part == null ? 0 : Math.min(part.length(), affix.length())));
            if (part != null && (method.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix))) {
                return true;
            }
        }
        return false;
    }

    /** The stretch to look in; null where it would end before it starts, so that not even an empty text is in it. */
    private static @Nullable String window(String self, CallArguments arguments) {
        if (arguments.count() < 2) {
            return self;
        }
        int[] bounds = bounds(self, arguments);
        return bounds == null ? null : self.substring(bounds[0], bounds[1]);
    }

    /** The bounds given in code points as UTF-16 places; null where the stretch would end before it starts. */
    private static int @Nullable [] bounds(String self, CallArguments arguments) {
        int length = self.codePointCount(0, self.length());
        int from = bound(arguments.get(1, "start", None.NONE), 0, length, Integer.MAX_VALUE);
        int to = bound(arguments.get(2, "end", None.NONE), length, length, length);
        if (from > to) {
            return null;
        }
        return new int[] {self.offsetByCodePoints(0, from), self.offsetByCodePoints(0, to)};
    }

    private static int bound(Object given, int otherwise, int length, int most) {
        if (given == None.NONE) {
            return otherwise;
        }
        if (!Numbers.isIntegral(given)) {
            throw PythonError.type("slice indices must be integers or None");
        }
        long place = Numbers.index(given);
        return (int) Math.max(0, Math.min(most, place < 0 ? place + length : place));
    }

    static Object find(String method, String self, CallArguments arguments, Budget budget) {
        String part = StringMethods.text(method, arguments, 0);
        int[] bounds = bounds(self, arguments);
        if (bounds == null) {
            return -1L;
        }
        String within = self.substring(bounds[0], bounds[1]);
        Finder finder = new Finder(part, budget);
        int at = method.startsWith("r") ? finder.last(within, within.length()) : finder.first(within, 0);
        return at < 0 ? -1L : (long) self.codePointCount(0, bounds[0] + at);
    }

    static Object index(String method, String self, CallArguments arguments, Budget budget) {
        Object at = find(method, self, arguments, budget);
        if (at.equals(-1L)) {
            throw PythonError.value("substring not found");
        }
        return at;
    }

    static Object count(String self, CallArguments arguments, Budget budget) {
        String part = StringMethods.text("count", arguments, 0);
        String within = window(self, arguments);
        if (within == null) {
            return 0L;
        }
        if (part.isEmpty()) {
            return within.codePointCount(0, within.length()) + 1L;
        }
        long count = 0;
        Finder finder = new Finder(part, budget);
        for (int at = finder.first(within, 0); at >= 0; at = finder.first(within, at + part.length())) {
            count++;
        }
        return count;
    }
}
