package org.align4j.dpo.loss;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.verdict.PairMeasure;

/**
 * A loss as a value: pure, without a model; it also says what it needs. An implementation is a record whose components are
 * its parameters ({@link Parameter}), with a constructor without arguments that gives each its usual value, and is either a
 * {@link PairLoss} or an {@link UnpairedLoss}. Named in {@code
 * META-INF/services/org.align4j.dpo.loss.PreferenceLoss} it is offered by its name; any other is found by its class.
 */
public interface PreferenceLoss {
    /** Returns β, which scales log-ratios to rewards. The usual value is what {@code --beta auto} stands for. */
    double beta();

    /** Returns what the loss needs and which modifiers it takes: what {@link Traits} says, unless its parameters decide. */
    default Set<Trait> traits() {
        Traits stated = getClass().getAnnotation(Traits.class);
        if (stated == null) {
            throw new IllegalStateException(name() + " says nowhere what it needs; give it @Traits, or traits()");
        }
        return Set.of(stated.value());
    }

    /** Says what a loss needs and which modifiers it takes, whatever its parameters are. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Traits {
        /** Lists the traits; none for a loss of plain log-probabilities. */
        Trait[] value();
    }

    /** Returns whether the loss has {@code trait}. */
    default boolean has(Trait trait) {
        return traits().contains(trait);
    }

    /** Returns what of a pair the verdict on a run measures; losses of single answers have none of pairs. */
    default PairMeasure measure() {
        return has(Trait.CHOSEN_ALONE)
                ? PairMeasure.CHOSEN
                : has(Trait.LENGTH_NORMALISED) ? PairMeasure.TOKEN : PairMeasure.ANSWER;
    }

    /** Names it in {@code --loss} and in the metric {@code loss/NAME}: its class's name, as {@code exo_pair}. */
    default String name() {
        return getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
                .toLowerCase(Locale.ROOT);
    }
}
