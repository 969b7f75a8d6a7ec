package org.align4j.testing;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/**
 * Makes mutants of classes with PIT (bounds, conditions, arithmetic, constants, dropped calls, returned values) and runs those tests of the
 * classes' own modules whose bytecode reaches them; tests of modules above train models, which takes minutes. A mutant that no test sees survives.
 */
final class Mutants {
    private static final Pattern HUNK = Pattern.compile("^@@ .*\\+(\\d+)(?:,(\\d+))? @@");

    private final Path root;
    private final Poms poms;
    private final PrintStream out;

    Mutants(Path root, Poms poms, PrintStream out) {
        this.root = root;
        this.poms = poms;
        this.out = out;
    }

    /**
     * Runs the mutants of main sources among {@code files}.
     *
     * @param distances the tests that reach them, nearest first
     * @param lines the lines of each file that count; all of a file that isn't in it
     * @return one line for each survivor
     */
    Set<String> survivors(
            Set<String> files, Map<String, Integer> distances, Map<String, Set<Integer>> lines, Program program)
            throws IOException {
        Map<String, String> sources = new TreeMap<>();
        program.types().forEach((name, type) -> {
            if (files.contains(type.source()) && !type.isTest()) {
                sources.put(name.replace('/', '.'), type.source());
            }
        });
        Map<String, List<String>> tests = new LinkedHashMap<>();
        distances
                .keySet()
                .forEach(test -> tests.computeIfAbsent(
                                poms.moduleOf(program.types().get(test).source())
                                        .folder(),
                                any -> new ArrayList<>())
                        .add(test.replace('/', '.')));
        Set<String> own = files.stream()
                .map(poms::moduleOf)
                .filter(Objects::nonNull)
                .map(Poms.Module::folder)
                .collect(Collectors.toSet());
        if (own.stream().anyMatch(tests::containsKey)) {
            tests.keySet().retainAll(own);
        }
        Map<String, String> surviving = new TreeMap<>();
        Set<String> made = new TreeSet<>();
        for (Map.Entry<String, List<String>> entry : tests.entrySet()) {
            boolean first = made.isEmpty();
            Set<String> classes = first
                    ? sources.keySet()
                    : surviving.keySet().stream()
                            .map(key -> key.substring(0, key.indexOf(' ')))
                            .collect(Collectors.toSet());
            if (classes.isEmpty()) {
                break;
            }
            for (Element mutation : pit(poms.moduleOf(entry.getKey() + "/pom.xml"), classes, entry.getValue())) {
                String type = Poms.text(mutation, "mutatedClass");
                int line = Integer.parseInt(Poms.text(mutation, "lineNumber"));
                String source = sources.get(type);
                if (source == null || !lines.getOrDefault(source, Set.of(line)).contains(line)) {
                    continue;
                }
                String key = type + " "
                        + String.join(
                                " ",
                                Poms.text(mutation, "mutatedMethod"),
                                Poms.text(mutation, "methodDescription"),
                                Poms.text(mutation, "indexes"),
                                Poms.text(mutation, "mutator"));
                if (made.add(key)) {
                    surviving.put(key, source + ":" + line + ": " + Poms.text(mutation, "description"));
                }
                if (mutation.getAttribute("detected").equals("true")) {
                    surviving.remove(key);
                }
            }
        }
        out.println("test: " + made.size() + " mutants, " + surviving.size() + " survive");
        return new TreeSet<>(surviving.values());
    }

    private List<Element> pit(Poms.Module module, Set<String> classes, List<String> tests) throws IOException {
        Path report =
                Files.createDirectories(root.resolve("target/quick/mutants").resolve(module.folder()));
        Files.deleteIfExists(report.resolve("mutations.xml"));
        ProcessBuilder builder = new Runs(root, poms, out).process(module, 1);
        List<String> words = builder.command();
        int at = words.indexOf("-cp");
        String settings = String.join(",", words.subList(1, at));
        String path = words.get(at + 1)
                + File.pathSeparator
                + poms.moduleOf("testing/pom.xml").classPath().stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator));
        builder.command(
                words.get(0),
                "-XX:+UseSerialGC",
                "-cp",
                path,
                "org.pitest.mutationtest.commandline.MutationCoverageReport",
                "--reportDir",
                report.toString(),
                "--targetClasses",
                String.join(",", classes),
                "--targetTests",
                String.join(",", tests),
                "--excludedGroups",
                poms.property("excludedGroups"),
                "--sourceDirs",
                module.path("src/main/java"),
                "--threads",
                "1",
                "--outputFormats",
                "XML",
                "--timestampedReports=false",
                "--mutators",
                "DEFAULTS,INLINE_CONSTS",
                "--jvmArgs",
                settings);
        Path log = report.resolve("pit.log");
        out.println("test: " + tests.size() + " test classes of " + module.folder() + " run against the mutants");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            if (process.waitFor() != 0 || !Files.exists(report.resolve("mutations.xml"))) {
                throw new IllegalArgumentException("PIT ended early, as where a test fails without a mutant; "
                        + root.relativize(log) + " has its words.");
            }
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException("stopped while mutants ran", e);
        }
        return Poms.elements(Poms.read(report.resolve("mutations.xml")));
    }

    /** The lines that a diff without context adds or changes, by file. */
    static Map<String, Set<Integer>> changedLines(List<String> diff) {
        Map<String, Set<Integer>> lines = new TreeMap<>();
        String file = "";
        for (String line : diff) {
            if (line.startsWith("+++ b/")) {
                file = line.substring("+++ b/".length());
                lines.put(file, new TreeSet<>());
            }
            Matcher hunk = HUNK.matcher(line);
            if (hunk.find() && lines.containsKey(file)) {
                int start = Integer.parseInt(hunk.group(1));
                int count = hunk.group(2) == null ? 1 : Integer.parseInt(hunk.group(2));
                for (int i = 0; i < count; i++) {
                    lines.get(file).add(start + i);
                }
            }
        }
        return lines;
    }
}
