package org.align4j.ppo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.ppo.PpoPlan.RolloutPlan;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.RewardScorer;

/**
 * Draws responses and has them scored.
 *
 * @param forwards answer and score with the policy as it is
 */
record Responder(PpoForwards forwards, RolloutPlan rollouts, RewardScorer judge) {
    /** Responses to prompts, without scores yet. */
    List<Completion> draw(List<PromptTokens> prompts, int samples, long seed) {
        GenerationSettings settings = rollouts.drawing().settings(samples, seed);
        forwards.generator().require(prompts, settings);
        List<PromptBatch> batches = PromptBatch.of(prompts, settings, rollouts.generationBatch());
        return forwards.policy().take(forwards.answers(), batches).stream()
                .flatMap(answers -> answers.completions().stream())
                .toList();
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

    /** Scores the responses. */
    Experience scored(List<Completion> responses, int samples) {
        return new Experience(responses, judge.scores(responses, this::scoresOfModel), samples);
    }

    private double[] scoresOfModel(int reward, List<Completion> responses) {
        int together = rollouts.generationBatch() == 0 ? responses.size() : rollouts.generationBatch();
        List<PpoForwards.RewardRequest> parts = new ArrayList<>();
        for (int from = 0; from < responses.size(); from += together) {
            List<Completion> part = responses.subList(from, Math.min(responses.size(), from + together));
            parts.add(new PpoForwards.RewardRequest(
                    reward, List.copyOf(part), forwards.budget().tokens()));
        }
        return forwards.policy().take(forwards.rewarded(), parts).stream()
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }
}
