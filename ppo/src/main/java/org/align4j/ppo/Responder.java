package org.align4j.ppo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.PpoPlan.RolloutPlan;
import org.align4j.ppo.report.PpoFigures;
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
 * @param selection which responses are drawn again, and what their length costs
 * @param waves plays episodes with an environment; null: a response is one turn
 */
record Responder(
        PpoForwards forwards,
        RolloutPlan rollouts,
        SelectionOptions selection,
        RewardScorer judge,
        @Nullable Waves waves) {
    /** More groups than a step has: seeds of one time's groups are apart from those of the next. */
    private static final int GROUPS = 1 << 24;

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
        Scores own = selection.overlongPenalty() == null ? scores : scores.less(penalties(drawn.responses));
        return new Experience(
                drawn.responses,
                episodes == null
                        ? own
                        : own.withEnvironment(
                                episodes.stream().mapToDouble(Episode::reward).toArray()),
                samples,
                episodes);
    }

    private double[] penalties(List<Completion> responses) {
        return responses.stream()
                .mapToDouble(response -> selection.penalty(
                        response.ids().length, rollouts.drawing().maxNewTokens()))
                .toArray();
    }

    /**
     * Scored responses, of which some groups were drawn again because all of theirs scored alike.
     *
     * @param redrawn draws of groups beyond the first; null where none is drawn again
     */
    record Spread(Experience experience, @Nullable Integer redrawn) {
        /** Returns how many groups were drawn again, where that may be. */
        StepMetrics metrics() {
            return redrawn == null ? StepMetrics.EMPTY : StepMetrics.EMPTY.with(PpoFigures.REDRAWN, redrawn);
        }
    }

    /**
     * Draws the groups that score alike again, as often as the options allow, and scores them. What is drawn follows from the step's seed.
     *
     * @param seed of the step
     */
    Spread redrawn(Experience scored, long seed) {
        if (selection.redrawGroups() == 0) {
            return new Spread(scored, null);
        }
        Experience experience = scored;
        int drawn = 0;
        for (int time = 1; time <= selection.redrawGroups(); time++) {
            int[] alike = experience.spreadlessGroups();
            if (alike.length == 0) {
                break;
            }
            List<Completion> again = new ArrayList<>();
            for (int group : alike) {
                PromptTokens prompt =
                        experience.responses().get(group * experience.samples()).prompt();
                long own = new SplittableRandom(seed + (long) time * GROUPS + group).nextLong();
                again.addAll(draw(List.of(prompt), experience.samples(), own));
            }
            experience = experience.with(alike, scored(new Drawn(again, null), experience.samples()));
            drawn += alike.length;
        }
        return new Spread(experience, drawn);
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
