package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Implements Python's methods of {@code str}. Markup's give markup again. */
final class StringMethods {
    /** A method of {@code str} before it is bound to its string. */
    private interface Method {
        Object call(String self, CallArguments arguments, Budget budget);
    }

    private static final Map<String, Method> METHODS = new HashMap<>();

    static {
        METHODS.put("upper", (s, a, b) -> s.toUpperCase(Locale.ROOT));
        METHODS.put("lower", (s, a, b) -> s.toLowerCase(Locale.ROOT));
        METHODS.put("casefold", (s, a, b) -> s.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
        METHODS.put("capitalize", (s, a, b) -> Case.capitalize(s));
        METHODS.put("title", (s, a, b) -> Case.title(s));
        METHODS.put("swapcase", (s, a, b) -> Case.swap(s));
        METHODS.put("strip", (s, a, b) -> strip(s, stripped(a, b), true, true));
        METHODS.put("lstrip", (s, a, b) -> strip(s, stripped(a, b), true, false));
        METHODS.put("rstrip", (s, a, b) -> strip(s, stripped(a, b), false, true));
        METHODS.put("split", (s, a, b) -> Splitting.split(s, a, b));
        METHODS.put("rsplit", (s, a, b) -> Splitting.splitFromEnd(s, a, b));
        METHODS.put("splitlines", (s, a, b) -> Splitting.lines(s, Values.truth(a.get(0, "keepends", false))));
        METHODS.put("partition", (s, a, b) -> Splitting.partition(s, text("partition", a, 0), b));
        METHODS.put("rpartition", (s, a, b) -> Splitting.partitionFromEnd(s, text("rpartition", a, 0), b));
        METHODS.put("join", StringMethods::join);
        METHODS.put("replace", StringMethods::replace);
        METHODS.put("removeprefix", (s, a, b) -> {
            String prefix = text("removeprefix", a, 0);
            return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
        });
        METHODS.put("removesuffix", (s, a, b) -> {
            String suffix = text("removesuffix", a, 0);
            return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
        });
        METHODS.put("startswith", (s, a, b) -> Searching.affix("startswith", s, a, b));
        METHODS.put("endswith", (s, a, b) -> Searching.affix("endswith", s, a, b));
        METHODS.put("find", (s, a, b) -> Searching.find("find", s, a, b));
        METHODS.put("rfind", (s, a, b) -> Searching.find("rfind", s, a, b));
        METHODS.put("index", (s, a, b) -> Searching.index("index", s, a, b));
        METHODS.put("rindex", (s, a, b) -> Searching.index("rindex", s, a, b));
        METHODS.put("count", (s, a, b) -> Searching.count(s, a, b));
        METHODS.put("center", (s, a, b) -> Padding.pad("center", s, a, b));
        METHODS.put("ljust", (s, a, b) -> Padding.pad("ljust", s, a, b));
        METHODS.put("rjust", (s, a, b) -> Padding.pad("rjust", s, a, b));
        METHODS.put("zfill", (s, a, b) -> Padding.zeros(s, Padding.width("zfill", a), b));
        METHODS.put("expandtabs", (s, a, b) -> Padding.expandTabs(s, a, b));
        METHODS.put("format", (s, a, b) -> StringFormat.format(s, a, false, b));
        METHODS.put("format_map", (s, a, b) -> StringFormat.format(s, named(a), false, b));
        METHODS.put("isdigit", (s, a, b) -> Case.all(s, Character::isDigit));
        METHODS.put("isdecimal", (s, a, b) -> Case.all(s, Character::isDigit));
        METHODS.put("isnumeric", (s, a, b) -> Case.all(s, Case::isNumeric));
        METHODS.put("isalpha", (s, a, b) -> Case.all(s, Character::isLetter));
        METHODS.put("isalnum", (s, a, b) -> Case.all(s, point -> Character.isLetter(point) || Case.isNumeric(point)));
        METHODS.put("isspace", (s, a, b) -> Case.all(s, Characters::isSpace));
        METHODS.put("isprintable", (s, a, b) -> s.isEmpty() || Case.all(s, Characters::isPrintable));
        METHODS.put("isascii", (s, a, b) -> s.codePoints().allMatch(point -> point < 128));
        METHODS.put("isidentifier", (s, a, b) -> isIdentifier(s));
        METHODS.put("isupper", (s, a, b) -> Case.isUpper(s));
        METHODS.put("islower", (s, a, b) -> Case.isLower(s));
        METHODS.put(
                "istitle",
                (s, a, b) -> Case.isUpper(s.replaceAll("[^\\p{Lu}]", ""))
                        && Case.title(s).equals(s));
    }

    private StringMethods() {}

    /** A string's method, ready to be called; null where it has none of this name. */
    static @Nullable Function bind(Object owner, String name) {
        Method method = METHODS.get(name);
        if (method == null) {
            return null;
        }
        String self = Values.text(name, owner);
        return (arguments, budget) -> {
            budget.spend(self.length());
            if (owner instanceof Markup && name.startsWith("format")) {
                CallArguments values = name.equals("format") ? arguments : named(arguments);
                return new Markup(StringFormat.format(self, values, true, budget));
            }
            return owner instanceof Markup
                    ? marked(method.call(self, escaped(name, arguments, budget), budget))
                    : method.call(self, arguments, budget);
        };
    }

    /** What becomes part of markup is escaped first, as MarkupSafe does. */
    private static CallArguments escaped(String name, CallArguments arguments, Budget budget) {
        return switch (name) {
            case "join" -> {
                List<Object> items = new ArrayList<>();
                Values.iterate(arguments.need(name, 0, "iterable"))
                        .forEachRemaining(item -> items.add(Markup.escape(item, budget)));
                yield CallArguments.of(items);
            }
            case "replace", "ljust", "rjust", "center" -> {
                List<Object> positional = new ArrayList<>(arguments.positional());
                if (positional.size() > 1) {
                    positional.set(1, Markup.escape(positional.get(1), budget));
                }
                yield new CallArguments(positional, arguments.named());
            }
            default -> arguments;
        };
    }

    private static Object marked(Object result) {
        if (result instanceof Tuple parts) {
            return new Tuple(parts.items().stream().map(StringMethods::marked).toList());
        }
        if (result instanceof List<?> parts) {
            return parts.stream().map(StringMethods::marked).toList();
        }
        return result instanceof String text ? new Markup(text) : result;
    }

    /** The string argument at a place. */
    static String text(String method, CallArguments arguments, int place) {
        return Values.text(method, arguments.need(method, place, "argument"));
    }

    /** Returns which characters {@code str.strip} removes: those of the argument, else white space. */
    private static IntPredicate stripped(CallArguments arguments, Budget budget) {
        arguments.check("strip", "chars");
        Object given = arguments.get(0, "chars", None.NONE);
        if (given == None.NONE) {
            return Characters::isSpace;
        }
        String text = Values.text("strip", given);
        budget.spend(text.length());
        Set<Integer> points = text.codePoints().boxed().collect(Collectors.toSet());
        return points::contains;
    }

    private static String strip(String self, IntPredicate stripped, boolean start, boolean end) {
        int from = 0;
        int to = self.length();
        while (start && from < to && stripped.test(self.codePointAt(from))) {
            from += Character.charCount(self.codePointAt(from));
        }
        while (end && to > from && stripped.test(self.codePointBefore(to))) {
            to -= Character.charCount(self.codePointBefore(to));
        }
        return self.substring(from, to);
    }

    private static Object join(String self, CallArguments arguments, Budget budget) {
        StringBuilder out = new StringBuilder();
        Iterator<Object> items = Values.iterate(arguments.need("join", 0, "iterable"));
        for (int i = 0; items.hasNext(); i++) {
            Object item = items.next();
            String text = Values.textOrNull(item);
            if (text == null) {
                throw PythonError.type(
                        "sequence item " + i + ": expected str instance, " + Values.typeName(item) + " found");
            }
            budget.spend(text.length() + self.length());
            out.append(i == 0 ? "" : self).append(text);
        }
        return out.toString();
    }

    private static CallArguments named(CallArguments arguments) {
        Object mapping = arguments.need("format_map", 0, "mapping");
        if (!(mapping instanceof Dict dict)) {
            throw PythonError.type("'" + Values.typeName(mapping) + "' object is not a mapping");
        }
        Map<String, Object> named = new HashMap<>();
        dict.entries().forEach(entry -> {
            String key = Values.textOrNull(entry.getKey());
            if (key != null) {
                named.put(key, entry.getValue());
            }
        });
        return new CallArguments(List.of(), named);
    }

    private static Object replace(String self, CallArguments arguments, Budget budget) {
        Object count = arguments.get(2, "count", -1L);
        if (!Numbers.isIntegral(count)) {
            throw PythonError.type("'" + Values.typeName(count) + "' object cannot be interpreted as an integer");
        }
        return Searching.replace(
                self, text("replace", arguments, 0), text("replace", arguments, 1), Numbers.index(count), budget);
    }

    private static boolean isIdentifier(String self) {
        return !self.isEmpty()
                && (Character.isLetter(self.codePointAt(0)) || self.charAt(0) == '_')
                && self.codePoints().allMatch(point -> Character.isLetterOrDigit(point) || point == '_');
    }
}
