package org.align4j.ppo;

import java.util.Arrays;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.align4j.ppo.report.PpoFigures;

/** The figures of a step's updates, gathered mini-batch by mini-batch. */
final class Sums {
    private int policyUpdates;
    private int valueUpdates;
    private double policyLoss;
    private double valueLoss;
    private double entropyBonus;
    private double appliedLoss;
    private double appliedBonus;
    private double policyNorm;
    private double valueNorm;
    private double ratios;
    private double ratioSquares;
    private double approximateKl;
    private long clippedLow;
    private long clippedHigh;
    private long tokens;
    private long valuesClipped;
    private long positions;
    private long computed;
    private boolean stoppedEarly;

    void policyPart(PolicyResult result, ClippedTokens clipped) {
        policyLoss += result.loss();
        ratios += result.ratioSum();
        ratioSquares += Arrays.stream(result.ratios())
                .flatMapToDouble(Arrays::stream)
                .map(ratio -> ratio * ratio)
                .sum();
        approximateKl += result.approximateKlSum();
        tokens += result.tokens();
        clippedLow += clipped.low();
        clippedHigh += clipped.high();
    }

    void valuePart(ValueResult result) {
        valueLoss += result.loss();
        valuesClipped += result.clippedPositions();
        positions +=
                Arrays.stream(result.gradients()).mapToLong(row -> row.length).sum();
    }

    void bonus(double bonus) {
        entropyBonus += bonus;
    }

    void computed(long moreTokens) {
        computed += moreTokens;
    }

    void policyUpdate(double norm) {
        policyUpdates++;
        appliedLoss = policyLoss;
        appliedBonus = entropyBonus;
        policyNorm += norm;
    }

    void valueUpdate(double norm) {
        valueUpdates++;
        valueNorm += norm;
    }

    /** Ends the step before an update: its loss doesn't count, while the divergence that it found does. */
    void stopEarly() {
        policyLoss = appliedLoss;
        entropyBonus = appliedBonus;
        stoppedEarly = true;
    }

    long computedTokens() {
        return computed;
    }

    /** The mean over updates of the policy's gradient norms; the critic's where the policy didn't move. */
    double gradientNorm() {
        return policyUpdates > 0 ? policyNorm / policyUpdates : mean(valueNorm, valueUpdates);
    }

    /** The mean over updates of the policy's loss, its entropy bonus and the weighted value loss. */
    double loss(double valueCoefficient) {
        return mean(policyLoss - entropyBonus, policyUpdates) + valueCoefficient * mean(valueLoss, valueUpdates);
    }

    StepMetrics metrics(boolean withCritic) {
        double ratio = tokens == 0 ? 1 : ratios / tokens;
        StepMetrics metrics = StepMetrics.EMPTY
                .with(PpoFigures.UPDATE_KL, mean(approximateKl, (double) tokens))
                .with(PpoFigures.CLIPPED, mean((double) (clippedLow + clippedHigh), (double) tokens))
                .with(PpoFigures.CLIPPED_LOW, mean((double) clippedLow, (double) tokens))
                .with(PpoFigures.CLIPPED_HIGH, mean((double) clippedHigh, (double) tokens))
                .with(PpoFigures.RATIO, ratio)
                .with(PpoFigures.RATIO_VARIANCE, Math.max(0, mean(ratioSquares, (double) tokens) - ratio * ratio))
                .with(PpoFigures.UPDATES, policyUpdates)
                .with(PpoFigures.STOPPED_EARLY, stoppedEarly ? 1 : 0)
                .with(PpoFigures.POLICY_LOSS, mean(policyLoss, policyUpdates));
        if (!withCritic) {
            return metrics;
        }
        return metrics.with(PpoFigures.VALUE_LOSS, mean(valueLoss, valueUpdates))
                .with(PpoFigures.VALUE_CLIPPED, mean((double) valuesClipped, (double) positions))
                .with(PpoFigures.VALUE_GRADIENT_NORM, mean(valueNorm, valueUpdates));
    }

    private static double mean(double sum, double count) {
        return count == 0 ? 0 : sum / count;
    }
}
