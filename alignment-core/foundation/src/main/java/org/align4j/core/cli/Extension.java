package org.align4j.core.cli;

import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.align4j.core.options.OptionsSpec;

/** What a library adds to the command line beside the commands that it names as services; found by {@link ServiceLoader}. */
public interface Extension {
    /** Returns commands that are made of something else, such as of methods of training. */
    List<Command<?>> commands();

    /**
     * Prepares the process for a command, once its options are known.
     *
     * @throws org.align4j.core.error.InputException where the machine can't run it
     */
    <O extends Record> void prepare(OptionsSpec<O> spec, O options);

    /** Begins to tell a person about the machine while a command runs, a sentence each. */
    void follow(Consumer<String> sentences);

    /** Stops what {@link #follow} began. */
    void leave();

    /** Finds all that there are. */
    static List<Extension> all() {
        return ServiceLoader.load(Extension.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
