package org.align4j.core.error;

/** Writes words of a command so that a shell takes each as one, for commands that a person copies. */
public final class ShellWord {
    private ShellWord() {}

    /** Returns a word in quotes where a shell would take it apart. */
    public static String of(String word) {
        return word.matches("[\\w./+:@%,=-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
