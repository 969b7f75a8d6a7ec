package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.family.GgufCheckpoint;
import org.align4j.core.family.GgufModel;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Parameter;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each family written as GGUF and read back: transformers' numbers from what was read, and the weights bit by bit. */
class GgufFamilyTest {
    /** What GGUF can't say, and words of the refusal. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("deepseek-v3", "DeepseekV3ForCausalLM"),
            Map.entry("deepseek-v3-mtp-layer", "DeepseekV3ForCausalLM"),
            Map.entry("deepseek-v3-noqlora", "DeepseekV3ForCausalLM"),
            Map.entry("llama4-text", "Llama4ForCausalLM"),
            Map.entry("llama4-multimodal-layout", "Llama4ForConditionalGeneration"),
            Map.entry("smollm3", "SmolLM3ForCausalLM"),
            Map.entry("qwen3-moe", "mlp_only_layers"),
            Map.entry("llama-reward", "scores"),
            Map.entry("qwen3-reward", "scores"),
            Map.entry("granite", "GraniteForCausalLM"),
            Map.entry("olmo3", "Olmo3ForCausalLM"),
            Map.entry("glm4", "Glm4ForCausalLM"),
            Map.entry("glm4-moe", "Glm4MoeForCausalLM"),
            Map.entry("ministral3", "Ministral3ForCausalLM"),
            Map.entry("cohere2", "Cohere2ForCausalLM"),
            Map.entry("ernie4-5", "Ernie4_5ForCausalLM"),
            Map.entry("ernie4-5-moe", "Ernie4_5_MoeForCausalLM"),
            Map.entry("seed-oss", "SeedOssForCausalLM"),
            Map.entry("exaone4", "Exaone4ForCausalLM"),
            Map.entry("hunyuan-dense", "HunYuanDenseV1ForCausalLM"));

    /** A window that the format can't say shortens the context; the scale of scores is in the weights. */
    private static final Set<String> SHORTENED = Set.of("mistral-sliding-window", "qwen2-sliding-window", "phi3");

    private static final Set<String> SCALED = Set.of("gemma2", "gemma3-text", "gemma3-multimodal-layout");

    @TempDir
    Path folder;

    private Path written(Path model, String name) {
        GgufModel opened = GgufModel.open(model);
        GgufFields fields = new GgufFields()
                .text("general.architecture", opened.architecture().gguf());
        opened.describe(fields);
        GgufWriter writer = new GgufWriter(fields);
        opened.addTo(writer, GgufType.F32);
        Path file = folder.resolve(name + ".gguf");
        writer.write(file, bytes -> {});
        return file;
    }

    private Path readBack(Path file, String name) throws IOException {
        Path folderOfIt = Files.createDirectories(folder.resolve(name));
        GgufCheckpoint.of(GgufFile.open(file)).write(folderOfIt);
        return folderOfIt;
    }

    @TestFactory
    Stream<DynamicTest> families() {
        return ReferenceFolder.of("families")
                .leaving(
                        "greedy",
                        "loss",
                        "check",
                        "gradients",
                        "reward",
                        "short_sequence",
                        "pairs",
                        "sequence",
                        "batch",
                        "full",
                        "lora",
                        "dpo",
                        "bfloat16")
                .folders("expected.json", (reference, comparisons) -> {
                    String refusal = REFUSED.get(reference.name());
                    if (refusal != null) {
                        assertThatThrownBy(() -> written(reference.path(), reference.name()))
                                .isInstanceOf(InputException.class)
                                .hasMessageContaining(refusal);
                        comparisons.within("refused", 1, 1, 0);
                        return;
                    }
                    Path read = readBack(written(reference.path(), reference.name()), reference.name());
                    if (SHORTENED.contains(reference.name())) {
                        assertThat(Families.decoder(read).maxPositions()).isLessThan(10);
                    } else if (SCALED.contains(reference.name())) {
                        checkLogits(reference, read, comparisons);
                    } else {
                        new FamilyCheck(Engine.cpu()).check(reference, read, "gguf", comparisons);
                    }
                    compareWeights(reference, read, comparisons);
                });
    }

    /** A checkpoint in 8-bit floats is written as the numbers that these stand for. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mixtral", "gemma3-text"})
    void eightBitFloatsAreWrittenAsTheirNumbers(String family) throws IOException {
        EightBitCheckpoint checkpoint = EightBitCheckpoint.of(TinyFamilies.of(family), folder);
        assertThat(written(checkpoint.model(), "eights"))
                .hasSameBinaryContentAs(written(checkpoint.plain(), "numbers"));
    }

    /** Where a weight was scaled its gradient is, too: the logits stay. */
    private static void checkLogits(ReferenceCase reference, Path read, Comparisons comparisons) {
        float[] logits = SafetensorsFile.open(reference.file("expected.safetensors"))
                .tensors()
                .get("logits")
                .floats();
        int[] ids = Comparisons.ints(reference.content().at("/sequence/input_ids"));
        try (BaseModel base = BaseModel.load(read, Families.decoder(read), Dtype.F32, Engine.cpu())) {
            comparisons.within("logits", logits, Logits.of(base, base, ids), 2e-4);
        }
    }

    private static void compareWeights(ReferenceCase reference, Path read, Comparisons comparisons) {
        Decoder before = Families.decoder(reference.path());
        Decoder after = Families.decoder(read);
        WeightStore own = CheckpointFiles.open(reference.path(), before);
        WeightStore other = CheckpointFiles.open(read, after);
        assertThat(after.parameters()).hasSameSizeAs(before.parameters());
        for (int i = 0; i < before.parameters().size(); i++) {
            Parameter parameter = before.parameters().get(i);
            boolean scaled =
                    SCALED.contains(reference.name()) && parameter.name().contains(".q_");
            TensorEntry first = Objects.requireNonNull(own.find(parameter.name()));
            TensorEntry second =
                    Objects.requireNonNull(other.find(after.parameters().get(i).name()));
            if (!scaled) {
                comparisons.within(parameter.name(), first.floats(), second.floats(), 2e-7);
            }
        }
    }

    /** Each line: a field of a config that GGUF can't say for Llama or the family named, and a word of the refusal. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Llama | \"hidden_act\": \"gelu\" | hidden_act",
                "Qwen3 | \"attention_bias\": true | attention_bias",
                "Llama | \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2, \"attention_factor\": 3, \"original_max_position_embeddings\": 9} | attention_factor",
                "Qwen2 | \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 2, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 9} | llama3"
            })
    void whatTheFormatCantSayIsNamed(String family, String field, String word) throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"architectures\": [\"" + family
                        + "ForCausalLM\"], \"hidden_size\": 32, \"num_attention_heads\": 4, \"num_hidden_layers\": 1,"
                        + " \"intermediate_size\": 6, \"vocab_size\": 9, " + field + "}");
        assertThatThrownBy(() -> GgufModel.open(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(word);
    }
}
