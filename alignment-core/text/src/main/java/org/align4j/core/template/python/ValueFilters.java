package org.align4j.core.template.python;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.template.python.Function.CallArguments;
import org.jspecify.annotations.Nullable;

/** Filters on single values: numbers, defaults, JSON. */
final class ValueFilters {
    private ValueFilters() {}

    static void addTo(Map<String, Function> filters) {
        filters.put("tojson", JsonDump::dumps);
        filters.put("length", (a, b) -> (long) Values.length(a.need("length", 0, "value")));
        filters.put("count", filters.get("length"));
        filters.put("default", (a, b) -> otherwise(a));
        filters.put("d", filters.get("default"));
        filters.put("int", ValueFilters::integer);
        filters.put("float", (a, b) -> real(a));
        filters.put("abs", (a, b) -> absolute(a.need("abs", 0, "value")));
        filters.put("round", ValueFilters::round);
        filters.put("items", (a, b) -> items(a.need("items", 0, "value")));
        filters.put("attr", (a, b) -> attribute(a));
    }

    private static Object otherwise(CallArguments arguments) {
        arguments.check("default", "value", "default_value", "boolean");
        Object value = arguments.need("default", 0, "value");
        boolean replace = value instanceof Undefined
                || (Values.truth(arguments.get(2, "boolean", false)) && !Values.truth(value));
        return replace ? arguments.get(1, "default_value", "") : value;
    }

    private static Object integer(CallArguments arguments, Budget budget) {
        arguments.check("int", "value", "default", "base");
        Object value = arguments.need("int", 0, "value");
        int base = TextFilters.integer(arguments.get(2, "base", 10L));
        refuseUndefined(value);
        String text = Values.textOrNull(value);
        Object whole = text != null ? parse(text, base) : Numbers.isIntegral(value) ? Numbers.plus(value) : null;
        if (whole != null) {
            return whole;
        }
        Double number = text != null ? parseReal(text) : value instanceof Double real ? real : null;
        return number == null || number.isNaN() || number.isInfinite()
                ? arguments.get(1, "default", 0L)
                : Numbers.normal(new BigDecimal(number).toBigInteger());
    }

    private static void refuseUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
    }

    private static @Nullable Object parse(String text, int base) {
        String digits =
                text.strip().replaceAll("(?<=[0-9a-zA-Z])_(?=[0-9a-zA-Z])", "").toLowerCase(Locale.ROOT);
        String sign = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(0, 1) : "";
        digits = digits.substring(sign.length());
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && digits.startsWith(prefix)) {
            digits = digits.substring(2);
        }
        if (digits.isEmpty() || digits.startsWith("-") || digits.startsWith("+") || digits.length() > 4300) {
            return null;
        }
        try {
            return Numbers.normal(new BigInteger((sign.equals("-") ? "-" : "") + digits, base));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Double parseReal(String text) {
        String number = text.strip().replaceAll("(?<=[0-9])_(?=[0-9])", "");
        if (number.matches("(?i)[-+]?(inf|infinity|nan)")) {
            boolean negative = number.startsWith("-");
            return number.toLowerCase(Locale.ROOT).endsWith("nan")
                    ? Double.valueOf(Double.NaN)
                    : Double.valueOf(negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        return number.matches("[-+]?([0-9]++\\.?[0-9]*+|\\.[0-9]++)([eE][-+]?[0-9]++)?")
                ? Double.valueOf(number)
                : null;
    }

    private static Object real(CallArguments arguments) {
        arguments.check("float", "value", "default");
        Object value = arguments.need("float", 0, "value");
        refuseUndefined(value);
        if (Numbers.isNumber(value)) {
            return Numbers.real(value);
        }
        String text = Values.textOrNull(value);
        Double number = text == null ? null : parseReal(text);
        return number == null ? arguments.get(1, "default", 0.0) : number;
    }

    private static Object absolute(Object value) {
        refuseUndefined(value);
        if (!Numbers.isNumber(value)) {
            throw PythonError.type("bad operand type for abs(): '" + Values.typeName(value) + "'");
        }
        return Numbers.real(value) < 0 ? Numbers.negate(value) : Numbers.plus(value);
    }

    private static Object round(CallArguments arguments, Budget budget) {
        arguments.check("round", "value", "precision", "method");
        Object value = arguments.need("round", 0, "value");
        int precision = Math.max(-400, Math.min(400, TextFilters.integer(arguments.get(1, "precision", 0L))));
        String method = Values.text("round", arguments.get(2, "method", "common"));
        refuseUndefined(value);
        if (!Numbers.isNumber(value)) {
            throw PythonError.type("type " + Values.typeName(value) + " doesn't define __round__ method");
        }
        if (!method.equals("common")) {
            if (!method.equals("ceil") && !method.equals("floor")) {
                throw new PythonError("FilterArgumentError", "method must be common, ceil or floor");
            }
            double scale = Math.pow(10, precision);
            double scaled = Numbers.real(value) * scale;
            return (method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale;
        }
        if (value instanceof Double number) {
            return number.isNaN() || number.isInfinite()
                    ? value
                    : (Object) new BigDecimal(number)
                            .setScale(precision, RoundingMode.HALF_EVEN)
                            .doubleValue();
        }
        BigDecimal whole = new BigDecimal(Numbers.plus(value).toString());
        return precision >= 0
                ? Numbers.plus(value)
                : Numbers.normal(
                        whole.setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
    }

    private static Object items(Object value) {
        if (value instanceof Undefined) {
            return new GeneratorObject("do_items", java.util.Collections.emptyIterator());
        }
        if (!(value instanceof Dict dict)) {
            throw PythonError.type("Can only get item pairs from a mapping.");
        }
        return new GeneratorObject("do_items", dict.items().iterator());
    }

    private static Object attribute(CallArguments arguments) {
        Object owner = arguments.need("attr", 0, "obj");
        String name = Values.text("attr", arguments.need("attr", 1, "name"));
        Object value = Access.attribute(owner, name);
        return owner instanceof Dict dict && dict.get(name) == value ? Undefined.member(owner, name) : value;
    }
}
