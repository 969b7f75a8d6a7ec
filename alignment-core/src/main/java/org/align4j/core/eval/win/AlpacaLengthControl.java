package org.align4j.core.eval.win;

import java.util.List;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;

/**
 * AlpacaEval 2's length-controlled win rate (Dubois et al. 2024), by its own model and regularisation, so that a figure can
 * stand beside its leaderboard.
 *
 * @param rate length-controlled win rate in [0, 1]
 * @param standardError of the mean of the predictions, as AlpacaEval states it; it leaves out that the model is fitted
 * @param lengthCoefficient of {@code tanh} of the standardised difference, the baseline's length less the system's
 * @param difficultyCoefficient of the instruction's difficulty
 * @param modelCoefficient of the system itself
 * @param inverseRegularization C, as 5-fold cross-validation chose it
 */
public record AlpacaLengthControl(
        double rate,
        double standardError,
        double lengthCoefficient,
        double difficultyCoefficient,
        double modelCoefficient,
        double inverseRegularization) {}
