package org.align4j.core.kernel.speed;

import java.util.Arrays;
import java.util.function.DoubleSupplier;

/**
 * The best times of two ways to compute, taken in turn, so that other work on the machine slows both. A time counts once the next best is
 * like it: that a way was never seen undisturbed must not make it the slower one.
 *
 * @param first seconds of the first way
 * @param second seconds of the second way
 * @param tries of each
 */
record Race(double first, double second, int tries) {
    private static final int FEWEST = 4;
    private static final int MOST = 16;

    /** How far the next best time may be from the best. */
    private static final double ALIKE = 1.05;

    /**
     * Takes times until the two best of each way are alike.
     *
     * @param first computes once in the first way and returns the seconds
     * @param second likewise in the second way
     * @param budget of seconds after which no more are taken, but for the fewest
     */
    static Race of(DoubleSupplier first, DoubleSupplier second, double budget) {
        double[] one = {Double.MAX_VALUE, Double.MAX_VALUE};
        double[] other = {Double.MAX_VALUE, Double.MAX_VALUE};
        double spent = 0;
        int tries = 0;
        while (tries < FEWEST || (tries < MOST && spent < budget && !(areAlike(one) && areAlike(other)))) {
            spent += taken(first, one) + taken(second, other);
            tries++;
        }
        return new Race(one[0], other[0], tries);
    }

    private static double taken(DoubleSupplier way, double[] best) {
        double seconds = way.getAsDouble();
        best[1] = Math.min(best[1], seconds);
        Arrays.sort(best);
        return seconds;
    }

    private static boolean areAlike(double[] best) {
        return best[1] <= ALIKE * best[0];
    }
}
