package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.reward.report.RewardFigures;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align reward}.
 *
 * @param recipe what every training command has
 */
@Heading("Reward model")
record RewardOptions(
        RecipeOptions recipe,

        @Option(
                help =
                        "Weight of the squared sum of a pair's scores; a larger one holds them closer to 0; 0.01 is usual.",
                defaultValue = "0")
        double centering,

        @Option(help = "Share of the labels taken to be wrong; a larger one holds margins smaller.", defaultValue = "0")
        double labelSmoothing,

        @Option(
                help =
                        "Column that says by how much chosen is better: a number, taken off the difference of the scores.",
                defaultValue = "margin")
        String marginField,

        @Option(
                help = "With rows of steps: what ends each step (\\n: a line break, the default; \\t a tab, \\\\ a"
                        + " backslash).",
                unset = "auto",
                escapes = true)
        @Nullable
        String stepSeparator,

        @Option(help = "With rows of steps: train on each answer's last step alone.")
        boolean lastStepOnly,

        @Option(
                help = "With rows of steps: how their scores become an answer's: min (the default), product or last.",
                unset = "auto")
        @Nullable
        Aggregate stepAggregate) {
    static final String MARGIN = "margin";

    /** Checks ranges and what doesn't go together. */
    public RewardOptions {
        new RewardLoss(centering, labelSmoothing);
        if (marginField.isBlank()) {
            throw new InputException("margin-field is empty but must name a column; leave it out for margin.");
        }
        StepForm.USUAL.with(stepSeparator, stepAggregate);
        if (lastStepOnly && recipe.inputs().rows().tooLong() == TooLong.KEEP_START) {
            throw new InputException(
                    "too-long is keep-start, which cuts last steps off, but last-step-only trains on them;"
                            + " choose too-long drop or keep-end.");
        }
        recipe.requireEvaluation(MethodFigures.ofRows(RewardFigures.ALL));
        recipe = recipe.withData(recipe.inputs().data().withColumn("margin-field", MARGIN, marginField));
        if (!recipe.inputs().data().guard().guardData().isEmpty()) {
            throw new InputException("guard-data is "
                    + recipe.inputs().data().guard().guardData().get(0)
                    + " but a reward model has no perplexity; leave it out.");
        }
        if (!recipe.inputs().data().guard().guardTasks().isEmpty()) {
            throw new InputException("guard-tasks is "
                    + recipe.inputs().data().guard().guardTasks().get(0)
                    + " but a reward model answers no task; leave it out.");
        }
        if (recipe.policy().logProbChunk() != null) {
            throw new InputException("log-prob-chunk is " + recipe.policy().logProbChunk()
                    + " but a reward model computes no log-probabilities; leave it out.");
        }
    }

    /** Returns how a process reward model reads answers. */
    StepForm stepForm() {
        return StepForm.USUAL.with(stepSeparator, stepAggregate);
    }

    /**
     * Refuses options that say nothing of such rows.
     *
     * @param steps whether rows are answers in steps, else pairs
     */
    void requireFor(boolean steps) {
        recipe.requireEvaluation(MethodFigures.ofRows(steps ? RewardFigures.OF_STEPS : RewardFigures.OF_PAIRS));
        if (steps) {
            refuse("centering", centering, centering != 0, "pairs");
            refuse("label-smoothing", labelSmoothing, labelSmoothing != 0, "pairs");
            refuse("margin-field", marginField, !marginField.equals(MARGIN), "pairs");
        } else {
            refuse("step-separator", stepSeparator, stepSeparator != null, "steps");
            refuse("last-step-only", lastStepOnly, lastStepOnly, "steps");
            refuse("step-aggregate", stepAggregate, stepAggregate != null, "steps");
        }
    }

    private static void refuse(String name, @Nullable Object value, boolean given, String rows) {
        if (given) {
            throw new InputException(format(
                    "%s is %s but that is for rows of %s, and these are rows of %s; leave it out.",
                    name,
                    String.valueOf(value).toLowerCase(Locale.ROOT).replace("\n", "\\n"),
                    rows,
                    rows.equals("pairs") ? "steps" : "pairs"));
        }
    }

    /**
     * Settles what is still auto.
     *
     * @param settled what every training command has
     * @param steps whether rows are answers in steps, else pairs
     */
    RewardPlan plan(RecipePlan settled, boolean steps) {
        return new RewardPlan(
                settled,
                new RewardLoss(centering, labelSmoothing),
                marginField,
                steps ? stepForm() : null,
                lastStepOnly);
    }
}
