package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Cuts strings as Python does. */
final class Splitting {
    private Splitting() {}

    static List<Object> split(String self, CallArguments arguments, Budget budget) {
        arguments.check("split", "sep", "maxsplit");
        String separator = separator(arguments);
        int most = most(arguments);
        List<Object> parts = separator == null
                ? words(self, most)
                : pieces(self, new Finder(separator, budget), separator.length(), most);
        budget.spend(parts.size());
        return parts;
    }

    static List<Object> splitFromEnd(String self, CallArguments arguments, Budget budget) {
        arguments.check("rsplit", "sep", "maxsplit");
        String separator = separator(arguments);
        int most = most(arguments);
        List<Object> parts = new ArrayList<>();
        if (separator == null) {
            wordsFromEnd(self, most, parts);
        } else {
            Finder separators = new Finder(separator, budget);
            int to = self.length();
            int at = separators.last(self, to);
            for (int cuts = 0; at >= 0 && cuts < most; cuts++) {
                parts.add(self.substring(at + separator.length(), to));
                to = at;
                at = separators.last(self, to);
            }
            parts.add(self.substring(0, to));
        }
        Collections.reverse(parts);
        return parts;
    }

    private static @Nullable String separator(CallArguments arguments) {
        Object given = arguments.get(0, "sep", None.NONE);
        if (given == None.NONE) {
            return null;
        }
        return notEmpty(Values.text("split", given));
    }

    private static String notEmpty(String separator) {
        if (separator.isEmpty()) {
            throw PythonError.value("empty separator");
        }
        return separator;
    }

    private static int most(CallArguments arguments) {
        Object given = arguments.get(1, "maxsplit", -1L);
        if (!Numbers.isIntegral(given)) {
            throw PythonError.type("'" + Values.typeName(given) + "' object cannot be interpreted as an integer");
        }
        int most = Numbers.index(given);
        return most < 0 ? Integer.MAX_VALUE : most;
    }

    private static List<Object> pieces(String self, Finder separators, int length, int most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        int at = separators.first(self, 0);
        while (at >= 0 && parts.size() < most) {
            parts.add(self.substring(from, at));
            from = at + length;
            at = separators.first(self, from);
        }
        parts.add(self.substring(from));
        return parts;
    }

    private static List<Object> words(String self, int most) {
        List<Object> parts = new ArrayList<>();
        String rest = Characters.stripStart(self);
        int from = 0;
        while (from < rest.length()) {
            if (parts.size() == most) {
                parts.add(rest.substring(from));
                return parts;
            }
            int to = from;
            while (to < rest.length() && !Characters.isSpace(rest.charAt(to))) {
                to++;
            }
            parts.add(rest.substring(from, to));
            from = to;
            while (from < rest.length() && Characters.isSpace(rest.charAt(from))) {
                from++;
            }
        }
        return parts;
    }

    private static void wordsFromEnd(String self, int most, List<Object> parts) {
        String rest = Characters.stripEnd(self);
        int to = rest.length();
        while (to > 0) {
            if (parts.size() == most) {
                parts.add(rest.substring(0, to));
                return;
            }
            int from = to;
            while (from > 0 && !Characters.isSpace(rest.charAt(from - 1))) {
                from--;
            }
            parts.add(rest.substring(from, to));
            to = from;
            while (to > 0 && Characters.isSpace(rest.charAt(to - 1))) {
                to--;
            }
        }
    }

    /** Splits a text into lines as {@code str.splitlines} does. */
    public static List<Object> lines(String self, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        while (from < self.length()) {
            int end = from;
            while (end < self.length() && !Characters.isLineEnd(self.charAt(end))) {
                end++;
            }
            int next = Math.min(self.length(), end + (self.startsWith("\r\n", end) ? 2 : 1));
            lines.add(self.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    static Tuple partition(String self, String separator, Budget budget) {
        int at = new Finder(notEmpty(separator), budget).first(self, 0);
        return at < 0
                ? Tuple.of(self, "", "")
                : Tuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
    }

    static Tuple partitionFromEnd(String self, String separator, Budget budget) {
        int at = new Finder(notEmpty(separator), budget).last(self, self.length());
        return at < 0
                ? Tuple.of("", "", self)
                : Tuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
    }
}
