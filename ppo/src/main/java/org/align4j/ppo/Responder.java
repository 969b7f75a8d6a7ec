package org.align4j.ppo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.ppo.PpoPlan.RolloutPlan;
import org.align4j.ppo.rollout.Episode;
import org.align4j.ppo.rollout.EpisodeLog;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Experience.Scores;
import org.align4j.ppo.rollout.RewardScorer;
import org.jspecify.annotations.Nullable;

/**
 * Draws responses and has them scored.
 *
 * @param forwards answer and score with the policy as it is
 * @param waves plays episodes with an environment; null: a response is one turn
 */
record Responder(
        PpoForwards forwards,
        RolloutPlan rollouts,
        RewardScorer judge,
        @Nullable Waves waves) {
    /**
     * Responses without scores yet.
     *
     * @param episodes the turns that they are made of; null where each is one turn
     */
    record Drawn(List<Completion> responses, @Nullable List<Episode> episodes) {
        static Drawn of(List<Episode> episodes) {
            return new Drawn(episodes.stream().map(Episode::response).toList(), episodes);
        }
    }

    /** One response to each prompt, which nothing is learnt from. */
    Drawn drawOne(List<PromptTokens> prompts, long seed, int steps) {
        return waves == null
                ? new Drawn(draw(prompts, 1, seed), null)
                : Drawn.of(waves.play(prompts, 1, seed, new EpisodeLog.Round(steps, true)));
    }

    private List<Completion> draw(List<PromptTokens> prompts, int samples, long seed) {
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
     * @param groups of {@code rollouts.samples()} responses each
     * @param step its number
     */
    Drawn drawGroups(List<PromptTokens> prompts, int groups, long seed, int step) {
        int samples = rollouts.samples();
        if (waves != null) {
            List<PromptTokens> asked = IntStream.range(0, groups)
                    .mapToObj(group -> prompts.get(group % prompts.size()))
                    .toList();
            return Drawn.of(waves.play(asked, samples, seed, new EpisodeLog.Round(step, false)));
        }
        List<Completion> responses = new ArrayList<>(draw(prompts, groups / prompts.size() * samples, seed));
        List<PromptTokens> oftener = prompts.subList(0, groups % prompts.size());
        responses.addAll(draw(oftener, samples, seed + 1)); // steps' seeds are mixed, so that none follows another
        return new Drawn(responses, null);
    }

    /** Scores the responses. */
    Experience scored(Drawn drawn, int samples) {
        Scores scores = judge.scores(drawn.responses, this::scoresOfModel);
        List<Episode> episodes = drawn.episodes;
        return new Experience(
                drawn.responses,
                episodes == null
                        ? scores
                        : scores.withEnvironment(
                                episodes.stream().mapToDouble(Episode::reward).toArray()),
                samples,
                episodes);
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
