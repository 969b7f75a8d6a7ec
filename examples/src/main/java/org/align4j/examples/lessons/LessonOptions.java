package org.align4j.examples.lessons;

import java.nio.file.Path;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align lesson}.
 *
 * @param number the lesson to run; all are listed without it
 * @param out where lessons leave their folders
 * @param open whether a browser shows the page
 */
record LessonOptions(
        @Positional(label = "N", help = "The lesson to run; without it they are listed.") @Nullable
        Integer number,

        @Option(help = "The folder that a lesson's own folder is made in.", defaultValue = "runs/lessons")
        Path out,

        @Option(
                help =
                        "Opens the lesson's page in a browser: the program that BROWSER names, or the one of the desktop.",
                defaultValue = "false")
        boolean open) {}
