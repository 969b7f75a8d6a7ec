package org.align4j.ppo;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.GenerationBatch;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.ppo.PpoPlan.RolloutPlan;
import org.jspecify.annotations.Nullable;

/**
 * How responses are made: a group of options.
 *
 * @param drawing how each is drawn
 */
@Heading("Rollouts")
record RolloutOptions(
        @Option(
                help =
                        "Responses in one step: its prompts times samples-per-prompt; more make a step steadier and take longer.",
                defaultValue = "64")
        int rolloutsPerStep,

        @Option(
                help =
                        "Responses to each prompt; more compare a response with more others and leave fewer prompts in a step; auto is 1, rloo and grpo 8, online-dpo 2.",
                unset = "auto")
        @Nullable
        Integer samplesPerPrompt,

        @Option(help = GenerationBatch.HELP, unset = "auto") @Nullable
        Integer generationBatch,

        DrawingOptions drawing) {

    /** Checks ranges. */
    public RolloutOptions {
        InputException.requireAtLeast(1, "rollouts-per-step", rolloutsPerStep, "64 is usual");
        InputException.requireAtLeast(1, "samples-per-prompt", samplesPerPrompt, "");
    }

    /** Settles the responses to each prompt. */
    int samples(Algorithm algorithm) {
        return samplesPerPrompt == null ? algorithm.usualSamples() : samplesPerPrompt;
    }

    /** Settles what is still auto. */
    RolloutPlan plan(Algorithm algorithm, ExecutorOptions executors) {
        return new RolloutPlan(
                rolloutsPerStep,
                samples(algorithm),
                new GenerationBatch(generationBatch, executors).answers(),
                drawing);
    }
}
