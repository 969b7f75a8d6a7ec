package org.align4j.core.gguf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** The fields at the head of a GGUF file, by name and in order: numbers, flags, texts, and lists of one of these. */
public final class GgufFields {
    /** The types of values, in the order of their numbers in a file. */
    enum Kind {
        U8(1),
        I8(1),
        U16(2),
        I16(2),
        U32(4),
        I32(4),
        F32(4),
        BOOL(1),
        TEXT(8),
        LIST(12),
        U64(8),
        I64(8),
        F64(8);

        static final int COUNT = values().length;

        /** The fewest bytes that a value takes. */
        final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }

        /** Finds the type of a number in a file. */
        @SuppressWarnings("EnumOrdinal") // the format numbers them in this order
        static Kind of(int number) {
            return values()[number];
        }

        /** Returns the number in a file. */
        @SuppressWarnings("EnumOrdinal") // the format numbers them in this order
        int number() {
            return ordinal();
        }
    }

    /**
     * A value with its type.
     *
     * @param kind of the value, or of each of a list's
     * @param value a Long, Double, Boolean or String, or a List of such
     */
    record Field(Kind kind, Object value) {
        boolean isList() {
            return value instanceof List;
        }
    }

    private final String source;
    private final Map<String, Field> fields = new LinkedHashMap<>();

    /** Makes fields that are yet to be filled. */
    public GgufFields() {
        this("the fields");
    }

    /** Makes the fields of a file, whose name begins each message. */
    GgufFields(String source) {
        this.source = source;
    }

    /** Adds a whole number from 0 to 2^32 - 1. */
    public GgufFields whole(String name, long value) {
        return put(name, new Field(Kind.U32, value));
    }

    /** Adds a fraction, held in 32 bits. */
    public GgufFields fraction(String name, double value) {
        return put(name, new Field(Kind.F32, value));
    }

    /** Adds a flag. */
    public GgufFields flag(String name, boolean value) {
        return put(name, new Field(Kind.BOOL, value));
    }

    /** Adds a text. */
    public GgufFields text(String name, String value) {
        return put(name, new Field(Kind.TEXT, value));
    }

    /** Adds a list of texts. */
    public GgufFields texts(String name, List<String> values) {
        return put(name, new Field(Kind.TEXT, List.copyOf(values)));
    }

    /** Adds a list of whole numbers of 32 bits with a sign. */
    public GgufFields wholes(String name, List<Long> values) {
        return put(name, new Field(Kind.I32, List.copyOf(values)));
    }

    /** Adds a list of fractions of 32 bits. */
    public GgufFields fractions(String name, List<Double> values) {
        return put(name, new Field(Kind.F32, List.copyOf(values)));
    }

    /** Adds a list of flags. */
    public GgufFields flags(String name, List<Boolean> values) {
        return put(name, new Field(Kind.BOOL, List.copyOf(values)));
    }

    /** Adds all fields of others, in their order. */
    public GgufFields all(GgufFields others) {
        others.fields.forEach(this::put);
        return this;
    }

    GgufFields put(String name, Field field) {
        if (fields.putIfAbsent(name, field) != null) {
            throw new InputException(source + ": the field " + name + " is there twice; it must be there once.");
        }
        return this;
    }

    /** Returns the names in order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(fields.keySet());
    }

    Map<String, Field> all() {
        return fields;
    }

    /** Returns whether there is a field of that name. */
    public boolean has(String name) {
        return fields.containsKey(name);
    }

    /** Returns a whole number, or {@code otherwise} where there is no such field. */
    public long whole(String name, long otherwise, long most) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Long number) || number < 0 || number > most) {
            throw wrong(name, value, "a whole number from 0 to " + most);
        }
        return number;
    }

    /** Returns a whole number that fits an int and must be there. */
    public int count(String name) {
        require(name);
        return (int) whole(name, 0, Integer.MAX_VALUE);
    }

    /** Returns a number, or {@code otherwise} where there is no such field. */
    public double number(String name, double otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Number number) || !Double.isFinite(number.doubleValue())) {
            throw wrong(name, value, "a finite number");
        }
        return number.doubleValue();
    }

    /** Returns a flag, or {@code otherwise} where there is no such field. */
    public boolean isOn(String name, boolean otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Boolean flag)) {
            throw wrong(name, value, "true or false");
        }
        return flag;
    }

    /** Returns a text, or null where there is no such field. */
    public @Nullable String text(String name) {
        Object value = value(name);
        if (value != null && !(value instanceof String)) {
            throw wrong(name, value, "a text");
        }
        return (String) value;
    }

    /** Returns a list of texts; empty where there is no such field. */
    public List<String> texts(String name) {
        return list(name, String.class, "texts");
    }

    /** Returns a list of whole numbers; empty where there is no such field. */
    public List<Long> wholes(String name) {
        return list(name, Long.class, "whole numbers");
    }

    /** Returns a list of numbers; empty where there is no such field. */
    public List<Double> fractions(String name) {
        return list(name, Double.class, "fractions");
    }

    private <T> List<T> list(String name, Class<T> type, String what) {
        Object value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || !list.stream().allMatch(type::isInstance)) {
            throw wrong(name, value, "a list of " + what);
        }
        return list.stream().map(type::cast).toList();
    }

    /**
     * Refuses a file without a field.
     *
     * @throws InputException where there is none of that name
     */
    public void require(String name) {
        if (!has(name)) {
            throw new InputException(source + " has no field " + name + ", which is required; it has " + names().size()
                    + " fields. Convert the model again.");
        }
    }

    private @Nullable Object value(String name) {
        Field field = fields.get(name);
        return field == null ? null : field.value;
    }

    private InputException wrong(String name, @Nullable Object value, String required) {
        String given = value instanceof List<?> list ? "a list of " + list.size() : String.valueOf(value);
        return new InputException(source + ": the field " + name + " is " + given + " but must be " + required + ".");
    }
}
