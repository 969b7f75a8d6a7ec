package org.align4j.core.environment;

/** A kind of value that {@code --environment} takes; found by {@link java.util.ServiceLoader}. */
public interface EnvironmentSource {
    /** Shows how the environment is written on the command line: {@code sqlite:FILE}. The part before a colon is its name. */
    String usage();

    /** Returns whether a value is of this kind. May look at files; must not start anything. */
    boolean takes(String given);

    /**
     * Refuses what a new run mustn't be begun with, such as a password in an address, which would be written into the run.
     *
     * @throws org.align4j.core.error.InputException saying what to give instead
     */
    default void requireNew(String given) {}

    /**
     * Opens the environments of that name.
     *
     * @throws org.align4j.core.error.InputException where the value is of this kind and wrong
     */
    EnvironmentHost open(String given, EnvironmentContext context);
}
