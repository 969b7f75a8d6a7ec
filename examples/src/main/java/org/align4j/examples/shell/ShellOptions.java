package org.align4j.examples.shell;

import java.nio.file.Path;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align jshell}.
 *
 * @param script a file of snippets to run, or null for a person at the terminal, or what is piped in
 */
record ShellOptions(
        @Positional(
                label = "FILE",
                help = "A script of Java snippets to run to its end; - is standard input. Without it a person types.")
        @Nullable
        Path script,

        @Option(
                help =
                        "A Java source or a script that is read before the first line is typed or run; its package line is left out.")
        @Nullable
        Path load,

        @Option(
                help =
                        "The number of a lesson that is opened in parts: its constants, methods and sheet, to run, change and run again.")
        @Nullable
        Integer lesson) {}
