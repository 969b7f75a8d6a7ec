package org.align4j.core.template.python;

import static org.align4j.core.error.RootFormat.format;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's format specifications, {@code >8.2f} for example, and the number forms they share with {@code %}. */
final class FormatSpecification {
    private static final Pattern FORM = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\\d{1,9})?"
                    + "(?<group>[,_])?(?:\\.(?<precision>\\d{1,9}))?(?<type>[bcdeEfFgGnosxX%])?",
            Pattern.DOTALL);
    private static final int MAX_PRECISION = 1000;

    private FormatSpecification() {}

    static String apply(Object value, String specification, Budget budget) {
        if (specification.isEmpty()) {
            return Repr.str(value, budget);
        }
        Matcher form = FORM.matcher(specification);
        boolean number =
                Numbers.isNumber(value) && !(value instanceof Boolean && form.matches() && form.group("type") == null);
        if (!form.matches() || (!number && !Values.isText(value) && !(value instanceof Boolean))) {
            throw PythonError.type("unsupported format string passed to " + Values.typeName(value) + ".__format__");
        }
        String body = number ? number(value, form) : text(value, form, budget);
        String align = form.group("align");
        boolean zero = form.group("zero") != null && align == null;
        String fill = form.group("fill") != null ? form.group("fill") : zero ? "0" : " ";
        int width = form.group("width") == null ? 0 : Integer.parseInt(form.group("width"));
        if (number && (zero || "=".equals(align))) {
            int sign = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
            String digits = Padding.pad(body.substring(sign), width - sign, fill, '>', budget);
            return body.substring(0, sign) + digits;
        }
        return Padding.pad(body, width, fill, align == null ? (number ? '>' : '<') : align.charAt(0), budget);
    }

    private static String text(Object value, Matcher form, Budget budget) {
        String type = form.group("type");
        if (type != null && !type.equals("s")) {
            throw PythonError.value("Unknown format code '" + type + "' for object of type 'str'");
        }
        String text = Repr.str(value, budget);
        return form.group("precision") == null ? text : cut(text, Integer.parseInt(form.group("precision")));
    }

    /** The first code points of a text. */
    static String cut(String text, int points) {
        return text.codePointCount(0, text.length()) <= points
                ? text
                : text.substring(0, text.offsetByCodePoints(0, points));
    }

    private static String number(Object value, Matcher form) {
        String type = form.group("type") == null ? "" : form.group("type");
        int precision = form.group("precision") == null ? -1 : Integer.parseInt(form.group("precision"));
        boolean negative = Numbers.real(value) < 0 || (value instanceof Double d && 1 / d < 0);
        String body = body(value, type, precision, form.group("alternate") != null);
        String group = form.group("group");
        if (group != null) {
            body = grouped(body, group.charAt(0));
        }
        String sign = form.group("sign");
        return (negative ? "-" : "-".equals(sign) || sign == null ? "" : sign) + body;
    }

    /** Writes the number without its sign. */
    static String body(Object value, String type, int precision, boolean alternate) {
        if (Numbers.isIntegral(value) && "bcdnoxX".contains(type)) {
            BigInteger whole = Numbers.big(value).abs();
            return switch (type) {
                case "b" -> (alternate ? "0b" : "") + whole.toString(2);
                case "o" -> (alternate ? "0o" : "") + whole.toString(8);
                case "x" -> (alternate ? "0x" : "") + whole.toString(16);
                case "X" -> (alternate ? "0X" : "") + whole.toString(16).toUpperCase(Locale.ROOT);
                case "c" -> Character.toString(whole.intValue());
                default -> whole.toString();
            };
        }
        if ("bcdosxX".contains(type) && !type.isEmpty()) {
            throw PythonError.value(
                    "Unknown format code '" + type + "' for object of type '" + Values.typeName(value) + "'");
        }
        double real = Math.abs(Numbers.real(value));
        if (precision > MAX_PRECISION) {
            throw PythonError.value("precision too big");
        }
        if (Double.isNaN(real) || Double.isInfinite(real)) {
            return Double.isNaN(real) ? "nan" : "inf";
        }
        return real(real, type, precision);
    }

    private static String real(double real, String type, int precision) {
        int digits = precision < 0 ? 6 : precision;
        return switch (type) {
            case "f", "F" ->
                new BigDecimal(real).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
            case "%" ->
                new BigDecimal(real * 100)
                                .setScale(digits, RoundingMode.HALF_EVEN)
                                .toPlainString() + "%";
            case "e" -> scientific(real, digits);
            case "E" -> scientific(real, digits).toUpperCase(Locale.ROOT);
            case "G" -> general(real, digits).toUpperCase(Locale.ROOT);
            case "" -> precision < 0 ? Repr.number(real) : general(real, digits);
            default -> general(real, digits);
        };
    }

    private static String scientific(double real, int digits) {
        BigDecimal rounded = new BigDecimal(real).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        String unscaled = rounded.unscaledValue().toString();
        int exponent = real == 0 ? 0 : unscaled.length() - 1 - rounded.scale();
        String padded = unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length()));
        return padded.charAt(0)
                + (digits == 0 ? "" : "." + padded.substring(1, digits + 1))
                + format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static String general(double real, int digits) {
        int significant = Math.max(1, digits);
        String scientific = scientific(real, significant - 1);
        int exponent = Integer.parseInt(scientific.substring(scientific.indexOf('e') + 1));
        if (exponent < -4 || exponent >= significant) {
            int e = scientific.indexOf('e');
            return trimZeros(scientific.substring(0, e)) + scientific.substring(e);
        }
        return trimZeros(new BigDecimal(real)
                .setScale(significant - 1 - exponent, RoundingMode.HALF_EVEN)
                .toPlainString());
    }

    private static String trimZeros(String decimal) {
        return decimal.indexOf('.') < 0
                ? decimal
                : decimal.replaceAll("0+$", "").replaceAll("\\.$", "");
    }

    private static String grouped(String body, char comma) {
        int point = body.indexOf('.');
        String whole = point < 0 ? body : body.substring(0, point);
        StringBuilder out = new StringBuilder(whole);
        for (int at = whole.length() - 3; at > 0; at -= 3) {
            out.insert(at, comma);
        }
        return out + (point < 0 ? "" : body.substring(point));
    }
}
