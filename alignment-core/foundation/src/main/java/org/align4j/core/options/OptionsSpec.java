package org.align4j.core.options;

import com.google.common.base.Splitter;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Nearest;
import org.align4j.core.options.OptionSpec.Components;
import org.jspecify.annotations.Nullable;

/**
 * The options of a record type: its own components and those of the records nested in it, which only group them.
 *
 * @param <O> the record type
 */
public final class OptionsSpec<O extends Record> {
    private final Class<O> type;
    private final Function<String, List<String>> chosen;
    private final Map<String, OptionSpec> byName = new LinkedHashMap<>();
    private final Map<String, String> headings = new LinkedHashMap<>();

    private OptionsSpec(Class<O> type, Function<String, List<String>> chosen) {
        this.type = type;
        this.chosen = chosen;
        collect(type, "", Map.of());
    }

    /**
     * Reads the annotations of {@code type}.
     *
     * @throws IllegalStateException if two components have one name or one has neither annotation nor a record type
     */
    public static <O extends Record> OptionsSpec<O> of(Class<O> type) {
        return new OptionsSpec<>(type, name -> List.of());
    }

    /**
     * Returns this specification with the options that a choice adds ({@link OpenOptions}).
     *
     * @param choice what was given for an option of that name, item by item; empty where nothing was
     */
    OptionsSpec<O> opened(Function<String, List<String>> choice) {
        return new OptionsSpec<>(type, choice);
    }

    /** Returns the items that were given for an option that may add others, as far as {@link #opened} knows. */
    List<String> chosen(String name) {
        return chosen.apply(name);
    }

    private void collect(Class<?> group, String outer, Map<String, String> usual) {
        Heading own = group.getAnnotation(Heading.class);
        String heading = own == null ? outer : own.value();
        for (RecordComponent component : group.getRecordComponents()) {
            OptionSpec option = OptionSpec.of(component);
            OpenOptions.By open = component.getAnnotation(OpenOptions.By.class);
            if (option != null) {
                add(option.usually(usual.get(option.name())), heading);
            } else if (open != null) {
                source(open).options(chosen.apply(open.option())).forEach(added -> add(added, heading));
            } else if (component.getType().isRecord()) {
                collect(component.getType(), heading, usual(component, usual));
            } else {
                throw new IllegalStateException(
                        component.getName() + " of " + group.getName() + " lacks @Option or @Positional");
            }
        }
        if (byName.values().stream().filter(OptionSpec::positional).count() > 1) {
            throw new IllegalStateException(type.getName() + " has two @Positional components");
        }
    }

    /** The defaults that a group has where it is this component, by the names of its options; those of the groups around it win. */
    private static Map<String, String> usual(RecordComponent component, Map<String, String> outer) {
        Option.Usual usual = component.getAnnotation(Option.Usual.class);
        if (usual == null) {
            return outer;
        }
        Map<String, String> all =
                new LinkedHashMap<>(Splitter.on(',').withKeyValueSeparator('=').split(usual.value()));
        all.putAll(outer);
        return all;
    }

    private void add(OptionSpec option, String heading) {
        headings.put(option.name(), heading);
        if (byName.put(option.name(), option) != null) {
            throw new IllegalStateException("two options of " + type.getName() + " are named " + option.name());
        }
    }

    private static OpenOptions.Source source(OpenOptions.By open) {
        try {
            Constructor<? extends OpenOptions.Source> constructor =
                    open.source().getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make a " + open.source().getName(), e);
        }
    }

    /** Returns the named options in the order of the record. */
    public List<OptionSpec> options() {
        return byName.values().stream().filter(option -> !option.positional()).toList();
    }

    /** Returns the words above a named option in {@code --help} ({@link Heading}); an empty text for one without. */
    public String heading(OptionSpec option) {
        return headings.getOrDefault(option.name(), "");
    }

    /** Returns what takes the arguments without a name. */
    public Optional<OptionSpec> positional() {
        return byName.values().stream().filter(OptionSpec::positional).findFirst();
    }

    /** Returns the names of all named options. */
    public List<String> names() {
        return options().stream().map(OptionSpec::name).toList();
    }

    /** Returns the named option, whichever of {@code -} and {@code _} it is written with. */
    Optional<OptionSpec> option(String name) {
        return options().stream()
                .filter(option -> option.name().equals(Nearest.normal(name)))
                .findFirst();
    }

