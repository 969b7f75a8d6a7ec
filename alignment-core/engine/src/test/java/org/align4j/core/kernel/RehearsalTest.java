package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What docs/bench/gpu/rehearsal found of the kernels on a pretended GPU, held against the kernels' text: Python rehearses, this test knows
 * when that has to be done again.
 */
class RehearsalTest {
    private static final String AGAIN =
            "rehearse again: python docs/bench/gpu/rehearsal/rehearse.py --write docs/bench/gpu/rehearsal/figures.json";
    private static final Pattern BEGIN = Pattern.compile("def (\\w+)\\(.*");
    private static final int SHOWN = 12;

    private static JsonNode figures() throws IOException {
        Path root = Checkout.ROOT;
        return new ObjectMapper()
                .readTree(root.resolve("docs/bench/gpu/rehearsal/figures.json").toFile());
    }

    private static Stream<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText);
    }

    /** Hashes each kernel's lines without comments and empty ones, as fake.py does. */
    private static Map<String, String> hashes(String text) {
        Map<String, StringBuilder> kernels = new LinkedHashMap<>();
        String name = "";
        for (String line : text.lines().toList()) {
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            Matcher begin = BEGIN.matcher(line);
            if (begin.matches()) {
                name = begin.group(1);
            }
            kernels.computeIfAbsent(name, kernel -> new StringBuilder())
                    .append(line)
                    .append('\n');
        }
        Map<String, String> hashes = new TreeMap<>();
        kernels.forEach((kernel, lines) -> hashes.put(
                kernel,
                Hashing.sha256()
                        .hashString(lines, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, SHOWN)));
        return hashes;
    }

    @Test
    void theKernelsAreThoseThatWereRehearsed() throws IOException {
        Map<String, String> rehearsed = new TreeMap<>();
        figures()
                .get("kernels")
                .properties()
                .forEach(kernel ->
                        rehearsed.put(kernel.getKey(), kernel.getValue().asText()));
        Map<String, String> own = hashes(KernelArchive.resource("kernels.py") + KernelArchive.resource("plain.py"));
        TreeSet<String> changed = new TreeSet<>(rehearsed.keySet());
        changed.addAll(own.keySet());
        changed.removeIf(kernel -> rehearsed.getOrDefault(kernel, "").equals(own.get(kernel)));
        assertThat(changed).as("changed since; %s", AGAIN).isEmpty();
        assertThat(own).containsKeys("attend_flash", "few_rows", "layer_forward");
    }

    @Test
    void everyKernelRunsOnAGpuAndNoDeviceIsMixed() throws IOException {
        JsonNode figures = figures();
        for (String finding : List.of("mixed", "missing", "failed", "uncalled")) {
            assertThat(texts(figures.get(finding))).as(finding).isEmpty();
        }
    }

    /** The processor waits where experts are dealt their rows, and nowhere else. */
    @Test
    void noLayerWithoutExpertsWaitsForTheDevice() throws IOException {
        JsonNode figures = figures();
        List<String> dense = texts(figures.get("dense_layer")).toList();
        assertThat(dense)
                .contains("linear", "rope", "backward_through", "dequantize_nf4", "head_scores", "step_layers");
        assertThat(texts(figures.get("waits")).map(wait -> wait.replaceAll(":.*", "")))
                .doesNotContainAnyElementsOf(dense)
                .isSubsetOf("plan_experts", "deal");
    }

    /**
     * Launches of a pass forward and backward, one token's share. Before: with the settings of a CPU, when the kernels were first
     * rehearsed.
     */
    @ParameterizedTest
    @CsvSource({"135m, 5.6523", "8b, 270.0781"})
    void launchesATokenAreATenth(String width, double before) throws IOException {
        JsonNode own = figures().get("widths").get(width);
        assertThat(own.get("a_token").asDouble()).isPositive().isLessThanOrEqualTo(before / 10);
        int layer = own.get("layer_forward").asInt() + own.get("layer_backward").asInt();
        assertThat(layer).as("launches a layer").isBetween(50, 190);
    }
}
