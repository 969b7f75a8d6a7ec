package org.align4j.examples.folders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Folders as Align4J writes them have the tensors that transformers and PEFT read, and give the numbers that these gave: recorded by
 * {@code verify_folders.py}, which loads every folder there. With {@code -Dalign4j.folders=DIR} the folders of all cases are written to
 * DIR for the script instead.
 */
class WrittenFoldersTest {
    private static final Path RECORDED = Path.of("src", "test", "resources", "reference", "folders", "folders.json");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What Align4J says of the folders of a base, for the script. */
    private static final String OURS = "ours.json";

    /** One of each way that names may go; {@code -Dalign4j.everyFolder=true} compares all that is recorded. */
    private static final Set<String> USUAL = Set.of(
            "deepseek-v3-mtp-layer",
            "gemma3-multimodal-layout",
            "gemma3-text",
            "gpt-neox",
            "gpt2-hub-layout",
            "llama-sharded",
            "llama-tied-under-head",
            "mixtral",
            "phi3");

    /** That of the families' log-probabilities. */
    private static final double TOLERANCE = 2e-4;

    @TempDir
    private Path temporary;

    @Tag("long")
    @TestFactory
    Stream<DynamicTest> folders() throws IOException {
        String written = System.getProperty("align4j.folders");
        if (written != null) {
            return Bases.all().map(base -> DynamicTest.dynamicTest(base.name(), () -> write(base, Path.of(written))));
        }
        JsonNode whole = JSON.readTree(RECORDED.toFile());
        JsonNode recorded = whole.get("cases");
        assertThat(recorded.fieldNames()).toIterable().containsAll(USUAL);
        return recorded.properties().stream()
                .filter(entry -> Boolean.getBoolean("align4j.everyFolder") || USUAL.contains(entry.getKey()))
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> compare(entry.getKey(), entry.getValue(), whole.get("names"))));
    }

    private void compare(String name, JsonNode recorded, JsonNode names) throws IOException {
        Path work = temporary.resolve(name);
        WrittenFolders folders = new WrittenFolders(Bases.named(name, temporary).path(), work);
        for (WrittenFolders.Kind kind : WrittenFolders.Kind.values()) {
            JsonNode expected = recorded.get(kind.name());
            if (expected == null) {
                continue;
            }
            assertThat(tensors(kind, folders.folder(kind)))
                    .as("%s %s", name, kind)
                    .containsExactly(
                            names.get(expected.get("tensors").asInt()).asText().split(" "));
            List<Double> figures = folders.figures(kind);
            assertThat(figures).as("%s %s", name, kind).hasSameSizeAs(expected.get("figures"));
            for (int i = 0; i < figures.size(); i++) {
                assertThat(Math.abs(
                                figures.get(i) - expected.get("figures").get(i).asDouble()))
                        .as("%s %s, figure %d", name, kind, i)
                        .isLessThan(TOLERANCE);
            }
        }
    }

    private static List<String> tensors(WrittenFolders.Kind kind, Path folder) {
        var names = kind.isAdapter()
                ? SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))
                        .tensors()
                        .keySet()
                : WeightStore.open(folder).names();
        return List.copyOf(new TreeSet<>(names));
    }

    /** Writes all folders of a base and what Align4J says of them, for the script. */
    private static void write(Bases.Base base, Path written) throws IOException {
        Path work = written.resolve(base.name());
        if (Files.exists(work.resolve(OURS))) {
            return;
        }
        Path model = base.place(written);
        WrittenFolders folders = new WrittenFolders(model, work);
        ObjectNode ours = JSON.createObjectNode();
        ours.put("base", model.toAbsolutePath().normalize().toString());
        for (WrittenFolders.Kind kind : WrittenFolders.Kind.values()) {
            ObjectNode folder = ours.putObject(kind.name());
            folder.put("path", folders.folder(kind).toAbsolutePath().normalize().toString());
            folder.put("task", kind.task().name()).put("adapter", kind.isAdapter());
            folder.putArray("rows")
                    .addAll(kind.task().judged().stream()
                            .map(JSON.getNodeFactory()::textNode)
                            .toList());
            folder.putArray("tensors")
                    .addAll(tensors(kind, folders.folder(kind)).stream()
                            .map(JSON.getNodeFactory()::textNode)
                            .toList());
            folder.putArray("figures")
                    .addAll(folders.figures(kind).stream()
                            .map(JSON.getNodeFactory()::numberNode)
                            .toList());
        }
        Files.writeString(
                work.resolve(OURS), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(ours));
    }
}
