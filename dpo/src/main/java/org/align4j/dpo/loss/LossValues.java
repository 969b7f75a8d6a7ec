package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionSpec.Components;
import org.align4j.dpo.loss.LossKind.LossParameter;
import org.align4j.dpo.loss.LossKind.LossParameters;
import org.jspecify.annotations.Nullable;

/** Writes losses that a program made as the options that make them again, so that a run of them can be resumed. */
public final class LossValues {
    private static final String SMOOTHING = "label-smoothing";

    private final Map<String, Object> options = new LinkedHashMap<>();
    private final Map<String, String> givenBy = new LinkedHashMap<>();

    private LossValues() {}

    /**
     * Returns the options by name: the losses, and each of their parameters.
     *
     * @throws InputException where losses of a mix differ in a parameter that they share, or a loss isn't what its options would make
     */
    public static Map<String, Object> options(List<? extends PreferenceLoss> losses) {
        LossValues values = new LossValues();
        List<String> names = new ArrayList<>();
        for (PreferenceLoss loss : losses) {
            LossKind kind = kind(loss);
            names.add(kind.name());
            values.add(kind, loss);
        }
        values.options.put("loss", names);
        return values.options;
    }

    private static LossKind kind(PreferenceLoss loss) {
        return LossCatalogue.listed().stream()
                .filter(kind -> kind.usual().getClass() == loss.getClass())
                .findFirst()
                .orElseGet(() -> LossCatalogue.find(loss.getClass().getName()));
    }

    private void add(LossKind kind, PreferenceLoss loss) {
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        double smoothing = 0;
        for (RecordComponent component : loss.getClass().getRecordComponents()) {
            Object value = Components.read(component, loss);
            if (component.getName().equals(LossKind.BETA)) {
                put(LossKind.BETA, value, kind);
            } else if (component.getName().equals(LossKind.LABEL_SMOOTHING) && loss.has(Trait.TAKES_LABEL_SMOOTHING)) {
                smoothing = value instanceof Double share ? share : 0;
                put(SMOOTHING, value, kind);
            }
        }
        for (LossParameter parameter : kind.parameters()) {
            Object value = Components.read(component(loss, parameter.component()), loss);
            parameters.put(parameter.option().name(), value);
            put(parameter.option().name(), value, kind);
        }
        if (!kind.create(loss.beta(), smoothing, new LossParameters(parameters)).equals(loss)) {
            throw new InputException(format(
                    "%s has a component that no option stands for, so that a run of it could not be resumed; annotate it with @Parameter.",
                    loss));
        }
    }

    private static RecordComponent component(PreferenceLoss loss, String name) {
        for (RecordComponent component : loss.getClass().getRecordComponents()) {
            if (component.getName().equals(name)) {
                return component;
            }
        }
        throw new IllegalStateException(loss + " has no " + name);
    }

    private void put(String option, @Nullable Object value, LossKind kind) {
        if (value == null) {
            throw new InputException(format("%s of %s is null; give it a value.", option, kind));
        }
        Object before = options.put(option, value);
        if (before != null && !before.equals(value)) {
            throw new InputException(format(
                    "%s is %s of %s but %s of %s; losses that are mixed share it, so give both the same.",
                    option, before, givenBy.get(option), value, kind));
        }
        givenBy.put(option, kind.name());
    }
}
