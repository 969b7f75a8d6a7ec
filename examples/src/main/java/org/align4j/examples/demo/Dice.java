package org.align4j.examples.demo;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Seeded choices that come out the same on every Java version: only {@code nextLong} of L64X128MixRandom is used, whose
 * sequence is part of its definition, while the library's bounded and Gaussian draws may change.
 */
final class Dice {
    private final RandomGenerator random;

    /** A fresh sequence of choices. */
    public Dice(long seed) {
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** A whole number from 0 to {@code bound - 1}. */
    public int below(int bound) {
        return (int) (((random.nextLong() >>> 33) * bound) >>> 31);
    }

    /** True with the given probability. */
    public boolean chance(double probability) {
        return uniform() < probability;
    }

    /** Returns one of the items, each with equal probability. */
    public <T> T pick(List<T> items) {
        return items.get(below(items.size()));
    }

    /** A standard normal number (Box and Muller, by {@link StrictMath}). */
    public double normal() {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
        return radius * StrictMath.cos(2 * StrictMath.PI * uniform());
    }

    private double uniform() {
        return (random.nextLong() >>> 11) * 0x1.0p-53;
    }
}
