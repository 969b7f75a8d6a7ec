package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.error.RunException;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.NotFiniteStep;
import org.align4j.core.train.StepOutcome;
import org.align4j.ppo.loss.PolicyResult;

/**
 * Checks a step's first mini-batch: the policy is compared with itself there, so that every probability ratio is 1.
 *
 * @param step its number
 * @param exact whether all passes round alike, in fp32
 */
record UnmovedPolicy(int step, boolean exact) {
    private static final double EXACT = 1e-6;
    private static final double ROUNDED = 1e-2;

    /**
     * @throws RunException where a ratio is another
     * @throws NotFiniteStep where one is no number
     */
    void require(List<PolicyResult> results) {
        results.forEach(result -> {
            for (double[] row : result.ratios()) {
                for (double ratio : row) {
                    require(ratio);
                }
            }
        });
    }

    private void require(double ratio) {
        if (!Double.isFinite(ratio)) {
            String sentence = format(
                    "A probability ratio became %s at step %d though the policy has not moved yet. The step was not applied.",
                    ratio, step);
            StepOutcome nothing = new StepOutcome(ratio, new double[0], StepMetrics.EMPTY, 0, 0);
            throw NotFiniteStep.ofRows(sentence, nothing, Double.NaN, new int[0]);
        }
        double tolerance = exact ? EXACT : ROUNDED;
        if (!(Math.abs(ratio - 1) <= tolerance)) {
            throw new RunException(format(
                    "Before the first update of step %d a probability ratio is %s but the policy has not moved yet, so it"
                            + " must be 1 ± %s. Nothing of the step was applied; this is a defect of the program or of the"
                            + " machine.",
                    step, ratio, tolerance));
        }
    }
}
