package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Options records from values by name, as Java programs give them. */
public final class NamedOptions {
    private NamedOptions() {}

    /**
     * Makes the record; options that aren't named have their defaults.
     *
     * @param values by the option's name on the command line, such as {@code learning-rate}: texts, numbers, booleans, enum constants,
     *     paths, lists and maps of them
     * @throws InputException if an option is unknown, or a value wrong
     */
    public static <O extends Record> O create(Class<O> type, Map<String, ?> values) {
        OptionsSpec<O> spec = OptionsSpec.of(type).opened(name -> OptionValues.items(written(values.get(name))));
        Map<String, Given> given = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            OptionSpec option = spec.option(name).orElseThrow(() -> unknown(name, spec));
            given.put(option.name(), new Given(written(value), option.name(), Culprit.option(option.name())));
        });
        return spec.create(given);
    }

    /**
     * Returns values by name with numbers as numbers and booleans as booleans, however they were given: {@code 3e-3} is 0.003. What is neither, such
     * as a word that leaves an option unset, is as it was given.
     *
     * @param values by the option's name; names that the record doesn't have are kept as they are
     * @throws InputException if a value is wrong
     */
    public static Map<String, @Nullable Object> typed(
            Class<? extends Record> type, Map<String, ? extends @Nullable Object> values) {
        OptionsSpec<?> spec = OptionsSpec.of(type).opened(name -> OptionValues.items(written(values.get(name))));
        Map<String, @Nullable Object> typed = new LinkedHashMap<>();
        values.forEach((name, given) -> typed.put(
                name, spec.option(name).map(option -> typed(option, given)).orElse(given)));
        return typed;
    }

    private static @Nullable Object typed(OptionSpec option, @Nullable Object given) {
        Object value = OptionValues.unwrap(
                option.value(new Given(written(given), option.name(), Culprit.option(option.name()))));
        boolean plain = value instanceof Number || value instanceof Boolean;
        boolean numbers = value instanceof List<?> list
                && !list.isEmpty()
                && list.stream().allMatch(Number.class::isInstance);
        return plain || numbers ? value : given;
    }

    private static InputException unknown(String name, OptionsSpec<?> spec) {
        return new InputException(format(
                        "There is no option %s here%s",
                        Shortened.of(name), OtherNames.option(name, spec, List.of(), "")))
                .about(Culprit.option(name));
    }

    /** A value as text, list or map of texts, as a file of options would have it. */
    private static @Nullable Object written(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(Scalars::format).toList();
        }
        return value == null || value instanceof Map ? value : Scalars.format(value);
    }
}
