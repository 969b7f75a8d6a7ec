package org.align4j.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What is known of each source since it was compiled: its contents, its classes, and the classes whose constants stand inlined in it. */
final class Sources {
    /**
     * A source as it was compiled.
     *
     * @param stamp its time and length, which are looked at before its contents
     * @param hash of its contents
     */
    record Source(String stamp, String hash, Set<String> classes, Set<String> constants) {}

    private final Path file;
    private final Map<String, Source> sources = new TreeMap<>();

    private Sources(Path file) {
        this.file = file;
    }

    /** Reads what is kept in {@code file}; nothing is known if there is no such file. */
    static Sources read(Path file) throws IOException {
        Sources found = new Sources(file);
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                String[] parts = line.split("\t", -1);
                found.sources.put(parts[0], new Source(parts[1], parts[2], words(parts[3]), words(parts[4])));
            }
        }
        return found;
    }

    private static Set<String> words(String text) {
        return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
    }

    void write() throws IOException {
        List<String> lines = new ArrayList<>();
        sources.forEach((path, source) -> lines.add(String.join(
                "\t",
                path,
                source.stamp(),
                source.hash(),
                String.join(" ", new TreeSet<>(source.classes())),
                String.join(" ", new TreeSet<>(source.constants())))));
        Files.createDirectories(file.getParent());
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.write(next, lines);
        Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    Map<String, Source> all() {
        return sources;
    }

    /** Returns the sources of all modules as they lie in the checkout, by path; an unchanged stamp saves reading one. */
    Map<String, Source> present(Path root, Poms poms) throws IOException {
        Map<String, Source> present = new HashMap<>();
        for (Poms.Module module : poms.modules()) {
            for (String kind : List.of("src/main/java", "src/test/java")) {
                Path folder = root.resolve(module.path(kind));
                if (!Files.isDirectory(folder)) {
                    continue;
                }
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path path : (Iterable<Path>) files.filter(each -> each.toString().endsWith(".java"))::iterator) {
                        String name = root.relativize(path).toString().replace('\\', '/');
                        String stamp = Files.getLastModifiedTime(path).toMillis() + "-" + Files.size(path);
                        Source before = sources.get(name);
                        present.put(
                                name,
                                before != null && before.stamp().equals(stamp)
                                        ? before
                                        : new Source(stamp, hash(Files.readAllBytes(path)), Set.of(), Set.of()));
                    }
                }
            }
        }
        return present;
    }

    static String hash(byte[] contents) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(contents), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A hash of a text. */
    static String hash(String contents) {
        return hash(contents.getBytes(StandardCharsets.UTF_8));
    }
}
