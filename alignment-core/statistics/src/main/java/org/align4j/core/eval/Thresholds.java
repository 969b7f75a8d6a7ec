package org.align4j.core.eval;

import java.util.Arrays;

/** Holds every bound that verdicts and warnings use, with its reason. */
public final class Thresholds {
    /**
     * Held-out prompts below which nothing is called better, unchanged or worse. An interval of skewed changes misses the truth to one side in up to
     * 6.5 % at 50; of changes that are rare and large no interval covers as well below that, since too often none of them is among so few.
     */
    public static final int FEWEST_PROMPTS = 50;

    /**
     * Standard deviations of a measure over the rows before training by which its mean must move to count. Cohen's "small" is 0.2; where
     * half of the pairs have a difference above 0, a shift by a tenth turns 4 of 100.
     */
    public static final double DEVIATIONS = 0.1;

    /** Nats per token by which a loss must move to count: 1 % of the perplexity, less than two seeds of one run differ by. */
    public static final double LOSS_NATS = 0.01;

    /** Share of the rows within which a changed accuracy counts as unchanged: what 400 rows can just tell from chance. */
    public static final double SHARE = 0.05;

    /**
     * Nats per token by which held-out answers that should be likely may become unlikelier before the model counts as broken: their
     * perplexity is then e = 2.7 times what it was. Long, healthy DPO runs lose 0.1 to 0.5.
     */
    public static final double BROKEN_NATS = 1;

    /** Times the perplexity of general text before at which the model counts as broken; 1.05 is a warning. */
    public static final double BROKEN_GUARD = 2;

    /** Share of the entropy before, below which the model has collapsed to one continuation whatever the prompt. */
    public static final double COLLAPSED_ENTROPY = 0.1;

    /** Different pairs of neighbouring words in sampled answers, as a share of all, below which they repeat themselves. */
    public static final double REPETITIVE = 0.35;

    /** Share of the different pairs before that must be lost besides: small models repeat themselves before training, too. */
    public static final double REPETITIVE_LOSS = 0.5;

    private Thresholds() {}

    /** Returns the standard deviation of some values. */
    public static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return Math.sqrt(Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(0));
    }
}
