package org.align4j.examples;

import java.nio.file.Path;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align example}.
 *
 * @param name the example to run; all are listed without it
 */
record ExampleOptions(
        @Positional(label = "NAME", help = "The example to run; without it they are listed.") @Nullable
        String name,

        @Option(help = "The folder it writes into.", defaultValue = "runs/example")
        Path out) {}
