package org.align4j.core.task;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.math3.random.MersenneTwister;

/**
 * Draws as Python's {@code random.Random(seed).sample} does, so that a seed gives the examples that lm-evaluation-harness shows: the
 * Mersenne Twister seeded by the words of the seed, its highest bits, and a drawing below a bound by rejection.
 */
final class PythonRandom {
    private final MersenneTwister twister;

    /** @param seed its sign doesn't count */
    PythonRandom(long seed) {
        long magnitude = Math.abs(seed);
        int low = (int) magnitude;
        int high = (int) (magnitude >>> Integer.SIZE);
        this.twister = new MersenneTwister(high == 0 ? new int[] {low} : new int[] {low, high});
    }

    /** Draws some of a list, none of its places twice, in the order of drawing. */
    <T> List<T> sample(List<T> population, int count) {
        return population.size() <= pooled(count) ? fromPool(population, count) : bySet(population, count);
    }

    /** Returns up to how many entries Python copies the list rather than keeping a set of the places drawn. */
    private static int pooled(int count) {
        int size = 21;
        if (count > 5) {
            size += (int) Math.pow(4, Math.ceil(Math.log(count * 3) / Math.log(4)));
        }
        return size;
    }

    private <T> List<T> fromPool(List<T> population, int count) {
        List<T> pool = new ArrayList<>(population);
        List<T> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int place = below(pool.size() - i);
            drawn.add(pool.get(place));
            pool.set(place, pool.get(pool.size() - i - 1));
        }
        return drawn;
    }

    private <T> List<T> bySet(List<T> population, int count) {
        Set<Integer> places = new HashSet<>();
        List<T> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            int place = below(population.size());
            if (places.add(place)) {
                drawn.add(population.get(place));
            }
        }
        return drawn;
    }

    private int below(int bound) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
        int drawn = twister.nextInt() >>> (Integer.SIZE - bits);
        while (drawn >= bound) {
            drawn = twister.nextInt() >>> (Integer.SIZE - bits);
        }
        return drawn;
    }
}
