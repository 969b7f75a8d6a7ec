package org.align4j.core.environment;

import java.util.List;
import org.align4j.core.data.PromptTokens;

/**
 * Answers a policy in one episode: it is reset once with a row, then given each turn that the policy writes, until it says that the
 * episode is done. A class with a public constructor without parameters is an environment by its name, {@code --environment
 * com.example.Maze}; it is found by {@link java.util.ServiceLoader}, or on the class path (ALIGN4J_CLASSPATH adds to it). Each episode has
 * an object of its own, whose methods are called one after the other, on any thread. What an environment answers should depend on row,
 * seed and actions alone, so that a step that is taken again comes out the same. What a method throws ends its episode; a {@link
 * org.align4j.core.error.RunException} ends the run.
 */
public interface Environment extends AutoCloseable {
    /**
     * Begins an episode.
     *
     * @param row the prompt, with the other fields of its row ({@code row.fields()}), such as a right answer
     * @param seed all randomness of the episode; episodes to one prompt in a step have the same
     * @return what is added to the prompt's last message; empty for nothing
     * @throws Exception where it can't; the episode then ends after one turn, without a reward
     */
    String reset(PromptTokens row, long seed) throws Exception;

    /**
     * Answers a turn.
     *
     * @param action what the policy wrote, without special tokens
     * @throws Exception where it can't; the episode then ends with the rewards that it had
     */
    Step step(String action) throws Exception;

    /** Says whose messages its observations are, by the name that chat templates have: {@code tool}, or {@code user}. */
    default String role() {
        return "tool";
    }

    /**
     * Refuses prompts whose episodes it can't begin, before any is answered. Asked once, of an object that plays no episode.
     *
     * @throws org.align4j.core.error.InputException saying what is missing
     */
    default void requirePrompts(List<PromptTokens> prompts) {}

    /** Frees what the episode holds. */
    @Override
    default void close() {}

    /**
     * An answer to a turn.
     *
     * @param observation what the policy sees before its next turn
     * @param reward for this turn, finite; more is better
     * @param done whether the episode is over
     */
    record Step(String observation, double reward, boolean done) {
        /** Checks that the reward is a number. */
        public Step {
            if (!Double.isFinite(reward)) {
                throw new IllegalArgumentException("its reward is " + reward + " but must be finite");
            }
        }
    }
}
