package org.align4j.examples.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;

/** Reads Java sources and scripts as JShell takes them. */
final class SourceText {
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package\\s+[\\w.]+\\s*;");

    private SourceText() {}

    /**
     * Reads a file, its package line blanked, so that lines keep their numbers.
     *
     * @throws InputException where there is no such file
     */
    static String read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new InputException("There is no file " + file + "; name a Java source or a script of Java snippets.");
        }
        return PACKAGE.matcher(Files.readString(file).replace("\r\n", "\n")).replaceFirst("");
    }
}
