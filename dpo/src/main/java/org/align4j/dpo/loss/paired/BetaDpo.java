package org.align4j.dpo.loss.paired;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * β-DPO (Wu et al. 2024), as in the authors' code. The batch's log-ratio differences a − b first move a running mean and deviation;
 * pairs near the mean are drawn (without replacement, by a normal density); β then follows the mean difference of the drawn
 * ones, {@code max(0.001, β (1 + α (mean drawn difference - running mean)))}, and the loss is the drawn pairs' mean of {@code
 * -log σ(β (a - b))}. Other pairs have loss and gradient 0. Where nothing is trained, every pair counts.
 *
 * @param beta β before it moves
 * @param sensitivity α, how far β follows the difference; 0.6 in the authors' code
 * @param momentum the share of the running figures that a step keeps; 0.9 there
 * @param dropFraction the share of pairs that is left out; 0.2 there
 * @see <a href="https://arxiv.org/abs/2407.08639">Wu et al. 2024, β-DPO</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.NEEDS_WHOLE_BATCH,
    Trait.STATEFUL,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING
})
public record BetaDpo(double beta, double sensitivity, double momentum, double dropFraction) implements PairLoss {
    private static final double SMALLEST_BETA = 1e-3;

    public BetaDpo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("sensitivity", sensitivity, "0.6 is usual");
        Parameters.fraction("momentum", momentum, "0.9 is usual");
        Parameters.fraction("dropFraction", dropFraction, "0.2 is usual");
    }

    /** Creates the loss with a β and the constants of the authors' code. */
    public BetaDpo(double beta) {
        this(beta, 0.6, 0.9, 0.2);
    }

    /** Creates the loss with its default parameters. */
    public BetaDpo() {
        this(0.1);
    }

    @Override
    public LossState advance(PairTerms pairs, LossState before) {
        double[] differences = pairs.logRatioDifference().values();
        double mean = Arrays.stream(differences).average().orElseThrow();
        return before.withGaps(
                momentum * before.gapMean() + (1 - momentum) * mean,
                momentum * before.gapDeviation() + (1 - momentum) * deviation(differences, mean));
    }

    private static double deviation(double[] values, double mean) {
        double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
        return values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1));
    }

    @Override
    public Var losses(PairTerms pairs) {
        double[] differences = pairs.logRatioDifference().values();
        return losses(pairs, pairs.state().draw() == 0 ? all(differences.length) : draw(differences, pairs.state()));
    }

    /** The losses when just the pairs {@code drawn} count, scaled so that the batch mean is the mean over these. */
    public Var losses(PairTerms pairs, int[] drawn) {
        Var differences = pairs.logRatioDifference();
        double[] counts = new double[pairs.size()];
        for (int pair : drawn) {
            counts[pair] = (double) pairs.size() / drawn.length;
        }
        double used = betaUsed(differences.values(), drawn, pairs.state());
        return differences.times(used).logSigmoid().negate().times(counts);
    }

    /** Returns β for this batch, given the pairs drawn. */
    public double betaUsed(double[] differences, int[] drawn, LossState state) {
        double mean = Arrays.stream(drawn)
                .mapToDouble(pair -> differences[pair])
                .average()
                .orElseThrow();
        return Math.max(SMALLEST_BETA, beta * (1 + sensitivity * (mean - state.gapMean())));
    }

    private static int[] all(int size) {
        return IntStream.range(0, size).toArray();
    }

    /** Draws without replacement: the largest of log-weight plus Gumbel noise, which cannot underflow as weights do. */
    public int[] draw(double[] differences, LossState state) {
        int count = Math.max(1, (int) (differences.length * (1 - dropFraction)));
        SplittableRandom random = new SplittableRandom(state.seed() + state.draw() * 0x9E3779B97F4A7C15L);
        double[] keys = Arrays.stream(differences)
                .map(difference ->
                        logWeight(difference, state) - Math.log(-Math.log(random.nextDouble(Double.MIN_NORMAL, 1))))
                .toArray();
        return IntStream.range(0, keys.length)
                .boxed()
                .sorted(Comparator.comparingDouble(pair -> -keys[pair]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    /** Returns the log of the weight of a difference in the draw. */
    public static double logWeight(double difference, LossState state) {
        double distance = difference - state.gapMean();
        return state.gapDeviation() == 0 ? 0 : -0.5 * Math.pow(distance / state.gapDeviation(), 2);
    }
}
