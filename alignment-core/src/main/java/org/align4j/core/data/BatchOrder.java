package org.align4j.core.data;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;

/**
 * Which rows make which optimizer step. A pure function of rows, batch size, seed and step: a resumed run needs the
 * step's number only. Each epoch takes every row once, in file order or in a seeded shuffle of its own; its last batch
 * may be short. Steps count from 1.
 */
public final class BatchOrder {
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
