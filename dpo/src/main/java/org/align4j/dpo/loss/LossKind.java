package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionSpec.Components;
import org.align4j.core.options.OptionsSpec.OpenOptions;
import org.jspecify.annotations.Nullable;

/**
 * A loss that can be chosen: a listed one by its name, any other by its class.
 *
 * @param name as {@code --loss} takes it: {@code sigmoid}, or {@code com.example.MyLoss}
 * @param usual the loss with its usual parameters
 * @param parameters the options that are its alone or that it shares with other losses; β and label smoothing aside
 */
public record LossKind(String name, PreferenceLoss usual, List<LossParameter> parameters) {
    static final String BETA = "beta";
    static final String LABEL_SMOOTHING = "labelSmoothing";

    public LossKind {
        parameters = List.copyOf(parameters);
    }

    /**
     * Finds the loss of a name, listed or by its class.
     *
     * @throws InputException if no loss has it
     */
    public static LossKind parse(String text) {
        return LossCatalogue.find(text);
    }

    /** Lists the losses' names, for {@code --help}. */
    public static String describe() {
        return String.join(
                        "|", LossCatalogue.listed().stream().map(LossKind::name).toList()) + "|CLASS";
    }

    static LossKind of(String name, PreferenceLoss usual) {
        return new LossKind(name, usual, LossParameter.of(usual));
    }

    /** Returns what {@code --beta auto} stands for. */
    public double autoBeta() {
        return usual.beta();
    }

    /** Returns whether the loss learns from single responses that are desirable or not, rather than from pairs. */
    public boolean isUnpaired() {
        return usual instanceof UnpairedLoss;
    }

    /** Returns what the loss needs and which modifiers it takes. */
    public Set<Trait> traits() {
        return usual.traits();
    }

    /**
     * Creates the loss with given parameters.
     *
     * @param labelSmoothing for losses that take it
     * @throws InputException if a parameter is out of range or missing
     */
    public PreferenceLoss create(double beta, double labelSmoothing, LossParameters given) {
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : usual.getClass().getRecordComponents()) {
            values.add(value(component, beta, labelSmoothing, given));
        }
        return Components.create(usual.getClass(), values);
    }

    private @Nullable Object value(
            RecordComponent component, double beta, double labelSmoothing, LossParameters given) {
        if (component.getName().equals(BETA)) {
            return beta;
        }
        if (component.getName().equals(LABEL_SMOOTHING) && usual.has(Trait.TAKES_LABEL_SMOOTHING)) {
            return labelSmoothing;
        }
        for (LossParameter parameter : parameters) {
            if (parameter.component().equals(component.getName())) {
                return given.of(parameter, name);
            }
        }
        return Components.read(component, usual);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LossKind kind && kind.usual.getClass() == usual.getClass() && kind.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** Returns the loss's name as in {@code --loss} and in metrics: {@code exo_pair}. */
    @Override
    public String toString() {
        return name;
    }

    /**
     * The parameters of all losses that can be chosen, by option: given or usual.
     *
     * @param values by the option's name; null: one that must be given was not
     */
    public record LossParameters(Map<String, @Nullable Object> values) implements OpenOptions {
        public LossParameters {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }

        /** Every parameter of the listed losses as it usually is. */
        public static LossParameters usual() {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            for (LossKind kind : LossCatalogue.listed()) {
                for (LossParameter parameter : kind.parameters()) {
                    values.put(
                            parameter.option().name(),
                            parameter.option().reading().nullable() ? null : parameter.usual());
                }
            }
            return new LossParameters(values);
        }

        Object of(LossParameter parameter, String loss) {
            OptionSpec option = parameter.option();
            Object value = values.get(option.name());
            if (value == null && option.reading().nullable()) {
                throw new InputException(format(
                        "%s is missing but %s needs it; %s is usual.",
                        option.name(), loss, LossParameter.text(parameter.usual())));
            }
            return value == null ? parameter.usual() : value;
        }

        /**
         * Refuses what was given for losses that aren't chosen.
         *
         * @throws InputException if a parameter isn't as usual and none of these losses has it
         */
        public void requireUsed(List<LossKind> chosen) {
            Map<String, List<String>> users = new LinkedHashMap<>();
            Map<String, LossParameter> unused = new LinkedHashMap<>();
            for (LossKind kind : LossCatalogue.listed()) {
                for (LossParameter parameter : kind.parameters()) {
                    users.computeIfAbsent(parameter.option().name(), name -> new ArrayList<>())
                            .add(kind.name());
                    unused.put(parameter.option().name(), parameter);
                }
            }
            chosen.forEach(kind -> kind.parameters()
                    .forEach(used -> unused.remove(used.option().name())));
            unused.forEach((name, parameter) -> {
                Object value = values.get(name);
                boolean asUsual =
                        value == null || (!parameter.option().reading().nullable() && value.equals(parameter.usual()));
                if (!asUsual) {
                    throw new InputException(format(
                            "%s is %s but loss is %s, and only %s uses it; drop one of the two.",
                            name,
                            value,
                            LossCatalogue.text(chosen),
                            String.join(",", users.getOrDefault(name, List.of()))));
                }
            });
        }

        /** The parameters of the listed losses and of those that are chosen by their class. */
        public static final class Source implements OpenOptions.Source {
            /** Makes a source; the reader of options does so by reflection. */
            public Source() {}

            @Override
            public List<OptionSpec> options(List<String> chosen) {
                Map<String, OptionSpec> options = new LinkedHashMap<>();
                for (LossKind kind : LossCatalogue.listedAnd(chosen)) {
                    kind.parameters()
                            .forEach(parameter ->
                                    options.putIfAbsent(parameter.option().name(), parameter.option()));
                }
                return List.copyOf(options.values());
            }

            @Override
            public OpenOptions create(Map<String, @Nullable Object> values) {
                return new LossParameters(values);
            }
        }
    }

    /**
     * A parameter of a loss as an option.
     *
     * @param component the record component's name
     * @param option what the command line knows of it
     * @param usual its value where it isn't given; where it must be given, what is usual
     * @param rescales the figures whose scale it changes
     */
    public record LossParameter(String component, OptionSpec option, Object usual, Parameter.Rescales rescales) {
        /** The options that a loss declares by {@link Parameter}. */
        static List<LossParameter> of(PreferenceLoss loss) {
            List<LossParameter> parameters = new ArrayList<>();
            for (RecordComponent component : loss.getClass().getRecordComponents()) {
                Parameter parameter = component.getAnnotation(Parameter.class);
                if (parameter != null) {
                    Object usual = Objects.requireNonNull(Components.read(component, loss), component.getName());
                    parameters.add(new LossParameter(
                            component.getName(),
                            option(loss, component, parameter, usual),
                            usual,
                            parameter.rescales()));
                }
            }
            return parameters;
        }

        private static OptionSpec option(
                PreferenceLoss loss, RecordComponent component, Parameter parameter, Object usual) {
            String name = parameter.option().isEmpty()
                    ? loss.name().replace("_", "") + "-" + Components.kebab(component)
                    : parameter.option();
            String defaultValue = parameter.required() ? null : text(usual);
            return new OptionSpec(
                    name,
                    component.getGenericType(),
                    parameter.help(),
                    defaultValue,
                    null,
                    new OptionSpec.Reading(false, false, parameter.required()),
                    null);
        }

        /** A value as one would type it: whole numbers without a fraction, constants in small letters. */
        static String text(Object value) {
            if (value instanceof Enum<?> constant) {
                return constant.name().toLowerCase(Locale.ROOT);
            }
            return String.valueOf(value).replaceFirst("\\.0$", "");
        }
    }
}
