package org.align4j.core.doctor.log;

import org.jspecify.annotations.Nullable;

/**
 * From which value on a finding is amber, and from which red; null where it never is. Zero means any value above it.
 *
 * @param middle what values are counted from, either way; mostly 0
 * @param amber the lower one
 * @param red the higher one
 */
public record Threshold(
        double middle, @Nullable Double amber, @Nullable Double red) {
    /** Anything found is red. */
    public static final Threshold ANY_IS_RED = new Threshold(null, 0.0);
    /** Nothing is ever amber or red. */
    public static final Threshold NONE = new Threshold(null, null);

    /** Anything found is amber, and red from {@code red} on. */
    public static Threshold any(double red) {
        return new Threshold(0.0, red);
    }

    /** Rounding of a difference must not decide. */
    private static final double ROUNDING = 1e-12;

    public Threshold(@Nullable Double amber, @Nullable Double red) {
        this(0, amber, red);
    }

    /** The level of a value. */
    public Level level(double value) {
        double distance = middle == 0 ? value : Math.abs(value - middle) + ROUNDING;
        if (reached(distance, red)) {
            return Level.RED;
        }
        return reached(distance, amber) ? Level.AMBER : Level.GREEN;
    }

    private static boolean reached(double value, @Nullable Double bound) {
        return bound != null && (bound == 0 ? value > 0 : value >= bound);
    }
}
