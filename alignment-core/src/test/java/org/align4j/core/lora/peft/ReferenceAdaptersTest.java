package org.align4j.core.lora.peft;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdapterOrigin;
import org.align4j.core.lora.LoraBias;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that PEFT wrote: they fit their models, and written again they are equal byte for byte. */
@Tag("reference")
class ReferenceAdaptersTest {
    private static final ModelCard CARD = new ModelCard("base", "dpo", "0", Map.of(), "align dpo");

    @TempDir
    Path directory;

    @Test
    void fitAndAreWrittenAsPeftWritesThem() throws IOException {
        int adapters = 0;
        for (Path folder : adapters()) {
            Path base = base(folder);
            if (!Files.isDirectory(base)) {
                continue;
            }
            AdapterFolder adapter = AdapterFolder.open(folder, ModelModules.of(base), "llama");
            Path copy = directory.resolve(String.valueOf(adapters++));
            AdapterFolder.write(
                    copy,
                    adapter.targets(),
                    tensor -> {
                        TensorEntry entry = adapter.tensors().get(tensor);
                        return sink -> sink.floats(entry.floats());
                    },
                    CARD);
            assertThat(copy.resolve(AdapterFolder.WEIGHTS_NAME))
                    .hasSameBinaryContentAs(folder.resolve(AdapterFolder.WEIGHTS_NAME));
            assertThat(copy.resolve(AdapterConfigFile.FILE_NAME))
                    .hasSameBinaryContentAs(folder.resolve(AdapterConfigFile.FILE_NAME));
            assertThat(AdapterConfigFile.unknownKeys(adapter.targets().config()))
                    .isEmpty();
        }
        assertThat(adapters).isGreaterThan(25);
    }

    @Test
    void optionsSpellOutAllLinearAsPeftDoes() throws IOException {
        Path reference = shared().resolve("adapters").resolve("lora-all-linear");
        Assumptions.assumeTrue(Files.isDirectory(reference));
        LoraOptions options = new LoraOptions(
                8,
                16,
                0.1,
                "all-linear",
                LoraOptions.Variant.PLAIN,
                null,
                null,
                LoraBias.NONE,
                Map.of(),
                Map.of(),
                List.of());
        LoraConfig config = options.toConfig(AdapterOrigin.causalLanguageModel("base"));
        LoraTargets targets = LoraTargets.ofOptions(config, ModelModules.of(reference.resolve("base")), "llama");
        AdapterFolder.write(directory, targets, tensor -> sink -> sink.floats(new float[size(tensor)]), CARD);
        assertThat(directory.resolve(AdapterConfigFile.FILE_NAME))
                .hasSameBinaryContentAs(reference.resolve("adapter").resolve(AdapterConfigFile.FILE_NAME));
    }

    @Test
    void scalingsFollowThePatterns() throws IOException {
        Path reference = shared().resolve("adapters").resolve("lora-patterns");
        Assumptions.assumeTrue(Files.isDirectory(reference));
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
        JsonNode config = new ObjectMapper()
                .readTree(folder.resolve(AdapterConfigFile.FILE_NAME).toFile());
        String name = config.get("base_model_name_or_path").asText();
        Path beside = folder.resolveSibling(name);
        return Files.isDirectory(beside) ? beside : folder.resolve(name).normalize();
    }

    private static List<Path> adapters() throws IOException {
        Path reference = shared();
        Assumptions.assumeTrue(Files.isDirectory(reference), "no reference files beside the repository");
        try (Stream<Path> files = Files.walk(reference)) {
            return files.filter(AdapterFolder::isOne).sorted().toList();
        }
    }

    private static Path shared() {
        String shared = System.getenv("ALIGN4J_SHARED");
        Path root = shared != null ? Path.of(shared) : Path.of(System.getProperty("align4j.root", "."), "..", "shared");
        return root.resolve("reference");
    }
}
