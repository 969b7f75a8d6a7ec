package org.align4j.dpo.loss;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Components;
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

    /** Tells whether the loss learns from single responses that are desirable or not, rather than from pairs. */
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
}
