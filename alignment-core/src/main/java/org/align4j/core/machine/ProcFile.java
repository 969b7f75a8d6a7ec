package org.align4j.core.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Files in which Linux tells about itself; empty on other systems. */
public final class ProcFile {
    private ProcFile() {}

    public static List<String> lines(String path) {
        try (Stream<String> lines = Files.lines(Path.of(path))) {
            return lines.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** The value after {@code name:} on the first line that has it. */
    public static Optional<String> value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .filter(line -> line.substring(name.length()).stripLeading().startsWith(":"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    /** A value such as {@code 123 kB}, in bytes. */
    public static OptionalLong bytes(List<String> lines, String name) {
        Optional<String> value = value(lines, name).filter(text -> text.endsWith(" kB"));
        return value.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(value.get().replace(" kB", "")) * 1024);
    }
}
