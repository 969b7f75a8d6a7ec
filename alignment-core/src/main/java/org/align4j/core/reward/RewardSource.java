package org.align4j.core.reward;

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
     * Opens it.
     *
     * @throws org.align4j.core.error.InputException where the value is of this kind and wrong
     */
    RewardFunction open(String given, RewardContext context);
}
