package org.align4j.core.train.options;

/**
 * How long a run is and what one optimizer step takes, every auto of {@link LengthOptions} settled.
 *
 * @param extent how long
 * @param batchSize pairs, or rows, in one optimizer step
 * @param microBatchTokens tokens in one forward
 * @param shuffle whether each epoch has a seeded order of its own; otherwise the file's
 */
public record LengthPlan(Extent extent, int batchSize, int microBatchTokens, boolean shuffle) {

    /** Returns this plan as options: what config.yaml holds. */
    public LengthOptions options() {
        return new LengthOptions(
                extent instanceof Extent.Epochs epochs ? epochs.count() : null,
                extent instanceof Extent.Steps steps ? steps.count() : null,
                batchSize,
                microBatchTokens,
                shuffle);
    }
}
