package org.align4j.ppo;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.EnvironmentHost;
import org.align4j.ppo.rollout.RewardScorer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the environments and rewards that a policy's answers are sent to; all of them are closed together.
 *
 * @param rewards what training raises
 * @param environments of the episodes; null: a response is one turn
 * @param judge of held-out answers, which nothing is learnt from; null: there is none
 */
record Surroundings(
        RewardScorer rewards,
        @Nullable EnvironmentHost environments,
        @Nullable HeldOutJudge judge) implements AutoCloseable {
    /**
     * Refuses prompts whose answers can't be scored, or whose episodes can't begin.
     *
     * @param heldOut those that are not trained on
     */
    void requirePrompts(List<PromptTokens> trained, List<PromptTokens> heldOut) {
        for (List<PromptTokens> prompts : List.of(trained, heldOut)) {
            rewards.requirePrompts(prompts);
            if (environments != null) {
                environments.requirePrompts(prompts);
            }
        }
        if (judge != null) {
            judge.requirePrompts(heldOut);
        }
    }

    /** Keeps what is reported of answers in a run's directory from now on. */
    void keepIn(Path run) {
        rewards.keepIn(run);
        if (environments != null) {
            environments.keepIn(run);
        }
        if (judge != null) {
            judge.keepIn(run);
        }
    }

    @Override
    public void close() {
        rewards.close();
        if (environments != null) {
            environments.close();
        }
        if (judge != null) {
            judge.close();
        }
    }
}
