package org.align4j.ppo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.generate.Completion;
import org.align4j.ppo.report.LearntRound;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Experience.Scores;
import org.jspecify.annotations.Nullable;

/** Takes the first answers of a step for the run's report. */
final class LearntAnswers {
    private LearntAnswers() {}

    /**
     * Returns the round, null where prompts or answers are no texts.
     *
     * @param recipe the step's
     * @param advantages {@code [B][T]}; null for a method without
     */
    static @Nullable LearntRound of(
            int step, Experience experience, PpoRecipe recipe, double @Nullable [][] advantages) {
        List<LearntRound.Learnt> answers = new ArrayList<>();
        for (int i = 0; i < Math.min(LearntRound.ANSWERS, experience.size()); i++) {
            Completion response = experience.responses().get(i);
            String answer = response.text();
            if (response.prompt().text() == null || answer == null) {
                return null;
            }
            answers.add(new LearntRound.Learnt(
                    response.prompt().row(),
                    recipe.shown(response.prompt()),
                    answer,
                    rewards(experience.rewards(), i),
                    experience.scores()[i],
                    advantages == null ? null : StepReport.mean(advantages[i])));
        }
        return new LearntRound(step, experience.size(), answers);
    }

    private static Map<String, Double> rewards(Scores scores, int response) {
        Map<String, Double> rewards = new LinkedHashMap<>();
        double[] own = scores.ofResponse(response);
        for (int r = 0; r < own.length; r++) {
            rewards.put(scores.names().get(r), own[r]);
        }
        return rewards;
    }
}
