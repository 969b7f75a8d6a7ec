package org.align4j.reward;

import org.align4j.core.session.options.RecipePlan;
import org.jspecify.annotations.Nullable;

/**
 * What the training of a reward model does, every auto of {@link RewardOptions} settled.
 *
 * @param recipe what every training command has
 * @param loss of pairs
 * @param marginField the column that says by how much the chosen response is better
 * @param steps how a process reward model reads answers; null where rows are pairs
 * @param lastStepOnly whether only an answer's last step is trained on
 */
record RewardPlan(
        RecipePlan recipe,
        RewardLoss loss,
        String marginField,
        @Nullable StepForm steps,
        boolean lastStepOnly) {

    /** Returns this plan as options: what config.yaml holds. */
    RewardOptions options() {
        return new RewardOptions(
                recipe.options(),
                loss.centering(),
                loss.labelSmoothing(),
                marginField,
                steps == null ? null : steps.separator(),
                lastStepOnly,
                steps == null ? null : steps.aggregate());
    }
}
