package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories with everything in them. */
public final class Trees {
    private Trees() {}

    /** Copies a directory with everything in it to where nothing is. */
    public static void copy(Path from, Path to) throws IOException {
        for (Path path : all(from)) {
            Files.copy(path, to.resolve(from.relativize(path)));
        }
    }

    /** Deletes a directory with everything in it; links are not followed. */
    public static void delete(Path root) throws IOException {
        List<Path> deepestFirst =
                all(root).stream().sorted(Comparator.reverseOrder()).toList();
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }

    /** Two files, or two directories with everything in them, have the same names and bytes. */
    public static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(names(actual)).isEqualTo(names(expected));
        for (Path file : all(expected)) {
            Path other = actual.resolve(expected.relativize(file).toString());
            assertThat(Files.isDirectory(other)).as(other.toString()).isEqualTo(Files.isDirectory(file));
            if (Files.isRegularFile(file)) {
                assertThat(other).hasSameBinaryContentAs(file);
            }
        }
    }

    private static List<String> names(Path root) throws IOException {
        return all(root).stream()
                .map(path -> root.relativize(path).toString())
                .sorted()
                .toList();
    }

    private static List<Path> all(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.toList();
        }
    }
}
