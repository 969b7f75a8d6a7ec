package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Several files in one input: a line {@code === NAME} begins each; before the first such line stands a file without a name. */
public final class FuzzFiles {
    private static final String MARK = "=== ";

    private FuzzFiles() {}

    /** Takes an input apart: each byte one character, so that any bytes come back as they were. */
    public static Map<String, byte[]> parts(byte[] input) {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        String text = new String(input, ISO_8859_1);
        String name = "";
        int from = 0;
        int at = text.startsWith(MARK) ? 0 : next(text, 0);
        while (at >= 0) {
            parts.put(name, text.substring(from, at).getBytes(ISO_8859_1));
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            name = text.substring(at + MARK.length(), end);
            from = Math.min(end + 1, text.length());
            at = text.startsWith(MARK, from) ? from : next(text, from);
        }
        parts.put(name, text.substring(from).getBytes(ISO_8859_1));
        return parts;
    }

    private static int next(String text, int from) {
        int at = text.indexOf('\n' + MARK, from);
        return at < 0 ? -1 : at + 1;
    }

    /** Writes those files of an input that have one of the names. */
    public static void write(Path folder, byte[] input, Set<String> names) throws IOException {
        for (Map.Entry<String, byte[]> part : parts(input).entrySet()) {
            if (names.contains(part.getKey())) {
                write(folder, part.getKey(), part.getValue());
            }
        }
    }

    /** Writes a file, with the folders that its name has. */
    public static Path write(Path folder, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        return Files.write(file, bytes);
    }

    /** Deletes a folder and all that is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }
}
