package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.SafetensorsFile;

/** Runs of {@code align} in this process, and what they leave. */
public final class AlignRuns {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What differs from run to run: times, and where the run lies. */
    private static final Set<String> OWN = Set.of("manifest.json", "result.json");

    private AlignRuns() {}

    /** Runs a command that must succeed; what it logged. */
    public static String align(List<String> words) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        assertThat(code).as(terminal.captureLog()).isZero();
        return terminal.captureLog();
    }

    /** Runs a command that must end with a code; what it logged. */
    public static String ends(int code, List<String> words) {
        Terminal terminal = Terminal.captured();
        int own = Align.run(terminal, words.toArray(String[]::new));
        assertThat(own).as(terminal.captureLog()).isEqualTo(code);
        return terminal.captureLog();
    }

    /** The lines of metrics.jsonl without what differs from run to run. */
    public static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            ObjectNode node = (ObjectNode) JSON.readTree(line);
            List<String> names = new ArrayList<>();
            node.fieldNames().forEachRemaining(names::add);
            names.stream().filter(AlignRuns::differs).forEach(node::remove);
            lines.add(node);
        }
        return lines;
    }

    private static boolean differs(String name) {
        return name.startsWith("seconds") || name.equals("tokens_per_second") || name.equals("peak_memory_bytes");
    }

    /** The lines of metrics.jsonl that are steps. */
    public static List<JsonNode> steps(Path run) throws IOException {
        return metrics(run).stream().filter(line -> line.has("loss")).toList();
    }

    /** The lines of metrics.jsonl that are evaluations. */
    public static List<JsonNode> evaluations(Path run) throws IOException {
        return metrics(run).stream().filter(line -> !line.has("loss")).toList();
    }

    /** A JSON file. */
    public static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    /** The values that a run trained: an adapter, or a whole model. */
    public static SafetensorsFile product(Path run) {
        Path adapter = run.resolve("adapter").resolve("adapter_model.safetensors");
        return SafetensorsFile.open(
                Files.exists(adapter) ? adapter : run.resolve("model").resolve("model.safetensors"));
    }

    /** Figures and product of two runs are equal to the last bit. */
    public static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(metrics(actual)).isEqualTo(metrics(expected));
        assertThat(product(actual).path())
                .hasSameBinaryContentAs(product(expected).path());
    }

    /**
     * Figures, products and tensors of two runs are equal to the last bit, those of the checkpoints too.
     *
     * @param more other files of the checkpoints, by name
     */
    public static void assertSameToTheEnd(Path actual, Path expected, String... more) throws IOException {
        assertSame(actual, expected);
        List<Path> files;
        try (Stream<Path> all = Files.walk(expected)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> isSame(expected, file, Set.of(more)))
                    .toList();
        }
        assertThat(files).anyMatch(file -> file.startsWith(expected.resolve("checkpoints")));
        for (Path file : files) {
            assertThat(actual.resolve(expected.relativize(file))).hasSameBinaryContentAs(file);
        }
    }

    private static boolean isSame(Path run, Path file, Set<String> more) {
        String name = file.getFileName().toString();
        boolean ofCheckpoint = file.startsWith(run.resolve("checkpoints"));
        return name.endsWith(".safetensors")
                || more.contains(name)
                || (name.endsWith(".json") && !ofCheckpoint && !OWN.contains(name));
    }

    /** The words of a command: options and their values, of which the last ones stand. */
    public static List<String> words(String command, String[] usual, String... more) {
        Map<String, String> options = new LinkedHashMap<>();
        String[] all = concat(usual, more);
        for (int i = 0; i < all.length; i += 2) {
            options.put(all[i], all[i + 1]);
        }
        List<String> words = new ArrayList<>(List.of(command));
        options.forEach((name, value) -> words.addAll(List.of(name, value)));
        return words;
    }

    /** The options among a command's words as config.yaml has them. */
    public static String yaml(List<String> words) {
        StringBuilder yaml = new StringBuilder();
        for (int i = 1; i < words.size(); i += 2) {
            yaml.append(words.get(i).substring(2))
                    .append(": ")
                    .append(words.get(i + 1))
                    .append("\n");
        }
        return yaml.toString();
    }

    /** Words and more of them. */
    public static String[] concat(String[] words, String... more) {
        String[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }
}
