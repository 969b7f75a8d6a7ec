package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.primitives.Primitives;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Lists, maps and optional values of options; {@link Scalars} knows the rest. */
final class OptionValues {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private OptionValues() {}

    static Class<?> raw(Type type) {
        Type raw = type instanceof ParameterizedType parameterized ? parameterized.getRawType() : type;
        return Primitives.wrap((Class<?>) raw);
    }

    /** What an {@code Optional} holds; any other type itself. */
    static Type content(Type type) {
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            return argument(type, 0);
        }
        if (raw == OptionalInt.class) {
            return Integer.class;
        }
        if (raw == OptionalLong.class) {
            return Long.class;
        }
        return raw == OptionalDouble.class ? Double.class : type;
    }

    /** The value as the component holds it: inside an {@code Optional} where the type is one. */
    static @Nullable Object wrap(Type type, @Nullable Object value) {
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            return Optional.ofNullable(value);
        }
        if (raw == OptionalInt.class) {
            return value == null ? OptionalInt.empty() : OptionalInt.of((Integer) value);
        }
        if (raw == OptionalLong.class) {
            return value == null ? OptionalLong.empty() : OptionalLong.of((Long) value);
        }
        if (raw == OptionalDouble.class) {
            return value == null ? OptionalDouble.empty() : OptionalDouble.of((Double) value);
        }
        return value;
    }

    /** The inverse of {@link #wrap}. */
    static @Nullable Object unwrap(@Nullable Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.orElse(null);
        }
        if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? optional.getAsInt() : null;
        }
        if (value instanceof OptionalLong optional) {
            return optional.isPresent() ? optional.getAsLong() : null;
        }
        if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? optional.getAsDouble() : null;
        }
        return value;
    }

    static Object parse(Type type, Object given, String subject, @Nullable String unset) {
        if (raw(type) == List.class) {
            return list(argument(type, 0), given, subject);
        }
        if (raw(type) == Map.class) {
            return argument(type, 1) == Object.class ? json(given, subject) : map(argument(type, 1), given, subject);
        }
        if (given instanceof List || given instanceof Map) {
            throw new InputException(format(
                    "%s is %s but must be one value (%s).",
                    subject, given instanceof List ? "a list" : "a mapping", describe(type)));
        }
        return Scalars.parse(raw(type), given.toString(), subject, unset);
    }

    /** The items of a list as they were given, before they have a type; none for null. */
    static List<String> items(@Nullable Object given) {
        if (given == null) {
            return List.of();
        }
        List<?> items = given instanceof List<?> listed ? listed : split(given.toString());
        return items.stream().map(String::valueOf).toList();
    }

    private static List<Object> list(Type element, Object given, String subject) {
        if (given instanceof Map) {
            throw new InputException(subject + " is a mapping but must be a list.");
        }
        List<?> items = given instanceof List<?> listed ? listed : split(given.toString());
        List<Object> values = new ArrayList<>();
        for (Object item : items) {
            if (item == null || item.equals("")) {
                throw new InputException(subject + " has an empty item; write items with one comma between them.");
            }
            values.add(parse(element, item, subject, null));
        }
        return List.copyOf(values);
    }

    private static Map<String, Object> map(Type valueType, Object given, String subject) {
        if (given instanceof List) {
            throw new InputException(subject + " is a list but must be a mapping of keys to values.");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        if (given instanceof Map<?, ?> mapping) {
            mapping.forEach((key, value) -> values.put(
                    key.toString(),
                    parse(valueType, value == null ? "" : value, subject + " of " + Shortened.of(key), null)));
            return Collections.unmodifiableMap(values);
        }
        for (String item : split(given.toString())) {
            int at = item.indexOf('=');
            if (at < 1) {
                throw new InputException(format(
                        "%s has the item %s but items must be key=value, comma separated.",
                        subject, Scalars.quote(item)));
            }
            String key = item.substring(0, at).strip();
            Object value = parse(valueType, item.substring(at + 1).strip(), subject + " of " + Shortened.of(key), null);
            if (values.put(key, value) != null) {
                throw new InputException(format("%s names %s twice; keep one.", subject, Shortened.of(key)));
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private static Map<String, Object> json(Object given, String subject) {
        if (given instanceof Map<?, ?> mapping) {
            return JSON.convertValue(mapping, new TypeReference<>() {});
        }
        try {
            Map<String, Object> read = JSON.readValue(given.toString(), new TypeReference<>() {});
            if (read != null) {
                return read;
            }
        } catch (JsonProcessingException e) {
            throw new InputException(
                    format(
                            "%s is %s but must be a JSON object such as {\"name\": true} (%s).",
                            subject, Scalars.quote(given), e.getOriginalMessage()),
                    e);
        }
        throw new InputException(format("%s is null but must be a JSON object.", subject));
    }

    /** Splits at commas; {@code \,} is a comma inside an item. */
    private static List<String> split(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> items = new ArrayList<>();
        for (String item : text.split("(?<!\\\\),", -1)) {
            items.add(item.replace("\\,", ",").strip());
        }
        return items;
    }

    static String describe(Type type) {
        if (raw(type) == List.class) {
            return Scalars.describe(raw(argument(type, 0))) + ",…";
        }
        if (raw(type) == Map.class) {
            return argument(type, 1) == Object.class
                    ? "JSON"
                    : "key=" + Scalars.describe(raw(argument(type, 1))) + ",…";
        }
        return Scalars.describe(raw(type));
    }

    private static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }
}
