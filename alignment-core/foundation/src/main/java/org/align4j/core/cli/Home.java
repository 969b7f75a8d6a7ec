package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;

/** The folder Align4J was started from: a checkout, or the unpacked zip. It holds {@code data} and {@code docs}. */
public final class Home {
    private Home() {}

    /**
     * A file or folder that comes with Align4J, such as {@code data/demo}.
     *
     * @throws InputException if it is not there
     */
    public static Path resolve(String path) {
        Path home = Path.of(System.getProperty("align4j.home", "."));
        Path found = home.resolve(path);
        if (!Files.exists(found)) {
            throw new InputException(format(
                    "There is no %s in %s; start with the align script of a checkout or of the unpacked zip.",
                    path, home.toAbsolutePath().normalize()));
        }
        return found;
    }
}