    /** Returns the record with every value given, and the default of every other. */
    O create(Map<String, Given> given) {
        return create(type, given);
    }

    private <R> R create(Class<R> group, Map<String, Given> given) {
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : group.getRecordComponents()) {
            OptionSpec option = byName.get(Components.kebab(component));
            OpenOptions.By open = component.getAnnotation(OpenOptions.By.class);
            if (open != null) {
                values.add(create(open, given));
            } else {
                values.add(
                        OptionSpec.of(component) == null || option == null
                                ? create(component.getType(), given)
                                : option.value(given.get(option.name())));
            }
        }
        try {
            return Components.create(group, values);
        } catch (InputException wrong) {
            throw attributed(wrong, given).about(Culprit.commandLine());
        }
    }

    /**
     * Returns an error that begins with an option's name, as errors about values do, with that option as what it is about.
     */
    public InputException attributed(InputException error) {
        return attributed(error, Map.of());
    }

    private InputException attributed(InputException error, Map<String, Given> given) {
        String first =
                String.valueOf(error.getMessage()).replaceFirst("^--", "").replaceFirst("[^A-Za-z0-9_-].*", "");
        Optional<String> name = option(first).map(OptionSpec::name);
        if (name.isEmpty()) {
            return error;
        }
        Given source = given.get(name.get());
        return error.about(source == null ? Culprit.option(name.get()) : source.culprit());
    }

    private static OpenOptions create(OpenOptions.By open, Map<String, Given> given) {
        Given choice = given.get(open.option());
        OpenOptions.Source source = source(open);
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (OptionSpec option : source.options(choice == null ? List.of() : OptionValues.items(choice.value()))) {
            Given own = given.get(option.name());
            if (!source.keepsAsGiven()) {
                values.put(option.name(), option.value(own));
            } else if (own != null) {
                values.put(option.name(), own.value());
            }
        }
        return source.create(values);
    }

    /** Returns the group of that type nested in {@code record}, itself included. */
    public <G extends Record> Optional<G> group(Record record, Class<G> group) {
        if (group.isInstance(record)) {
            return Optional.of(group.cast(record));
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Optional<G> found =
                    OptionSpec.of(component) == null && Components.read(component, record) instanceof Record nested
                            ? group(nested, group)
                            : Optional.empty();
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * Returns every named option's value in {@code record}, as {@code --help} orders them; the word for unset where it is.
     */
    Map<String, @Nullable Object> values(Record record) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = Components.read(component, record);
            OptionSpec option = OptionSpec.of(component);
            if (value instanceof OpenOptions open) {
                values.putAll(open.values());
            } else if (option == null && value instanceof Record group) {
                values.putAll(values(group));
            } else if (option != null && !option.positional()) {
                values.put(option.name(), option.written(OptionValues.unwrap(value)));
            }
        }
        return values;
    }

    /**
     * A component of an options record whose options are known only at run time, such as the parameters of classes that the class
     * path holds. The component carries {@link By}; its {@link Source} names the options and makes the value.
     */
    public interface OpenOptions {
        /** Every option's value by its name, in the order of {@code --help}; null stands for unset. */
        Map<String, @Nullable Object> values();

        /** Names the source of an {@link OpenOptions} component. */
        @Retention(RetentionPolicy.RUNTIME)
        @Target(ElementType.RECORD_COMPONENT)
        @interface By {
            /** Names the options; has a constructor without arguments. */
            Class<? extends Source> source();

            /** The option whose value may add options: {@code loss}; or what takes the first argument of the command line. */
            String option();
        }

        /** Says which options a component has, and makes it of their values. */
        interface Source {
            /**
             * Returns the options that exist for the chosen names.
             *
             * @param chosen what was given for the option that {@link By#option} names, item by item; empty where nothing was
             * @throws org.align4j.core.error.InputException if an item can't be found
             */
            List<OptionSpec> options(List<String> chosen);

            /**
             * Whether values are kept as they were given, before they have a type: a {@code String}, a {@code List}, a {@code Map}, or null for
             * an explicit "unset". What wasn't given is no entry then.
             */
            default boolean keepsAsGiven() {
                return false;
            }

            /** The component with a value for each option. */
            OpenOptions create(Map<String, @Nullable Object> values);
        }
    }
}
