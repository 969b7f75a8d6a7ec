package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;

/**
 * PPO's clipped value loss: half the mean over positions of {@code max((V - R)², (clip(V, V_old ± range) - R)²)}.
 *
 * @param range how far a value may move from the one the rollout was made with
 * @see <a href="https://arxiv.org/abs/1707.06347">Schulman et al. 2017, Proximal policy optimization algorithms</a>
 */
public record ValueLoss(double range) {
    public ValueLoss {
        if (!(range > 0)) {
            throw new InputException(format("value-clip-range is %s but must be positive; 0.2 is usual.", range));
        }
    }

    /**
     * Computes the share of these positions in the batch's loss.
     *
     * @param values {@code [B][P]} the critic's values now
     * @param old {@code [B][P]} its values when the rollouts were made
     * @param returns {@code [B][P]} what it should say
     * @param positions positions in the whole batch
     */
    public ValueResult evaluate(double[][] values, double[][] old, double[][] returns, long positions) {
        Tape tape = new Tape();
        Var value = tape.variable(Rows.flat(values));
        Var before = tape.constant(Rows.flat(old));
        Var target = tape.constant(Rows.flat(returns));
        Var plain = value.minus(target).square();
        Var near = value.max(before.minus(range)).min(before.plus(range));
        Var clipped = near.minus(target).square();
        Var loss = plain.max(clipped).sum().over(2.0 * positions);
        tape.backward(loss);
        long changed = IntStream.range(0, value.size())
                .filter(i -> clipped.values()[i] > plain.values()[i])
                .count();
        return new ValueResult(loss.value(), Rows.ragged(value.gradient(), Rows.lengths(values)), changed);
    }

    /**
     * A value loss and its derivatives; for a part of a batch, its share.
     *
     * @param loss the batch loss
     * @param gradients {@code [B][P]} with respect to the critic's values
     * @param clippedPositions positions whose loss the clip made larger; divided by the batch's positions, {@code
     *     value/clip_fraction}
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record ValueResult(double loss, double[][] gradients, long clippedPositions) implements Serializable {}
}
