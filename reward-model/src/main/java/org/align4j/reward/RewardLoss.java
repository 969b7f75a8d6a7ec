package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.reward.Supervision.LossShare;

/**
 * Bradley-Terry loss of scores r⁺ and r⁻ with margin m (Stiennon et al. 2020; margins: Touvron et al. 2023; centering:
 * Eisenstein et al. 2023): {@code -log σ(r⁺ - r⁻ - m) + c (r⁺ + r⁻)²}, the logarithm smoothed where a share of the labels
 * may be wrong. A tie, where neither response is better, is as wrong as right:
 * {@code -(log σ(r⁺ - r⁻) + log σ(r⁻ - r⁺)) / 2}.
 *
 * @param centering c, which holds the scores around 0; 0 leaves it out, 0.01 is usual
 * @param labelSmoothing the share of labels taken to be wrong
 * @see <a href="https://doi.org/10.2307/2334029">Bradley and Terry 1952, Rank analysis of incomplete block designs</a>
 * @see <a href="https://arxiv.org/abs/2009.01325">Stiennon et al. 2020, Learning to summarize from human feedback</a>
 * @see <a href="https://arxiv.org/abs/2307.09288">Touvron et al. 2023, Llama 2</a>
 * @see <a href="https://arxiv.org/abs/2312.09244">Eisenstein et al. 2023, Helping or herding?</a>
 */
record RewardLoss(double centering, double labelSmoothing) {
    public RewardLoss {
        if (!(centering >= 0) || !Double.isFinite(centering)) {
            throw new InputException(format("centering is %s but must be 0 or more; 0.01 is usual.", centering));
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
            throw new InputException(
                    format("label-smoothing is %s but must be 0 or more and below 0.5; 0.1 is usual.", labelSmoothing));
        }
    }

    /**
     * Computes the share of {@code part} in the loss and the gradients of the batch that it belongs to.
     *
     * @param pairs how many pairs the whole batch has
     */
    public LossShare evaluate(ScoredPairs part, int pairs) {
        Tape tape = new Tape();
        Var chosen = tape.variable(part.chosen());
        Var rejected = tape.variable(part.rejected());
        Var margin = chosen.minus(rejected).minus(tape.constant(part.margin()));
        Var centre = chosen.plus(rejected).square().times(centering);
        Var perPair = Logistic.loss(margin, wrongShares(part.ties())).plus(centre);
        Var loss = perPair.sum().over(pairs);
        tape.backward(loss);
        return new LossShare(loss.value(), perPair.values(), byPair(chosen.gradient(), rejected.gradient()));
    }

    private static List<double[]> byPair(double[] chosen, double[] rejected) {
        return IntStream.range(0, chosen.length)
                .mapToObj(i -> new double[] {chosen[i], rejected[i]})
                .toList();
    }

    private double[] wrongShares(boolean[] ties) {
        double[] shares = new double[ties.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = ties[i] ? 0.5 : labelSmoothing;
        }
        return shares;
    }
}
