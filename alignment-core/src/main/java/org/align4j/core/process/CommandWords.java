package org.align4j.core.process;

import static org.align4j.core.error.RootFormat.format;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;

/**
 * A command as words: no shell reads it, so that {@code $}, {@code *}, {@code |} and {@code ;} mean themselves. White space separates
 * words. What stands between two {@code '} is taken as it is; between two {@code "} too, but for {@code \"} and {@code \\}. Outside
 * of quotes a backslash makes a white space, a quote or a backslash part of the word; before anything else it is itself.
 *
 * @param words at least one; the first is the program
 */
public record CommandWords(List<String> words) {
    /** Takes a copy. */
    public CommandWords {
        words = List.copyOf(words);
    }

    /**
     * Splits a command.
     *
     * @param what names the option that holds it, as in {@code reward}
     * @throws InputException where it has no word, or a quote that nothing closes
     */
    public static CommandWords of(String what, String command) {
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = 0;
        for (int at = 0; at < command.length(); at++) {
            char c = command.charAt(at);
            boolean escapes =
                    c == '\\' && quote != '\'' && at + 1 < command.length() && isEscaped(command.charAt(at + 1), quote);
            if (quote == 0 && !escapes && Character.isWhitespace(c)) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            if (escapes) {
                word.append(command.charAt(++at));
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                word.append(c);
            }
        }
        require(what, command, quote);
        if (word != null) {
            words.add(word.toString());
        }
        if (words.isEmpty() || words.get(0).isEmpty()) {
            throw new InputException(what + " names no command; write exec: and the program with its arguments, such as"
                    + " exec:python3 score.py.");
        }
        return new CommandWords(words);
    }

    private static boolean isEscaped(char next, char quote) {
        return next == '\\' || next == '"' || (quote == 0 && (next == '\'' || Character.isWhitespace(next)));
    }

    private static void require(String what, String command, char quote) {
        if (quote != 0) {
            throw new InputException(format(
                    "%s is exec:%s, in which a %s is opened and not closed; close it, or write \\%s for the sign itself.",
                    what, Shortened.of(command), quote, quote));
        }
        if (command.indexOf('\0') >= 0) {
            throw new InputException(what + " holds a character of number 0, which no command may have; leave it out.");
        }
    }

    /**
     * Refuses a program that isn't there. A name without a slash is looked for in the folders of PATH, any other is a path from the folder
     * in which the process was started.
     *
     * @param what names the option that holds the command
     * @throws InputException where no such file may be executed
     */
    public void requireProgram(String what) {
        String program = words.get(0);
        boolean windows = File.separatorChar == '\\';
        boolean isPath = program.indexOf('/') >= 0 || (windows && program.indexOf('\\') >= 0);
        List<String> endings = windows ? List.of("", ".exe", ".com") : List.of("");
        List<String> folders = isPath
                ? List.of("")
                : Arrays.asList(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator));
        for (String folder : folders) {
            if (endings.stream().anyMatch(ending -> isProgram(folder, program + ending))) {
                return;
            }
        }
        throw new InputException(format(
                "%s starts %s, which is no program %s; give the path of a file that may be executed, or a program such as python3 with"
                        + " the file behind it.",
                what,
                Shortened.path(program),
                isPath ? "here (" + Shortened.path(Path.of("").toAbsolutePath()) + ")" : "in the folders of PATH"));
    }

    private static boolean isProgram(String folder, String name) {
        try {
            Path file = Path.of(folder, name);
            return Files.isRegularFile(file) && Files.isExecutable(file);
        } catch (InvalidPathException none) {
            return false;
        }
    }

    /** Returns the command as messages show it. */
    @Override
    public String toString() {
        return Shortened.of(String.join(" ", words));
    }
}
