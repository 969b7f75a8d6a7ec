package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Objects;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/**
 * The folder Align4J was started from: a checkout, or the unpacked zip. It holds {@code data} and {@code docs}. The align script names it; for a
 * program that something else starts, such as an IDE, it is looked for from the working directory upwards, then from the program's own files.
 */
public final class Home {
    private Home() {}

    /**
     * A file or folder that comes with Align4J, such as {@code data/demo}.
     *
     * @throws InputException if it is not there
     */
    public static Path resolve(String path) {
        String named = System.getProperty("align4j.home");
        Path home = named == null ? above(Path.of(""), ownPlace()) : Path.of(named);
        Path found = home.resolve(path);
        if (!Files.exists(found)) {
            throw new InputException(format(
                    "There is no %s in %s; start with the align script of a checkout or of the unpacked zip, or anywhere inside that folder.",
                    path, home.toAbsolutePath().normalize()));
        }
        return found;
    }

    /** Returns the nearest folder above the first of these places that has what Align4J brings; the working directory where none has. */
    static Path above(Path... places) {
        return Stream.of(places)
                .flatMap(place -> Stream.iterate(place.toAbsolutePath().normalize(), Objects::nonNull, Path::getParent))
                .filter(folder ->
                        Files.isDirectory(folder.resolve("data/demo")) && Files.isDirectory(folder.resolve("docs")))
                .findFirst()
                .orElse(Path.of("."));
    }

    private static Path ownPlace() {
        CodeSource source = Home.class.getProtectionDomain().getCodeSource();
        try {
            return source == null || source.getLocation() == null
                    ? Path.of("")
                    : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            return Path.of("");
        }
    }
}
