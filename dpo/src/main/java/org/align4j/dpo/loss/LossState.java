package org.align4j.dpo.loss;

import java.io.Serializable;

/**
 * What losses remember from step to step; part of a checkpoint. Losses that remember nothing leave it as it is.
 *
 * @param rewardMean BCO: the running mean of all rewards seen in training
 * @param rewardCount BCO: how many rewards were seen
 * @param gapMean beta-DPO: the running mean of log-ratio differences
 * @param gapDeviation beta-DPO: their running standard deviation
 * @param seed beta-DPO: the seed of its draws
 * @param draw beta-DPO: which draw of pairs this is, from 1; 0 stands for none, every pair counts
 */
public record LossState(double rewardMean, long rewardCount, double gapMean, double gapDeviation, long seed, long draw)
        implements Serializable {

    /** Returns the state of a loss before the first step. */
    public static LossState initial(long seed) {
        return new LossState(0, 0, 0, 0, seed, 0);
    }

    /** Returns this state for rows that aren't trained on: no pairs are drawn. */
    public LossState forEvaluation() {
        return new LossState(rewardMean, rewardCount, gapMean, gapDeviation, seed, 0);
    }

    /** Returns this state with {@code rewards} in the running mean, each weighing as much as each before. */
    public LossState withRewards(double... rewards) {
        double sum = rewardMean * rewardCount;
        for (double reward : rewards) {
            sum += reward;
        }
        long count = rewardCount + rewards.length;
        return new LossState(sum / count, count, gapMean, gapDeviation, seed, draw);
    }

    /** Returns this state with new running figures of the log-ratio differences, and the next draw due. */
    public LossState withGaps(double mean, double deviation) {
        return new LossState(rewardMean, rewardCount, mean, deviation, seed, draw + 1);
    }
}
