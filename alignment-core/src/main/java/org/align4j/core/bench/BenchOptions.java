package org.align4j.core.bench;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * What is measured: a group of options.
 *
 * @param steps timed
 * @param warmUpSteps before them, not timed
 * @param rows of the data that are used, from the first; null: as many as the steps take
 * @param answerTokens tokens of each answer that is generated after the steps; 0: none
 */
public record BenchOptions(
        @Option(help = "Optimizer steps that are timed; more make the figures steadier.", defaultValue = "8")
        int steps,

        @Option(help = "Steps before them that are not timed; more leave out more of the start.", defaultValue = "1")
        int warmUpSteps,

        @Option(
                help =
                        "Rows that are used, from the first; more make the plan truer; auto is as many as the steps take, or all with plan.",
                unset = "auto")
        @Nullable
        Integer rows,

        @Option(
                help =
                        "Tokens of the answers to one batch's prompts, generated after the steps; more measure generation longer; 0 for none.",
                defaultValue = "64")
        int answerTokens) {

    /** Checks ranges. */
    public BenchOptions {
        if (steps < 1) {
            throw new InputException("steps is " + steps + " but must be at least 1; 8 is usual.");
        }
        if (warmUpSteps < 0) {
            throw new InputException("warm-up-steps is " + warmUpSteps + " but must be at least 0; 1 is usual.");
        }
        if (rows != null && rows < 1) {
            throw new InputException("rows is " + rows + " but must be at least 1; leave it out for auto.");
        }
        if (answerTokens < 0) {
            throw new InputException("answer-tokens is " + answerTokens + " but must be at least 0; 64 is usual.");
        }
    }

    /** Counts the steps, those of the warm-up included. */
    public int allSteps() {
        return warmUpSteps + steps;
    }

    /** Rows that are read into the benchmark. */
    public int usedRows(int batchSize) {
        return rows == null ? Math.multiplyExact(allSteps(), batchSize) : rows;
    }
}
