package org.align4j.dpo;

import org.align4j.dpo.loss.PairTerms.Divergence;

/** The f-divergences by the names that {@code --f-divergence} takes. */
enum DivergenceName {
    REVERSE_KL,
    FORWARD_KL,
    JS,
    ALPHA;

    /** @param alpha the coefficient of the alpha divergence */
    Divergence create(double alpha) {
        return switch (this) {
            case REVERSE_KL -> Divergence.REVERSE_KL;
            case FORWARD_KL -> Divergence.FORWARD_KL;
            case JS -> Divergence.JENSEN_SHANNON;
            case ALPHA -> Divergence.alpha(alpha);
        };
    }
}
