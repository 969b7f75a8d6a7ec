package org.align4j.examples.demo;

import java.nio.file.Path;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** The options of {@code align demo}. */
record DemoOptions(
        @Option(
                help = "The run's directory, new or empty; auto is runs/demo, or runs/demo-2 and so on.",
                unset = "auto")
        @Nullable
        Path out) {}
