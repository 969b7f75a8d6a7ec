package org.align4j.ppo;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.RolloutListener.RolloutTrace;
import org.jspecify.annotations.Nullable;

/** Takes the answers of a step apart for a program that wants to see them. */
final class Traces {
    private Traces() {}

    /** Returns what is known of each answer's tokens, in copies that the listener may keep or change. */
    static List<RolloutTrace> of(Experience experience, Compared compared, Credit credit) {
        return IntStream.range(0, experience.size())
                .mapToObj(i -> new RolloutTrace(
                        experience.responses().get(i),
                        experience.scores()[i],
                        compared.policy()[i].clone(),
                        compared.reference()[i].clone(),
                        credit.advantages()[i].clone(),
                        ofCritic(i, compared, credit)))
                .toList();
    }

    private static RolloutTrace.@Nullable CriticCredit ofCritic(int i, Compared compared, Credit credit) {
        double[][] values = compared.values();
        Credit.OfCritic critic = credit.critic();
        return values == null || critic == null
                ? null
                : new RolloutTrace.CriticCredit(
                        critic.rewards()[i].clone(), values[i].clone(), critic.returns()[i].clone());
    }
}
