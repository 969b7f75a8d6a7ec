package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.apache.commons.math3.random.MersenneTwister;

/**
 * Draws the examples that are shown before each item, as lm-evaluation-harness draws those of its default sampler: one drawing an item,
 * in the order of the items. Examples out of the task itself leave out the item that is asked, and those that equal it.
 */
final class FewShot {
    private final TaskPlan plan;
    private final int count;
    private final PythonRandom random;

    /**
     * Begins the drawings of a task.
     *
     * @param count examples before each item
     * @throws InputException where there are too few items to draw from
     */
    public FewShot(TaskPlan plan, int count, long seed) {
        this.plan = plan;
        this.count = count;
        this.random = new PythonRandom(seed);
        int needed = plan.ownExamples() ? count + 1 : count;
        if (count > 0 && plan.examples().size() < needed) {
            throw new InputException(format(
                    "few-shot is %d, but there are only %d items to draw from for %s; lower few-shot, or name more by few-shot-data.",
                    count, plan.examples().size(), plan.task().file()));
        }
    }

    /** Draws the examples of the next item. */
    public List<TaskRow> before(TaskRow item) {
        if (count == 0) {
            return List.of();
        }
        if (!plan.ownExamples()) {
            return random.sample(plan.examples(), count);
        }
        List<TaskRow> drawn = others(random.sample(plan.examples(), count + 1), item);
        if (drawn.size() >= count) {
            return drawn.subList(0, count);
        }
        List<TaskRow> rest = others(plan.examples(), item);
        if (rest.size() < count) {
            throw new InputException(format(
                    "%s: few-shot is %d, but only %d items of the task differ from this one; lower few-shot.",
                    item.place(), count, rest.size()));
        }
        return random.sample(rest, count);
    }

    private static List<TaskRow> others(List<TaskRow> rows, TaskRow item) {
        List<TaskRow> others = new ArrayList<>(rows);
        others.removeIf(item::hasSameContent);
        return others;
    }

    /**
     * Draws as Python's {@code random.Random(seed).sample} does, so that a seed gives the examples that lm-evaluation-harness shows: the
     * Mersenne Twister seeded by the words of the seed, its highest bits, and a drawing below a bound by rejection.
     */
    static final class PythonRandom {
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
}
