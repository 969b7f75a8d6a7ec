package org.align4j.core.reward;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A kind of value that {@code --reward} takes; found by {@link java.util.ServiceLoader}. */
public interface RewardSource {
    /**
     * Shows how the reward is written on the command line: {@code length}, {@code lexicon:FILE}, {@code DIR}. The part
     * before a colon is its name.
     */
    String usage();

    /** Returns whether a value is of this kind. May look at files; must not load anything. */
    boolean takes(String given);

    /**
     * Refuses what a new run mustn't be begun with, such as a password in an address, which would be written into the run; runs that
     * were begun before go on.
     *
     * @param key names the key that a service is asked with; null for none
     * @throws org.align4j.core.error.InputException saying what to give instead
     */
    default void requireNew(String given, @Nullable String key) {}

    /** Returns whether a key is of use. */
    default boolean takesKey() {
        return false;
    }

    /**
     * Opens the reward of that name.
     *
     * @throws org.align4j.core.error.InputException where the value is of this kind and wrong
     */
    RewardFunction open(String given, RewardContext context);

    /**
     * Opens several rewards of this kind, which may share memory; they are closed in the reverse order.
     *
     * @throws org.align4j.core.error.InputException where one is wrong; none stays open
     */
    default List<RewardFunction> openAll(List<String> given, RewardContext context) {
        return Rewards.opened(given, each -> open(each, context));
    }

    /** Returns the file whose contents decide the scores, other than those of a model; a run is bound to it. */
    default Optional<Path> file(String given) {
        return Optional.empty();
    }
}
