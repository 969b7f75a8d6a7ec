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
 * @param starter the file that the exercise's empty method is written to, or null
 * @param check the file of a student that is checked, or null
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
        boolean open,

        @Option(help = "Writes the file that the lesson's exercise starts from; a file that is there stays.") @Nullable
        Path starter,

        @Option(
                help =
                        "Compiles and tries what you wrote for the lesson's exercise, and says what is off; exit code 0 right, 1 wrong, 2 doesn't compile.")
        @Nullable
        Path check) {}
