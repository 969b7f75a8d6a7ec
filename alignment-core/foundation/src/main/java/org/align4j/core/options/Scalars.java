package org.align4j.core.options;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.RootFormat;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Single values of options: text to value and back. */
final class Scalars {
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d+");

    /** No option makes sense beyond this, and products of two such numbers are still finite in float32. */
    private static final double LARGEST = 1e9;

    /** Smaller ones are 0, or lose their digits, in float32. */
    private static final double SMALLEST = 1e-37;

    private Scalars() {}

    static Object parse(Class<?> type, String text, String subject, @Nullable String unset) {
        if (type == String.class) {
            return text;
        }
        if (type == Path.class) {
            return path(text, subject);
        }
        if (type == Boolean.class) {
            return truth(text, subject, unset);
        }
        if (Number.class.isAssignableFrom(type)) {
            return number(type, text, subject, unset);
        }
        return type.isEnum() ? constant(type, text, subject, unset) : parsed(type, text, subject);
    }

    private static Path path(String text, String subject) {
        if (text.isEmpty()) {
            throw new InputException(subject + " is empty but must be a path.");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException(RootFormat.format("%s is %s, which is no path here.", subject, quote(text)), e);
        }
    }

    private static Boolean truth(String text, String subject, @Nullable String unset) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(subject, text, "true or false", unset);
        };
    }

    private static Object number(Class<?> type, String text, String subject, @Nullable String unset) {
        boolean whole = type == Integer.class || type == Long.class;
        if (!(whole ? WHOLE : DECIMAL).matcher(text).matches()) {
            throw wrong(subject, text, whole ? "a whole number" : "a number", unset);
        }
        try {
            if (type == Integer.class) {
                return Integer.valueOf(text);
            }
            if (type == Long.class) {
                return Long.valueOf(text);
            }
        } catch (NumberFormatException e) {
            Object limit = type == Integer.class ? Integer.MAX_VALUE : Long.MAX_VALUE;
            throw wrong(subject, text, "a whole number of at most " + limit + " either way", unset);
        }
        double value = Double.parseDouble(text);
        if (!(Math.abs(value) <= LARGEST)) {
            throw wrong(subject, text, "a number from -1e9 to 1e9", unset);
        }
        if (value != 0 && Math.abs(value) < SMALLEST) {
            throw wrong(
                    subject,
                    text,
                    "a number that is 0 or at least 1e-37 in size, the least that models compute with",
                    unset);
        }
        return type == Float.class ? (Object) (float) value : (Object) value;
    }

    private static Object constant(Class<?> type, String text, String subject, @Nullable String unset) {
        Map<String, Object> byName = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            byName.put(format(constant), constant);
        }
        for (Map.Entry<String, Object> entry : byName.entrySet()) {
            boolean constantName =
                    Nearest.normal(((Enum<?>) entry.getValue()).name()).equals(Nearest.normal(text));
            if (constantName || Nearest.normal(entry.getKey()).equals(Nearest.normal(text))) {
                return entry.getValue();
            }
        }
        String names = String.join(", ", byName.keySet()) + (unset == null ? "" : ", " + unset);
        throw new InputException(RootFormat.format(
                "%s is %s but must be one of %s%s",
                subject, quote(text), names, OtherNames.value(subject, text, byName.keySet())));
    }

    private static Object parsed(Class<?> type, String text, String subject) {
        try {
            Method parse = type.getMethod("parse", String.class);
            return parse.invoke(null, text);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InputException wrong) {
                throw new InputException(subject + " is " + quote(text) + ": " + wrong.getMessage(), wrong);
            }
            throw new IllegalStateException("parse of " + type.getName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    type.getName() + " cannot be an option; give it a public static parse(String)", e);
        }
    }

    private static InputException wrong(String subject, String text, String required, @Nullable String unset) {
        String also = unset == null ? "" : ", or " + unset;
        return new InputException(
                RootFormat.format("%s is %s but must be %s%s.", subject, quote(text), required, also));
    }

    static String quote(Object text) {
        return "\"" + Shortened.of(text) + "\"";
    }

    /** A value as one would type it. */
    static String format(Object value) {
        if (value instanceof Enum<?> constant) {
            String own = constant.toString();
            return own.equals(constant.name())
                    ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-')
                    : own;
        }
        return value.toString();
    }

    static String describe(Class<?> type) {
        if (type.isEnum()) {
            return String.join(
                    "|",
                    Arrays.stream(type.getEnumConstants()).map(Scalars::format).toList());
        }
        if (type == Integer.class || type == Long.class) {
            return "integer";
        }
        if (type == Boolean.class) {
            return "true|false";
        }
        if (type == String.class) {
            return "text";
        }
        return Number.class.isAssignableFrom(type) ? "number" : ownWords(type);
    }

    /** Describes the texts of a type that parses them itself: in its own words, else by its name. */
    private static String ownWords(Class<?> type) {
        try {
            return String.valueOf(type.getMethod("describe").invoke(null));
        } catch (NoSuchMethodException e) {
            return type.getSimpleName().toLowerCase(Locale.ROOT);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("describe of " + type.getName() + " failed", e);
        }
    }
}
