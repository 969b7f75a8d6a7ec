package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.train.options.TrainingPlan.LengthPlan;
import org.jspecify.annotations.Nullable;

/** How long a run is and what one optimizer step takes. */
@Heading("Length of the run")
public record LengthOptions(
        @Option(
                help =
                        "Passes over the rows; more fit them closer and may overfit; auto is 1, or what max-steps takes.",
                unset = "auto")
        @Nullable
        Double epochs,

        @Option(help = "Optimizer steps, instead of epochs; more train longer.", unset = "none") @Nullable
        Integer maxSteps,

        @Option(
                help =
                        "Pairs, or rows, in one optimizer step; more make a gradient steadier and steps fewer; auto is 16, for ppo what its rollouts take.",
                unset = "auto")
        @Nullable
        Integer batchSize,

        @Option(
                help =
                        "Tokens in one forward; more take more memory and save some time; never changes the result beyond rounding.",
                unset = "auto")
        @Nullable
        Integer microBatchTokens,

        @Option(help = "Give each epoch a seeded order of its own; false keeps the file's.", defaultValue = "true")
        boolean shuffle) {

    private static final int USUAL_BATCH = 16;

    /** Checks ranges, and that only one option says how long. */
    public LengthOptions {
        if (epochs != null && !(epochs > 0 && epochs <= 100_000)) {
            throw new InputException(format("epochs is %s but must be above 0; 1 to 3 is usual.", epochs));
        }
        InputException.requireAtLeast(1, "max-steps", maxSteps, "");
        if (epochs != null && maxSteps != null) {
            throw new InputException(
                    format("epochs (%s) and max-steps (%d) both say how long the run is; drop one.", epochs, maxSteps));
        }
        InputException.requireAtLeast(1, "batch-size", batchSize, "16 is usual");
        InputException.requireAtLeast(1, "micro-batch-tokens", microBatchTokens, "leave it out for auto");
    }

    /** Pairs, or rows, in one optimizer step. */
    public int rowsInStep() {
        return batchSize == null ? USUAL_BATCH : batchSize;
    }

    /** Returns how the length of the run is given: in epochs or steps. */
    private Extent extent() {
        return maxSteps == null ? new Extent.Epochs(epochs == null ? 1 : epochs) : new Extent.Steps(maxSteps);
    }

    /** Returns these options with other rows in a step. */
    public LengthOptions withBatchSize(int rows) {
        return new LengthOptions(epochs, maxSteps, rows, microBatchTokens, shuffle);
    }

    /**
     * Settles what is still auto.
     *
     * @param tokensThatFit tokens in one forward where the options don't say
     */
    public LengthPlan plan(int tokensThatFit) {
        return new LengthPlan(
                extent(), rowsInStep(), microBatchTokens == null ? tokensThatFit : microBatchTokens, shuffle);
    }
}
