package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a checkpoint's directory, {@code step-000100}. Names in the decimal digits of any script are read: earlier
 * versions wrote those of the user's locale.
 */
final class CheckpointName {
    private static final Pattern NAME = Pattern.compile("step-(\\p{Nd}{6,9})");

    private CheckpointName() {}

    /** The directory name of the checkpoint after a step. */
    static String of(int step) {
        return format("step-%06d", step);
    }

    /** The step that a directory's name stands for, in whichever decimal digits; empty where it is no such name. */
    static OptionalInt step(Path directory) {
        Matcher name = NAME.matcher(String.valueOf(directory.getFileName()));
        return name.matches()
                ? OptionalInt.of(name.group(1)
                        .codePoints()
                        .map(Character::getNumericValue)
                        .reduce(0, (sum, digit) -> 10 * sum + digit))
                : OptionalInt.empty();
    }
}
