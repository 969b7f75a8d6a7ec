package org.align4j.core.reward;

import com.google.common.collect.Lists;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A kind of value that {@code --reward} takes; found by {@link java.util.ServiceLoader}. */
public interface RewardSource {
    /**
     * Shows how the reward is written on the command line: {@code length}, {@code lexicon:FILE}, {@code DIR}. The part
     * before a colon is its name.
     */
    String usage();

    /** Tells whether a value is of this kind. May look at files; must not load anything. */
    boolean takes(String given);

    /**
     * Refuses what a new run mustn't be begun with, such as a password in an address, which would be written into the run; runs that
     * were begun before go on.
     *
     * @param key names the key that a service is asked with; null for none
     * @throws org.align4j.core.error.InputException saying what to give instead
     */
    default void requireNew(String given, @Nullable String key) {}

    /** Tells whether a key is of use. */
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
        List<RewardFunction> opened = new ArrayList<>();
        try {
            given.forEach(each -> opened.add(open(each, context)));
            return List.copyOf(opened);
        } catch (RuntimeException | Error e) {
            Lists.reverse(opened).forEach(RewardFunction::close);
            throw e;
        }
    }

    /** Returns the files whose contents decide the scores, other than those of a model; a run is bound to them. */
    default List<Path> files(String given) {
        return List.of();
    }
}
