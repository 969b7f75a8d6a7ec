package org.align4j.core.lora;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.weights.SafetensorsFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that PEFT wrote: they fit their models, and written again they are equal. */
@Tag("reference")
class ReferenceAdaptersTest {
    private static final Path ADAPTERS = Path.of("src", "test", "resources", "reference", "adapters");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ModelCard CARD = ModelCard.of("base", "dpo");

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> fitTheirModelsAndAreWrittenAsPeftWritesThem() {
        return ReferenceFolder.of("adapters")
                .folders("adapter/" + AdapterConfigFile.FILE_NAME, (reference, comparisons) -> {
                    Path folder = reference.file("adapter");
                    Path copy = directory.resolve(reference.name());
                    rewrite(folder, reference.file("base"), copy);
                    JsonNode expected = reference.content();
                    JsonNode actual = JSON.readTree(
                            copy.resolve(AdapterConfigFile.FILE_NAME).toFile());
                    expected.properties()
                            .forEach(field -> comparisons.same(
                                    field.getKey(), sorted(field.getValue()), sorted(actual.path(field.getKey()))));
                    SafetensorsFile theirs = SafetensorsFile.open(folder.resolve(AdapterFolder.WEIGHTS_NAME));
                    SafetensorsFile ours = SafetensorsFile.open(copy.resolve(AdapterFolder.WEIGHTS_NAME));
                    comparisons.same(
                            "tensors", theirs.tensors().keySet(), ours.tensors().keySet());
                    theirs.tensors()
                            .forEach((name, entry) -> comparisons.same(
                                    name, entry.map(), ours.tensors().get(name).map()));
                });
    }

    @Test
    void trainedAdaptersAreWrittenByteForByte() throws IOException {
        int adapters = 0;
        for (Path folder : trained()) {
            Path copy = directory.resolve(String.valueOf(adapters++));
            rewrite(folder, base(folder), copy);
            assertThat(copy.resolve(AdapterFolder.WEIGHTS_NAME))
                    .hasSameBinaryContentAs(folder.resolve(AdapterFolder.WEIGHTS_NAME));
            assertThat(text(copy)).isEqualTo(text(folder));
        }
        assertThat(adapters).isGreaterThan(12);
    }

    /** The configuration's text; the references end with a line break, which PEFT does not write. */
    private static String text(Path folder) throws IOException {
        return Files.readString(folder.resolve(AdapterConfigFile.FILE_NAME)).stripTrailing();
    }

    private static void rewrite(Path folder, Path base, Path copy) {
        AdapterFolder adapter = AdapterFolder.open(folder, ModelModules.of(base), "llama");
        AdapterFolder.write(
                copy,
                adapter.targets(),
                tensor -> sink -> sink.floats(adapter.tensors().get(tensor).floats()),
                CARD);
    }

    /** PEFT writes sets of names in any order. */
    private static Object sorted(JsonNode node) {
        if (node.isObject()) {
            return Map.copyOf(
                    node.properties().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        }
        return node.isArray()
                ? node.valueStream().map(JsonNode::toString).sorted().toList()
                : node;
    }

    @Test
    void optionsSpellOutAllLinearAsPeftDoes() throws IOException {
        Path reference = ADAPTERS.resolve("lora-all-linear");
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(8, 16, 0.1),
                "all-linear",
                LoraOptions.Variant.PLAIN,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        LoraConfig config = options.toConfig(AdapterOrigin.causalLanguageModel("base"));
        LoraTargets targets = LoraTargets.ofOptions(config, ModelModules.of(reference.resolve("base")), "llama");
        AdapterFolder.write(directory, targets, tensor -> sink -> sink.floats(new float[size(tensor)]), CARD);
        assertThat(text(directory)).isEqualTo(text(reference.resolve("adapter")));
    }

    @Test
    void scalingsFollowThePatterns() throws IOException {
        Path reference = ADAPTERS.resolve("lora-patterns");
        List<AdaptableModule> modules = ModelModules.of(reference.resolve("base"));
        AdapterFolder adapter = AdapterFolder.open(reference.resolve("adapter"), modules, "llama");
        LoraConfig config = adapter.targets().config();
        assertThat(config.scalingOf("model.layers.0.self_attn.q_proj")).isEqualTo(8.0 / 2);
        assertThat(config.scalingOf("model.layers.1.self_attn.q_proj")).isEqualTo(8.0 / 4);
        assertThat(config.scalingOf("model.layers.1.mlp.down_proj")).isEqualTo(8.0 / 6);
        assertThat(config.scalingOf("model.layers.2.mlp.down_proj")).isEqualTo(3.0 / 6);
        assertThat(config.scalingOf("model.layers.1.mlp.up_proj")).isEqualTo(8.0 / 3);
        assertThat(config.scalingOf("model.layers.2.self_attn.v_proj")).isEqualTo(24.0 / 4);
    }

    private static int size(AdapterTensor tensor) {
        return tensor.shape().stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
    }

    private static Path base(Path folder) throws IOException {
        JsonNode config =
                JSON.readTree(folder.resolve(AdapterConfigFile.FILE_NAME).toFile());
        return folder.resolve(config.get("base_model_name_or_path").asText()).normalize();
    }

    private static List<Path> trained() throws IOException {
        Path traces = ReferenceFolder.shared().resolve("reference").resolve("traces");
        Assumptions.assumeTrue(Files.isDirectory(traces), "no traces beside the repository");
        try (Stream<Path> files = Files.walk(traces)) {
            return files.filter(AdapterFolder::isOne).sorted().toList();
        }
    }
}
