package org.align4j.core.template.python;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code "%s of %d" % values}. */
public final class PercentFormat {
    private static final Pattern DIRECTIVE = Pattern.compile(
            "%(?:\\((?<key>[^)]*)\\))?(?<flags>[-+ #0]*)(?<width>\\*|\\d{1,9})?(?:\\.(?<precision>\\*|\\d{0,9}))?[hlL]?(?<type>.)?",
            Pattern.DOTALL);

    private final boolean escapes;
    private final Object values;
    private final List<Object> positional;
    private final Budget budget;
    private int next;

    private PercentFormat(boolean escapes, Object values, Budget budget) {
        this.escapes = escapes;
        this.values = values;
        this.positional = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        this.budget = budget;
    }

    /** Fills in a pattern; one that is markup stays markup, so the values are escaped. */
    public static Object format(Object pattern, Object values, Budget budget) {
        PercentFormat format = new PercentFormat(pattern instanceof Markup, values, budget);
        return Access.like(pattern, format.fill(Values.text("%", pattern)));
    }

    private String fill(String pattern) {
        StringBuilder out = new StringBuilder();
        Matcher directive = DIRECTIVE.matcher(pattern);
        int from = 0;
        while (directive.find()) {
            out.append(pattern, from, directive.start()).append(directive(directive));
            from = directive.end();
        }
        if (next < positional.size() && !hasElements(values)) {
            throw PythonError.type("not all arguments converted during string formatting");
        }
        return out.append(pattern.substring(from)).toString();
    }

    /** Python forgives unused values that could be looked things up in, tuples aside. */
    private static boolean hasElements(Object values) {
        return values instanceof Dict
                || values instanceof List
                || values instanceof Range
                || values instanceof Undefined;
    }

    private String directive(Matcher directive) {
        String type = directive.group("type");
        if (type == null) {
            throw PythonError.value("incomplete format");
        }
        if (type.equals("%")) {
            return "%";
        }
        String flags = directive.group("flags");
        int width = size(directive.group("width"));
        int precision = directive.group("precision") == null ? -1 : Math.max(0, size(directive.group("precision")));
        Object value = directive.group("key") == null ? take() : member(directive.group("key"));
        boolean number = "diuoxXeEfFgG".contains(type);
        String body = number
                ? number(escapes ? counted(value, type) : value, type, precision, flags)
                : text(value, type, precision);
        if (number && flags.contains("0") && !flags.contains("-")) {
            return Padding.zeros(body, width, budget);
        }
        return Padding.pad(body, width, " ", flags.contains("-") ? '<' : '>', budget);
    }

    private int size(String given) {
        if (given == null || given.isEmpty()) {
            return 0;
        }
        if (!given.equals("*")) {
            return Integer.parseInt(given);
        }
        Object size = take();
        if (escapes || !Numbers.isIntegral(size)) {
            throw PythonError.type("* wants int");
        }
        return Numbers.index(size);
    }

    private Object take() {
        if (next >= positional.size()) {
            throw PythonError.type("not enough arguments for format string");
        }
        return positional.get(next++);
    }

    private Object member(String key) {
        if (!(values instanceof Dict dict)) {
            throw PythonError.type("format requires a mapping");
        }
        Object value = dict.get(key);
        if (value == null) {
            throw new PythonError("KeyError", Repr.text(key));
        }
        return value;
    }

    private String text(Object value, String type, int precision) {
        String text = switch (type) {
            case "s" -> escapes ? Markup.escape(value, budget).text() : Repr.str(value, budget);
            case "r", "a" ->
                escapes ? Markup.escape(Repr.of(value, budget), budget).text() : Repr.of(value, budget);
            case "c" -> {
                if (escapes) {
                    throw PythonError.type("%c requires int or char");
                }
                yield Values.isText(value) ? Values.text("%c", value) : Character.toString(Numbers.index(value));
            }
            default -> throw PythonError.value("unsupported format character '" + type + "'");
        };
        budget.spend(text.length());
        return precision < 0 ? text : FormatSpecification.cut(text, precision);
    }

    /** MarkupSafe's values are numbers where {@code int()} or {@code float()} makes them so, which takes text too, but no whole numbers. */
    private static Object counted(Object value, String type) {
        if ("oxX".contains(type)) {
            throw PythonError.type("%" + type + " format: an integer is required, not _MarkupEscapeHelper");
        }
        if (!Values.isText(value)) {
            return value;
        }
        String text = Values.text("%", value);
        try {
            return "diu".contains(type) ? (Object) Long.parseLong(text.strip()) : Double.valueOf(text.strip());
        } catch (NumberFormatException e) {
            throw PythonError.value("could not convert string to number: " + Repr.text(text));
        }
    }

    private static String number(Object value, String type, int precision, String flags) {
        if (!Numbers.isNumber(value)) {
            throw PythonError.type("%" + type + " format: a real number is required, not " + Values.typeName(value));
        }
        boolean whole = "diuoxX".contains(type);
        if (whole && value instanceof Double && "oxX".contains(type)) {
            throw PythonError.type("%" + type + " format: an integer is required, not float");
        }
        Object counted = whole && value instanceof Double number ? (Object) (long) (double) number : value;
        String body = FormatSpecification.body(
                counted, whole && !"oxX".contains(type) ? "d" : type, whole ? -1 : precision, flags.contains("#"));
        if (whole && precision > body.length()) {
            body = "0".repeat(Math.min(precision, 1000) - body.length()) + body;
        }
        boolean negative = Numbers.real(counted) < 0;
        return (negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + body;
    }
}
