package org.align4j.dpo.loss;

import java.util.Set;

/** A loss as a value: pure, without a model; it also says what it needs. */
public interface PreferenceLoss {
    /** Scales log-ratios to rewards. */
    double beta();

    /** What it needs and which modifiers it takes. */
    Set<Trait> traits();

    /** Whether it has {@code trait}. */
    default boolean has(Trait trait) {
        return traits().contains(trait);
    }
}
