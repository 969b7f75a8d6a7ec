package org.align4j.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is known of each source since it was compiled: its contents, its classes, and the classes whose constants stand inlined in it. */
final class Sources {
    /**
     * A source as it was compiled.
     *
     * @param stamp its time and length, and its module's class path: looked at before its contents
     * @param hash of its contents and the class path; empty if it waits to be compiled
     * @param classes its classes, each with a hash of what others are compiled against
     * @param constants the classes whose constants stand inlined in it
     */
    record Source(String stamp, String hash, Map<String, String> classes, Set<String> constants) {
        Source waiting() {
            return new Source(stamp, "", classes, constants);
        }
    }

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
                found.sources.put(parts[0], new Source(parts[1], parts[2], contracts(parts[3]), words(parts[4])));
            }
        }
        return found;
    }

    private static Map<String, String> contracts(String text) {
        Map<String, String> found = new TreeMap<>();
        words(text)
                .forEach(
                        word -> found.put(word.substring(0, word.indexOf(':')), word.substring(word.indexOf(':') + 1)));
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
                source.classes().entrySet().stream()
                        .map(entry -> entry.getKey() + ":" + entry.getValue())
                        .collect(Collectors.joining(" ")),
                String.join(" ", new TreeSet<>(source.constants())))));
        Files.createDirectories(file.getParent());
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.write(next, lines);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
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
                    for (Path path : (Iterable<Path>)
                            files.filter(each -> each.toString().endsWith(".java"))::iterator) {
                        String name = Poms.slashes(root.relativize(path));
                        String stamp = Files.getLastModifiedTime(path).toMillis() + "-" + Files.size(path) + "-"
                                + module.libraries();
                        Source before = sources.get(name);
                        present.put(
                                name,
                                before != null
                                                && before.stamp().equals(stamp)
                                                && !before.hash().isEmpty()
                                        ? before
                                        : new Source(
                                                stamp,
                                                hash(Files.readString(path) + module.libraries()),
                                                Map.of(),
                                                Set.of()));
                    }
                }
            }
        }
        return present;
    }

    static String hash(byte[] contents) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(contents), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A hash of a text. */
    static String hash(String contents) {
        return hash(contents.getBytes(StandardCharsets.UTF_8));
    }
}
