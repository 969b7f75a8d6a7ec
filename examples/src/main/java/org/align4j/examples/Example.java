package org.align4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.terminal.Terminal;

/** A small program that {@code align example NAME} runs; found by {@link java.util.ServiceLoader}. */
public interface Example {
    /** Returns the example's name as it is typed after {@code align example}, in kebab-case. */
    String name();

    /** Says in one sentence what the example does, with the files it writes. */
    String summary();

    /** Runs the example, writing only under {@code out}. */
    void run(Path out, Terminal terminal) throws IOException;
}
