package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.TrainingPlan;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.jspecify.annotations.Nullable;

/** What happens at which step of a run: a pure function of the plan and the number of rows. */
public final class Timetable {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final BatchOrder order;
    private final OptimizerPlan optimizer;
    private final long seed;
    private final int totalSteps;
    private final boolean evaluates;
    private final @Nullable Integer saveEvery;
    private final @Nullable Integer keepEvery;
    private final boolean epochAdapters;
    private final @Nullable Integer evalEvery;

    Timetable(TrainingPlan plan, int rows, boolean evaluates) {
        CheckpointOptions keeping = plan.keeping();
        this.order =
                new BatchOrder(rows, plan.length().batchSize(), plan.length().shuffle(), plan.seed());
        this.optimizer = plan.optimizer();
        this.seed = plan.seed();
        this.totalSteps = plan.length().extent().totalSteps(order.stepsPerEpoch());
        this.evaluates = evaluates;
        this.saveEvery = keeping.kept().saveEvery();
        this.keepEvery = keeping.kept().keepEvery();
        this.epochAdapters = keeping.kept().epochAdapters();
        this.evalEvery = keeping.evaluations().evalEvery();
    }

    int totalSteps() {
        return totalSteps;
    }

    StepPlan plan(int step) {
        return new StepPlan(step, order.epochsAfter(step), mix(seed + step * GOLDEN), order.rowsOf(step));
    }

    /** The learning rate of a step. */
    double learningRate(int step) {
        return optimizer.learningRate(step, totalSteps);
    }

    /** Epochs done after a step; 0 before the first. */
    double epochsAfter(int step) {
        return step == 0 ? 0 : order.epochsAfter(step);
    }

    boolean evaluatesAfter(int step) {
        boolean due = step == 0 || step == totalSteps || (evalEvery == null ? endsEpoch(step) : step % evalEvery == 0);
        return evaluates && due;
    }

    /** Whether a checkpoint is due by the number of the step alone. */
    boolean savesAfter(int step) {
        boolean due = saveEvery == null ? endsEpoch(step) : step % saveEvery == 0;
        return step == totalSteps || due || keepsAfter(step) || keepsAdapterAfter(step);
    }

    /** Whether the checkpoint after a step stays, however many newer ones there are. */
    boolean keepsAfter(int step) {
        return keepEvery != null && step > 0 && step % keepEvery == 0;
    }

    /** Whether the adapter after a step stays though its checkpoint goes. */
    boolean keepsAdapterAfter(int step) {
        boolean evaluated = evaluates && evalEvery != null && step % evalEvery == 0;
        return epochAdapters && step > 0 && (endsEpoch(step) || evaluated);
    }

    /** Whether checkpoints go by the clock too. */
    boolean savesByClock() {
        return saveEvery == null;
    }

    /** Refuses to end before what is done. */
    void requireAtLeast(int stepsDone) {
        if (stepsDone > totalSteps) {
            throw new InputException(format(
                    "The run has done %d steps already but is to have %d; give more max-steps or epochs.",
                    stepsDone, totalSteps));
        }
    }

    private boolean endsEpoch(int step) {
        return step % order.stepsPerEpoch() == 0;
    }

    /** The finaliser of SplitMix64: neighbouring steps get unrelated seeds. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /**
     * What one optimizer step is to compute: fixed by seed, epoch and step alone, so a resumed run plans the same.
     *
     * @param step the step's number, from 1
     * @param epoch epochs done after this step, as a fraction
     * @param seed the seed of this step's random numbers (dropout); the same whenever the step is computed
     * @param rows training rows of the whole batch, 0-based among the rows used, in order; the last batch of an epoch may be
     *     short
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record StepPlan(int step, double epoch, long seed, int[] rows) {
        /** Returns this plan without some rows. */
        StepPlan without(Set<Integer> others) {
            return others.isEmpty()
                    ? this
                    : new StepPlan(
                            step,
                            epoch,
                            seed,
                            Arrays.stream(rows)
                                    .filter(row -> !others.contains(row))
                                    .toArray());
        }
    }

    /**
     * Which rows make which optimizer step. A pure function of rows, batch size, seed and step: a resumed run needs the
     * step's number only. Each epoch takes every row once, in file order or in a seeded shuffle of its own; its last batch
     * may be short. Steps count from 1.
     */
    public static final class BatchOrder {
        private static final String GENERATOR = "L64X128MixRandom";
        private static final long GOLDEN = 0x9E3779B97F4A7C15L;

        private final int rows;
        private final int batchSize;
        private final boolean shuffle;
        private final long seed;
        private int rememberedEpoch = -1;
        private int[] remembered = {};

        /**
         * @param rows how many rows there are
         * @param batchSize rows in one optimizer step
         * @param shuffle false: file order
         * @param seed of the shuffle
         */
        public BatchOrder(int rows, int batchSize, boolean shuffle, long seed) {
            if (rows < 1) {
                throw new InputException("There is no row to train on; give a data file with usable rows.");
            }
            if (batchSize < 1) {
                throw new InputException("batch-size is " + batchSize + " but must be at least 1.");
            }
            this.rows = rows;
            this.batchSize = batchSize;
            this.shuffle = shuffle;
            this.seed = seed;
        }

        /** Returns the optimizer steps of one epoch. */
        public int stepsPerEpoch() {
            return stepsPerEpoch(rows, batchSize);
        }

        /** Returns the optimizer steps of one epoch over some rows. */
        public static int stepsPerEpoch(int rows, int batchSize) {
            return Math.toIntExact(((long) rows + batchSize - 1) / batchSize);
        }

        /** Returns the epoch, from 0, that a step belongs to. */
        public int epochOf(int step) {
            requireStep(step);
            return (step - 1) / stepsPerEpoch();
        }

        /** Returns how many epochs are done after a step; 2.5 in the middle of the third. */
        public double epochsAfter(int step) {
            int inEpoch = (step - 1) % stepsPerEpoch() + 1;
            return epochOf(step) + Math.min(1.0, (double) inEpoch * batchSize / rows);
        }

        /** Returns the places of a step's rows in the list of rows, in the order they are read. */
        public int[] rowsOf(int step) {
            int[] order = epoch(epochOf(step));
            int from = (step - 1) % stepsPerEpoch() * batchSize;
            return Arrays.copyOfRange(order, from, (int) Math.min((long) from + batchSize, rows));
        }

        private void requireStep(int step) {
            if (step < 1) {
                throw new IllegalArgumentException("step is " + step + " but steps count from 1.");
            }
        }

        private synchronized int[] epoch(int epoch) {
            if (epoch != rememberedEpoch) {
                remembered = order(epoch);
                rememberedEpoch = epoch;
            }
            return remembered;
        }

        private int[] order(int epoch) {
            int[] order = new int[rows];
            Arrays.setAll(order, i -> i);
            if (shuffle) {
                RandomGenerator random = RandomGeneratorFactory.of(GENERATOR).create(seed + (epoch + 1) * GOLDEN);
                for (int i = rows - 1; i > 0; i--) { // Fisher-Yates
                    int j = below(i + 1, random);
                    int swapped = order[i];
                    order[i] = order[j];
                    order[j] = swapped;
                }
            }
            return order;
        }

        /** A number in [0, bound) from one 64-bit draw, spelled out so that no Java release changes the order. */
        private static int below(int bound, RandomGenerator random) {
            return (int) (((random.nextLong() >>> 33) * bound) >>> 31);
        }
    }
}
