package org.align4j.core.cli;

import java.io.IOException;
import org.align4j.core.terminal.Terminal;

/**
 * A command of {@code align}, found by {@link java.util.ServiceLoader}; the package's documentation shows one.
 *
 * @param <O> the record whose components are the options
 */
public interface Command<O extends Record> {
    /** Returns the command's name as it is typed after {@code align}, in kebab-case. */
    String name();

    /** Says in a few words what the command does, for {@code align --help}. */
    String summary();

    /** Whether the command mostly waits for a person, so that no progress is shown. */
    default boolean waitsForPeople() {
        return false;
    }

    /** The options record; see {@link org.align4j.core.options.Option}. */
    Class<O> options();

    /**
     * Runs the command. Results go to the terminal's output, everything else to its log.
     *
     * @return the exit code: 0 done, 130 or 143 stopped by a signal after saving
     * @throws org.align4j.core.error.InputException if what was given is wrong; nothing was changed
     * @throws org.align4j.core.error.RunException if the run failed
     * @throws IOException if a file could not be read or written; counts as a failed run
     */
    int run(O options, Terminal terminal) throws IOException;
}
