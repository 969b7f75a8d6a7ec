package org.align4j.ppo.train;

import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Generator;
import org.align4j.ppo.options.RolloutOptions;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Judge;

/**
 * Draws responses and has them scored.
 *
 * @param generator answers with the policy as it is
 */
record Responder(Generator generator, RolloutOptions options, Judge judge) {
    /** Responses to prompts, without scores yet. */
    List<Completion> draw(List<PromptTokens> prompts, int samples, long seed) {
        return generator.generate(prompts, options.settings(samples, seed));
    }

    /** Responses with their scores. */
    Experience judged(List<Completion> responses, int samples) {
        return new Experience(responses, judge.scores(responses), samples);
    }
}
