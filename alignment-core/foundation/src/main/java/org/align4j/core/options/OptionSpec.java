package org.align4j.core.options;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Nearest;
import org.align4j.core.options.Arguments.Escapes;
import org.jspecify.annotations.Nullable;

/**
 * An option of a command, read from a record component.
 *
 * @param name kebab-case
 * @param type the component's generic type
 * @param help one sentence
 * @param defaultValue as typed, or null for none
 * @param unset the word that leaves it unset, or null for none
 * @param reading how an option's value is read
 * @param label the name of a positional argument, or null for a named option
 */
public record OptionSpec(
        String name,
        Type type,
        String help,
        @Nullable String defaultValue,
        @Nullable String unset,
        Reading reading,
        @Nullable String label) {
    /**
     * How an option's value is read.
     *
     * @param escapes whether white space counts and backslash escapes are read
     * @param repeats whether a list's items are given one at a time
     * @param nullable whether it may be unset
     */
    public record Reading(boolean escapes, boolean repeats, boolean nullable) {}

    /** The spec of a component that carries {@link Option} or {@link Positional}; null for any other component. */
    static @Nullable OptionSpec of(RecordComponent component) {
        boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class)
                || List.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class)
                        .contains(component.getType());
        String name = Components.kebab(component);
        Positional positional = component.getAnnotation(Positional.class);
        if (positional != null) {
            Type type = component.getGenericType();
            return new OptionSpec(
                    name, type, positional.help(), null, null, new Reading(false, false, nullable), positional.label());
        }
        Option option = component.getAnnotation(Option.class);
        if (option == null) {
            return null;
        }
        String unset = option.unset().equals(Option.NONE) ? null : option.unset();
        if (unset != null && !nullable) {
            throw new IllegalStateException(name + " has a word for unset; make the component @Nullable or Optional");
        }
        String defaultValue = option.defaultValue().equals(Option.NONE) ? null : option.defaultValue();
        if (defaultValue == null && component.getType() == boolean.class) {
            defaultValue = "false";
        }
        return new OptionSpec(
                name,
                component.getGenericType(),
                option.help(),
                defaultValue,
                unset,
                new Reading(option.escapes(), option.repeats(), nullable),
                null);
    }

    /** Returns this option with another default; as it is where that is null. */
    OptionSpec usually(@Nullable String other) {
        return other == null ? this : new OptionSpec(name, type, help, other, unset, reading, label);
    }

    boolean positional() {
        return label != null;
    }

    boolean isBoolean() {
        return OptionValues.raw(OptionValues.content(type)) == Boolean.class;
    }

    boolean isList() {
        return OptionValues.raw(OptionValues.content(type)) == List.class;
    }

    /** The typed value of what was given, or of the default, or unset. */
    @Nullable
    Object value(@Nullable Given given) {
        if (given == null && defaultValue == null) {
            return unsetValue(positional() ? label : "--" + name);
        }
        Given source = given != null ? given : new Given(defaultValue, "the default of " + name, Culprit.option(name));
        try {
            return value(source.value(), source.subject());
        } catch (InputException e) {
            throw e.about(source.culprit());
        }
    }

    private @Nullable Object value(@Nullable Object given, String subject) {
        if (given == null || (unset != null && Nearest.normal(unset).equals(Nearest.normal(given.toString())))) {
            return unsetValue(subject);
        }
        return OptionValues.wrap(
                type, OptionValues.parse(OptionValues.content(type), understood(typed(given)), subject, unset));
    }

    /** Values of other libraries' names that mean what a value here does are called as they are here. */
    private Object understood(Object given) {
        if (!OtherNames.has(name)) {
            return given;
        }
        if (given instanceof List<?> items) {
            return items.stream()
                    .map(item -> item == null ? "" : OtherNames.understood(name, item.toString()))
                    .toList();
        }
        return given instanceof String text && isList()
                ? understood(OptionValues.items(text))
                : given instanceof String text ? OtherNames.understood(name, text) : given;
    }

    /** Reads the escapes of a given text where the option has them; the items of a YAML list have YAML's own. */
    private Object typed(Object given) {
        if (reading.repeats() && given instanceof String text) {
            return text.isEmpty() ? List.of() : List.of(Escapes.read(text));
        }
        if (!reading.escapes() || !(given instanceof String text)) {
            return given;
        }
        return isList() ? Escapes.readItems(text) : Escapes.read(text);
    }

    /** A value as a YAML file has it, so that it reads back equal. */
    @Nullable
    Object written(@Nullable Object value) {
        if (value == null) {
            return unset;
        }
        return reading.escapes() && value instanceof String text ? Escapes.write(text) : value;
    }

    private @Nullable Object unsetValue(@Nullable String subject) {
        if (!reading.nullable()) {
            throw new InputException(subject + " is missing: " + help).about(Culprit.option(name));
        }
        return OptionValues.wrap(type, null);
    }

    /** The type in words, for {@code --help}. */
    public String typeText() {
        String list = OptionValues.describe(OptionValues.content(type));
        String text = reading.repeats() ? list.replaceFirst(",…$", "") : list;
        return unset == null ? text : text + "|" + unset;
    }

    /** The default in words, for {@code --help}. */
    public String defaultText() {
        if (defaultValue != null) {
            return defaultValue;
        }
        return unset != null ? unset : reading.nullable() ? "" : "required";
    }

    /** Makes records of their components' values, and reads them. */
    public static final class Components {
        private Components() {}

        /**
         * Calls a record's canonical constructor.
         *
         * @param values in the order of the components
         * @throws RuntimeException what the constructor throws
         */
        public static <R> R create(Class<R> type, List<? extends @Nullable Object> values) {
            try {
                Class<?>[] types = Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getType)
                        .toArray(Class<?>[]::new);
                Constructor<R> constructor = type.getDeclaredConstructor(types);
                constructor.setAccessible(true);
                return constructor.newInstance(values.toArray());
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot make a " + type.getName(), e);
            }
        }

        /** Reads a component's value, whoever may see its record. */
        public static @Nullable Object read(RecordComponent component, Object record) {
            try {
                component.getAccessor().setAccessible(true);
                return component.getAccessor().invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component.getName(), e);
            }
        }

        /** Names a component as an option: {@code max-grad-norm} for {@code maxGradNorm}. */
        public static String kebab(RecordComponent component) {
            Option option = component.getAnnotation(Option.class);
            if (option != null && !option.name().isEmpty()) {
                return option.name();
            }
            return component.getName().replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        }
    }
}
