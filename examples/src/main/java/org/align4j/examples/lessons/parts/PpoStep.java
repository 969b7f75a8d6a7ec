package org.align4j.examples.lessons.parts;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace.CriticCredit;

/**
 * Holds what one step of PPO learned from.
 *
 * @param number of the step, from 1
 * @param klCoefficient what a nat of divergence cost in it
 * @param rollouts its answers, taken apart
 */
public record PpoStep(int number, double klCoefficient, List<RolloutTrace> rollouts) {
    private static final double NO_DIVISION_BY_0 = 1e-8;

    /** Returns the mean score of the answers. */
    public double score() {
        return mean(RolloutTrace::score);
    }

    /** Returns the mean log-ratio of an answer, nats: an estimate of the divergence from the reference. */
    public double kl() {
        return mean(r -> DrawnAnswers.sum(r.logProbs()) - DrawnAnswers.sum(r.referenceLogProbs()));
    }

    /** Returns the mean of a number of each answer. */
    public double mean(ToDoubleFunction<RolloutTrace> number) {
        return rollouts.stream().mapToDouble(number).average().orElse(Double.NaN);
    }

    /** Returns what the critic says, on average, at the last token of the answers with a score. */
    public double lastValue(double score) {
        return rollouts.stream()
                .filter(rollout -> rollout.score() == score)
                .map(rollout -> credit(rollout).values())
                .mapToDouble(values -> values[values.length - 1])
                .average()
                .orElse(Double.NaN);
    }

    /** Returns what the critic made of each answer. */
    public Stream<CriticCredit> credits() {
        return rollouts.stream().map(PpoStep::credit);
    }

    private static CriticCredit credit(RolloutTrace rollout) {
        return Objects.requireNonNull(rollout.credit());
    }

    /** Brings some numbers of a step to the scale on which all of it have mean 0 and variance 1. */
    public static double[] whitened(double[] some, double[] all) {
        double mean = Arrays.stream(all).average().orElseThrow();
        double variance = Arrays.stream(all).map(x -> (x - mean) * (x - mean)).sum() / (all.length - 1);
        return Arrays.stream(some)
                .map(x -> (x - mean) / Math.sqrt(variance + NO_DIVISION_BY_0))
                .toArray();
    }

    /** Draws a number of each step as a curve. */
    public static double[][] curve(List<PpoStep> steps, ToDoubleFunction<PpoStep> number) {
        return steps.stream()
                .map(step -> new double[] {step.number, number.applyAsDouble(step)})
                .toArray(double[][]::new);
    }
}
