package org.align4j.ppo.train;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Generator;
import org.align4j.ppo.options.DrawingOptions;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Judge;

/**
 * Draws responses and has them scored.
 *
 * @param generator answers with the policy as it is
 */
record Responder(Generator generator, DrawingOptions drawing, Judge judge) {
    /** Responses to prompts, without scores yet. */
    List<Completion> draw(List<PromptTokens> prompts, int samples, long seed) {
        return generator.generate(prompts, drawing.settings(samples, seed));
    }

    /**
     * Groups of responses to one prompt each, without scores yet. Where there are more groups than prompts, these are answered again.
     *
     * @param samples in each group
     */
    List<Completion> drawGroups(List<PromptTokens> prompts, int groups, int samples, long seed) {
        List<Completion> responses = new ArrayList<>(draw(prompts, groups / prompts.size() * samples, seed));
        List<PromptTokens> oftener = prompts.subList(0, groups % prompts.size());
        responses.addAll(draw(oftener, samples, seed + 1)); // steps' seeds are mixed, so that none follows another
        return responses;
    }

    /** Responses with their scores. */
    Experience judged(List<Completion> responses, int samples) {
        return new Experience(responses, judge.scores(responses), samples);
    }
}
