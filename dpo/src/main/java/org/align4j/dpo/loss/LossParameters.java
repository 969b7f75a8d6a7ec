package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OpenOptions;
import org.align4j.core.options.OptionSpec;
import org.jspecify.annotations.Nullable;

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
                values.put(parameter.option().name(), parameter.option().nullable() ? null : parameter.usual());
            }
        }
        return new LossParameters(values);
    }

    /** Returns these parameters with another value of one option. */
    public LossParameters with(String option, Object value) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(values);
        changed.put(option, value);
        return new LossParameters(changed);
    }

    Object of(LossParameter parameter, String loss) {
        OptionSpec option = parameter.option();
        Object value = values.get(option.name());
        if (value == null && option.nullable()) {
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
        chosen.forEach(kind ->
                kind.parameters().forEach(used -> unused.remove(used.option().name())));
        unused.forEach((name, parameter) -> {
            Object value = values.get(name);
            boolean asUsual = value == null || (!parameter.option().nullable() && value.equals(parameter.usual()));
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
