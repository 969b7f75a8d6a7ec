package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that others make, pinned, against {@code align serve}: {@code mvn verify -Pexternal}, which needs python3 and a package index, and
 * fails where either can't be reached.
 */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalClientsTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path SCRIPTS = ROOT.resolve("serve/src/test/external");

    /** Scripts that compare figures with those of a training in fp32. */
    private static final Set<String> EXACT = Set.of("tinker_dpo.py", "tinker_page.py");

    @TempDir
    Path folder;

    private static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            return files.filter(file -> file.toString().endsWith(".py") && !file.endsWith("parts.py"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void pythonsClientDoesAllThatItDoesElsewhere() throws Exception {
        String python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("requirements.txt"));
        assertThat(scripts()).hasSizeGreaterThan(1);
        Path align = UnpackedZip.at(folder.resolve("align4j"));
        List<String> failed = new ArrayList<>();
        for (Path script : scripts()) {
            try (ServedZip served = serve(align, script.getFileName().toString())) {
                ServedZip.run(List.of(python, script.toString(), served.url() + "/v1", "demo"), environment(align));
            } catch (IOException e) {
                failed.add(e.getMessage());
            }
        }
        assertThat(failed).isEmpty();
    }

    /** Starts a server for one script, which finds nothing of another's. */
    private ServedZip serve(Path align, String name) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                align.toString(),
                "serve",
                "--dir",
                folder.resolve("served-" + name).toString(),
                "--models",
                "demo=" + ROOT.resolve("data/demo/model"),
                "--threads",
                "1",
                "--port",
                "0",
                "--json"));
        if (EXACT.contains(name)) {
            words.addAll(List.of("--dtype", "fp32"));
        }
        return ServedZip.start(words, environment(align), folder.resolve("log-" + name));
    }

    /** Returns what scripts and servers are told: a script may call {@code align} itself. */
    private Map<String, String> environment(Path align) {
        return Map.of(
                "ALIGN4J",
                align.toString(),
                "ALIGN4J_CACHE",
                folder.resolve("cache").toString(),
                "ALIGN4J_HEAP",
                "512m");
    }
}
