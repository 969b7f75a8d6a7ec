package org.align4j.dpo.loss;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionSpec.Components;

/**
 * A parameter of a loss as an option.
 *
 * @param component the record component's name
 * @param option what the command line knows of it
 * @param usual its value where it isn't given; where it must be given, what is usual
 */
record LossParameter(String component, OptionSpec option, Object usual) {
    /** The options that a loss declares by {@link Parameter}. */
    static List<LossParameter> of(PreferenceLoss loss) {
        List<LossParameter> parameters = new ArrayList<>();
        for (RecordComponent component : loss.getClass().getRecordComponents()) {
            Parameter parameter = component.getAnnotation(Parameter.class);
            if (parameter != null) {
                Object usual = Objects.requireNonNull(Components.read(component, loss), component.getName());
                parameters.add(
                        new LossParameter(component.getName(), option(loss, component, parameter, usual), usual));
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
                false,
                false,
                parameter.required(),
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
