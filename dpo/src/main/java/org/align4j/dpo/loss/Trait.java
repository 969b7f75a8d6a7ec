package org.align4j.dpo.loss;

/** The traits of a loss: what it needs, which modifiers it takes, and what its figures mean. */
public enum Trait {
    /** Log-probabilities of the reference. */
    NEEDS_REFERENCE,
    /** The loss says nothing where the reference's log-probabilities count as 0. */
    MEANINGLESS_WITHOUT_REFERENCE,
    /** The whole batch at once: a row's loss depends on the other rows. */
    NEEDS_WHOLE_BATCH,
    /** Log-probabilities of the prompt's tokens under the policy. */
    NEEDS_PROMPT_TOKENS,
    /** The KL divergence of reference and policy over the vocabulary, summed over each response, with its gradient. */
    NEEDS_SEQUENCE_KL,
    /** Each token's {@code log Σ p²} over the vocabulary under the policy. */
    NEEDS_LOG_SUM_SQUARES,
    /** Log-probabilities of mismatched prompts and completions, for KTO's z. */
    NEEDS_MISMATCHED_ROWS,
    /** The batch loss is a mean over the batch's tokens, not over its pairs. */
    TOKEN_MEAN,
    /** Log-probabilities are divided by the number of tokens. */
    LENGTH_NORMALISED,
    /** The loss keeps a memory from step to step, a {@link LossState}, which sees the whole batch before the losses of its rows are computed. */
    STATEFUL,
    /** The loss scores log-ratios and so may be combined with an f-divergence. */
    TAKES_DIVERGENCE,
    /** Label smoothing acts on it. */
    TAKES_LABEL_SMOOTHING,
    /** LD-DPO's discount of the longer response's tail acts on it. */
    TAKES_LENGTH_DISCOUNT,
    /** WPO's weights act on it. */
    TAKES_WEIGHTING,
    /** The loss holds a penalty on chosen answers that fall below the reference, and so may rise while the pairs are learned. */
    PENALISES_FALL,
    /** The loss wants a margin of a certain size, so that a larger one has a loss, too, and nothing saturates. */
    WANTS_CERTAIN_MARGIN,
    /** The loss holds the chosen answers' own log-probability. */
    IMITATES_CHOSEN,
    /** The rejected answer isn't in the loss. */
    CHOSEN_ALONE
}
