package org.align4j.core.template.python;

import static org.align4j.core.error.RootFormat.format;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Access.Attributed;
import org.align4j.core.template.python.Dict.DictView;

/** Prints values as Python's {@code str()} and {@code repr()} do. */
public final class Repr {
    private Repr() {}

    /** Returns a value's text, {@code str(value)}. */
    public static String str(Object value, Budget budget) {
        String text = Values.textOrNull(value);
        if (text != null) {
            return text;
        }
        if (value instanceof Undefined) {
            return "";
        }
        return of(value, budget);
    }

    /** Returns a value's representation, {@code repr(value)}. */
    public static String of(Object value, Budget budget) {
        StringBuilder out = new StringBuilder();
        append(out, value, budget);
        return out.toString();
    }

    /** Returns the {@code repr} of a string. */
    public static String text(String value) {
        StringBuilder out = new StringBuilder(value.length() + 2);
        appendText(out, value);
        return out.toString();
    }

    private static void append(StringBuilder out, Object value, Budget budget) {
        budget.step();
        if (value instanceof String text) {
            budget.spend(text.length());
            appendText(out, text);
        } else if (value instanceof Markup markup) {
            out.append("Markup(");
            appendText(out, markup.text());
            out.append(')');
        } else if (value instanceof Boolean bool) {
            out.append(bool ? "True" : "False");
        } else if (value instanceof Double number) {
            out.append(number(number));
        } else if (value instanceof List<?> list) {
            appendAll(out, "[", list.iterator(), "]", budget);
        } else if (value instanceof Tuple tuple) {
            appendAll(out, "(", tuple.items().iterator(), tuple.items().size() == 1 ? ",)" : ")", budget);
        } else if (value instanceof DictView view) {
            appendAll(out, view.kind() + "([", view.items().iterator(), "])", budget);
        } else if (value instanceof Dict dict) {
            append(out, dict, budget);
        } else if (value instanceof Undefined) {
            out.append("Undefined");
        } else {
            out.append(value instanceof Function && !(value instanceof Attributed) ? "<function>" : value.toString());
        }
    }

    private static void appendAll(StringBuilder out, String open, Iterator<?> items, String close, Budget budget) {
        out.append(open);
        while (items.hasNext()) {
            append(out, items.next(), budget);
            if (items.hasNext()) {
                out.append(", ");
            }
        }
        out.append(close);
    }

    /** Writes a dict with its braces. */
    private static void append(StringBuilder out, Dict dict, Budget budget) {
        String comma = "{";
        for (Map.Entry<Object, Object> entry : dict.entries()) {
            out.append(comma);
            append(out, entry.getKey(), budget);
            out.append(": ");
            append(out, entry.getValue(), budget);
            comma = ", ";
        }
        out.append(dict.size() == 0 ? "{}" : "}");
    }

    private static void appendText(StringBuilder out, String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(point -> appendPoint(out, point, quote));
        out.append(quote);
    }

    private static void appendPoint(StringBuilder out, int point, char quote) {
        if (point == quote || point == '\\') {
            out.append('\\').append((char) point);
        } else if (point == '\n') {
            out.append("\\n");
        } else if (point == '\r') {
            out.append("\\r");
        } else if (point == '\t') {
            out.append("\\t");
        } else if (Characters.isPrintable(point)) {
            out.appendCodePoint(point);
        } else {
            out.append(format(point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point));
        }
    }

    /** {@code repr} of a float: the shortest decimal that reads back as the same number. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(value);
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        digits = digits.replaceAll("0+$", "");
        String sign = value < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
            return sign + digits.charAt(0) + fraction + format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        return sign + plain(digits, exponent);
    }

    private static String plain(String digits, int exponent) {
        if (exponent < 0) {
            return "0." + "0".repeat(-exponent - 1) + digits;
        }
        if (digits.length() <= exponent + 1) {
            return digits + "0".repeat(exponent + 1 - digits.length()) + ".0";
        }
        return digits.substring(0, exponent + 1) + "." + digits.substring(exponent + 1);
    }

    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, java.math.RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() == value) {
                return rounded;
            }
        }
        return exact.round(new MathContext(17, java.math.RoundingMode.HALF_EVEN));
    }
}
