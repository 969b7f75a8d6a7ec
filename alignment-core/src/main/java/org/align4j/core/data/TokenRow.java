package org.align4j.core.data;

/** A row as the model reads it: token ids, nothing left to decide. */
public sealed interface TokenRow permits PairTokens, CompletionTokens, StepTokens, TextTokens, PromptTokens {

    /** The row's number over the whole input, from 0. */
    int row();

    /** The tokens the model reads and does not learn from; for a text those before the first trained one. */
    int[] prompt();

    /** How many answers follow the prompt. */
    default int answers() {
        return 1;
    }

    /** The tokens of all its sequences, the prompt counted once. */
    int tokens();
}
