package org.align4j.reward;

import org.align4j.core.cli.options.Option;
import org.align4j.core.error.InputException;
import org.align4j.core.session.RecipeOptions;
import org.align4j.reward.loss.RewardLoss;

/**
 * The options of {@code align reward}.
 *
 * @param recipe what every training command has
 * @param centering how strongly scores are held around 0
 * @param labelSmoothing the share of labels taken to be wrong
 * @param marginField the column that says by how much the chosen response is better
 */
public record RewardOptions(
        RecipeOptions recipe,

        @Option(
                help = "Weight of the squared sum of a pair's scores, which holds them around 0; 0.01 is usual.",
                defaultValue = "0")
        double centering,

        @Option(help = "Share of the labels taken to be wrong.", defaultValue = "0")
        double labelSmoothing,

        @Option(
                help =
                        "Column that says by how much chosen is better: a number, taken off the difference of the scores.",
                defaultValue = "margin")
        String marginField) {
    static final String MARGIN = "margin";

    /** Checks ranges and what doesn't go together. */
    public RewardOptions {
        new RewardLoss(centering, labelSmoothing);
        if (marginField.isBlank()) {
            throw new InputException("margin-field is empty but must name a column; leave it out for margin.");
        }
        recipe = recipe.withData(recipe.data().withColumn("margin-field", MARGIN, marginField));
        if (!recipe.data().guardData().isEmpty()) {
            throw new InputException("guard-data is "
                    + recipe.data().guardData().get(0) + " but a reward model has no perplexity; leave it out.");
        }
        if (recipe.policy().logProbChunk() != null) {
            throw new InputException("log-prob-chunk is " + recipe.policy().logProbChunk()
                    + " but a reward model computes no log-probabilities; leave it out.");
        }
    }

    RewardLoss loss() {
        return new RewardLoss(centering, labelSmoothing);
    }

    /** The same with every auto settled. */
    RewardOptions resolved(RecipeOptions settled) {
        return new RewardOptions(settled, centering, labelSmoothing, marginField);
    }
}
