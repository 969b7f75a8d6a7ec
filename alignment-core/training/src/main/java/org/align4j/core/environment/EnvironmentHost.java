package org.align4j.core.environment;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.jspecify.annotations.Nullable;

/**
 * Holds the environments of many episodes and asks those of a wave at once. An environment that fails, or takes longer than its episode
 * may, ends its episode: that is an answer with an error, never an exception.
 */
public interface EnvironmentHost extends AutoCloseable {
    /** Refuses prompts whose episodes can't begin. */
    default void requirePrompts(List<PromptTokens> prompts) {}

    /** Keeps what programs write to their error output in the run's directory from now on; until then nothing of it is kept. */
    default void keepIn(Path run) {}

    /** Begins episodes; the answers come in their order. */
    List<Answer> reset(List<Opening> openings);

    /** Has episodes go on; the answers come in the order of the turns. */
    List<Answer> step(List<Turn> turns);

    /** Forgets episodes that have ended; unknown ones are passed over. */
    void end(List<String> episodes);

    @Override
    void close();

    /**
     * Begins an episode.
     *
     * @param episode its name, which no other living one has
     * @param row the prompt with the other fields of its row
     * @param seed all randomness of the episode
     */
    record Opening(String episode, PromptTokens row, long seed) {}

    /**
     * A turn of an episode.
     *
     * @param action what the policy wrote
     */
    record Turn(String episode, String action) {}

    /**
     * Holds an environment's answer to a reset or a turn.
     *
     * @param observation what the policy sees next; after a reset it is added to the prompt
     * @param role whose message the observation is
     * @param reward of the turn; 0 of a reset and of a failure
     * @param done whether the episode is over
     * @param error why it is over, where the environment failed; null elsewhere
     */
    record Answer(
            String observation,
            String role,
            double reward,
            boolean done,
            @Nullable String error) {
        /** Makes an answer that ends an episode because its environment failed. */
        public static Answer failed(String error) {
            return new Answer("", "tool", 0, true, error);
        }
    }
}
