package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.Objects;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/**
 * DPO's loss on the policy's own responses (Guo et al. 2024): {@code -log σ(β ((log π - log π_ref)(best) - (log π - log
 * π_ref)(worst)))}, the mean over pairs.
 *
 * @param beta β, how strongly the policy is held to the reference
 * @see <a href="https://arxiv.org/abs/2402.04792">Guo et al. 2024, Direct language model alignment from online AI feedback</a>
 */
public record OnlineDpo(double beta) implements RolloutLoss {
    public OnlineDpo {
        if (!(beta > 0)) {
            throw new InputException(format("beta is %s but must be positive; 0.1 is usual.", beta));
        }
    }

    /**
     * The share of some pairs in the batch's loss.
     *
     * @param part {@code [2 n][T]} the best and the worst response of each prompt in turn
     */
    @Override
    public PolicyResult evaluate(Rollouts part, Averaging.Totals totals) {
        double[][] policy = part.policy();
        double[][] reference = Objects.requireNonNull(part.reference(), "online DPO compares with a reference");
        Tape tape = new Tape();
        int[] lengths = Rows.lengths(policy);
        Var tokens = tape.variable(Rows.flat(policy));
        Var ratios = tokens.minus(tape.constant(Rows.flat(reference))).sums(lengths);
        int[] even = new int[lengths.length / 2];
        Arrays.setAll(even, i -> 2 * i);
        int[] odd = Arrays.stream(even).map(i -> i + 1).toArray();
        Var margin = ratios.gather(even).minus(ratios.gather(odd)).times(beta);
        int pairs = totals.responses() / 2;
        Var loss = Logistic.loss(margin, 0).sum().over(pairs);
        tape.backward(loss);
        double[] logRatios = Rows.flat(policy);
        double[] before = Rows.flat(part.old());
        for (int i = 0; i < logRatios.length; i++) {
            logRatios[i] -= before[i];
        }
        return new PolicyResult(
                loss.value(),
                Rows.ragged(tokens.gradient(), lengths),
                Rows.ragged(Arrays.stream(logRatios).map(Math::exp).toArray(), lengths),
                Rows.ragged(logRatios, lengths));
    }
}
