package org.align4j.core.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.ModuleRules.ModuleSelector;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterFolderTest {
    private static final List<AdaptableModule> MODEL = TinyModel.modules(2, 4);
    private static final String A = "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight";

    @TempDir
    Path folder;

    @BeforeEach
    void writeAdapter() {
        write(LoraConfig.allLinear(2, 4));
    }

    @Test
    void readsBackWhatItWrote() {
        AdapterFolder read = AdapterFolder.open(folder, MODEL, "llama");
        assertThat(read.targets().adapted()).hasSize(8);
        assertThat(read.tensors()).hasSize(16);
        read.tensors()
                .forEach((tensor, entry) ->
                        assertThat(entry.floats()).containsOnly(tensor.shape().get(0)));
        assertThat(folder.resolve("README.md"))
                .content()
                .startsWith(String.join(
                        "\n",
                        "---",
                        "base_model: \"org/base\"",
                        "datasets:",
                        "- \"org/data\"",
                        "library_name: peft",
                        "pipeline_tag: text-generation",
                        "tags:",
                        "- \"base_model:adapter:org/base\"",
                        "- \"align4j\"",
                        "- \"lora\"",
                        "- \"transformers\"",
                        "- \"dpo\"",
                        "---"))
                .contains(
                        "| data | `rows.jsonl` |",
                        "| loss | 0.5 |",
                        "align dpo --config config.yaml",
                        "```yaml\nmodel: org/base\n```",
                        "`license:`");
    }

    @Test
    void embeddingsMagnitudesBiasesAndSavedModulesHaveTheirNames() {
        ModuleRules rules = new ModuleRules(
                new ModuleSelector.Names(List.of("embed_tokens", "q_proj")),
                null,
                List.of(0),
                List.of("layers"),
                List.of("lm_head"));
        ModuleRules everywhere = new ModuleRules(rules.targets(), null, List.of(), List.of(), rules.modulesToSave());
        write(config(everywhere, LoraBias.ALL, true));
        assertThat(SafetensorsFile.open(folder.resolve(AdapterFolder.WEIGHTS_NAME))
                        .tensors()
                        .keySet())
                .contains(
                        "base_model.model.model.embed_tokens.lora_embedding_A",
                        "base_model.model.model.embed_tokens.lora_embedding_B",
                        "base_model.model.model.embed_tokens.lora_magnitude_vector",
                        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias",
                        "base_model.model.lm_head.weight");
        assertThat(AdapterFolder.open(folder, MODEL, "llama").tensors()).hasSize(12);
        write(config(rules, LoraBias.ALL, false));
        assertThat(AdapterFolder.open(folder, MODEL, "llama").tensors().keySet())
                .extracting(AdapterTensor::name)
                .contains("base_model.model.model.layers.1.self_attn.q_proj.bias")
                .doesNotContain("base_model.model.model.embed_tokens.lora_embedding_A");
        write(config(rules, LoraBias.LORA_ONLY, false));
        assertThat(AdapterFolder.open(folder, MODEL, "llama").tensors().keySet())
                .extracting(AdapterTensor::part)
                .containsExactly(
                        AdapterTensor.Part.A,
                        AdapterTensor.Part.B,
                        AdapterTensor.Part.ADAPTED_BIAS,
                        AdapterTensor.Part.WEIGHT);
    }

    @Test
    void anAdapterForFewerOrMoreLayers() throws IOException {
        Path config = folder.resolve(AdapterConfigFile.FILE_NAME);
        Files.writeString(
                config,
                "{\"peft_type\": \"LORA\", \"r\": 2, \"target_modules\": [\"q_proj\", \"v_proj\", \"o_proj\", \"up_proj\"]}");
        assertRefused(TinyModel.modules(3, 4))
                .hasMessageContaining("adapter_model.safetensors has no tensor for q_proj of layer 2 (8 missing: ")
                .hasMessageContaining("this adapter was made for a model with 2 layers, not 3.");
        assertRefused(TinyModel.modules(1, 4))
                .hasMessageContaining("does not account for (8: base_model.model.model.layers.1.")
                .hasMessageContaining("this adapter was made for a model with 2 layers, not 1.");
    }

    @Test
    void anAdapterOfAnotherWidthOrRank() throws IOException {
        assertRefused(TinyModel.modules(2, 6))
                .hasMessageContaining("lora_A.weight [2, 4], not [2, 6]")
                .hasMessageContaining("made for a model whose q_proj of layer 0 has input width 4, not 6");
        Path config = folder.resolve(AdapterConfigFile.FILE_NAME);
        Files.writeString(config, Files.readString(config).replace("\"r\": 2", "\"r\": 3"));
        assertRefused(MODEL).hasMessageContaining("the tensors have rank 2 but adapter_config.json says 3");
    }

    @Test
    void unknownTensorsAreListed() {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(AdapterFolder.WEIGHTS_NAME));
        SafetensorsWriter writer = new SafetensorsWriter();
        file.tensors().values().stream()
                .filter(entry -> !entry.name().equals(A))
                .forEach(writer::add);
        writer.add("base_model.model.model.layers.1.self_attn.q_proj.lora_C.weight", new float[] {1}, 1);
        Path other = folder.resolve("other.safetensors");
        writer.write(other);
        assertThat(other.toFile()
                        .renameTo(folder.resolve(AdapterFolder.WEIGHTS_NAME).toFile()))
                .isTrue();
        assertRefused(MODEL)
                .hasMessageContaining("has no tensor for q_proj of layer 1 (1 missing: " + A + ")")
                .hasMessageContaining(
                        "does not account for (1: base_model.model.model.layers.1.self_attn.q_proj.lora_C.weight)");
    }

    @Test
    void anAdapterOfAnotherFamily() {
        List<AdaptableModule> other = List.of(new AdaptableModule(
                "transformer.h.0.attn.c_attn", AdaptableModule.ModuleType.CONV1D, List.of(4L, 12L), true));
        assertRefused(other).hasMessageContaining("match none of the model's modules; it has c_attn.");
    }

    @Test
    void missingFiles() throws IOException {
        Files.delete(folder.resolve(AdapterFolder.WEIGHTS_NAME));
        assertRefused(MODEL).hasMessageContaining("has no adapter_model.safetensors; an adapter folder as PEFT");
        Files.createFile(folder.resolve("adapter_model.bin"));
        assertRefused(MODEL).hasMessageContaining("adapter_model.bin is not read");
        Files.delete(folder.resolve(AdapterConfigFile.FILE_NAME));
        assertThat(AdapterFolder.isOne(folder)).isFalse();
        assertRefused(MODEL).hasMessageContaining("has no adapter_config.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'peft_type':'LOHA'} | peft_type is LOHA but only LORA",
                "{'use_qalora':true} | use_qalora is true, which changes the result and is not supported",
                "{'trainable_token_indices':[1]} | trainable_token_indices is [1], which changes the result",
                "{'layer_replication':[[0,1]]} | layer_replication is [[0,1]]",
                "{'init_lora_weights':'corda'} | init_lora_weights is corda, which is not supported",
                "{'init_lora_weights':'pissa_niter_4'} | init_lora_weights is pissa_niter_4",
                "{'r':'8'} | r is \"8\" but must be a whole number",
                "{'r':0} | The LoRA rank is 0",
                "{'lora_alpha':true} | lora_alpha is true but must be a number",
                "{'bias':'some'} | bias is some but must be none, all or lora_only",
                "{'use_dora':1} | use_dora is 1 but must be true or false",
                "{'target_modules':[1]} | target_modules is [1] but must be a list of texts",
                "{'target_modules':'(q'} | must be a regular expression",
                "{'rank_pattern':[3]} | rank_pattern is [3] but must be an object of numbers",
                "{'alpha_pattern':{'q':'x'}} | alpha_pattern of q is \"x\" but must be a number",
                "{'layers_pattern':'h'} | layers_to_transform is missing",
                "[] | must hold a JSON object",
                "{ | is not valid JSON",
            })
    void refusesConfigurations(String json, String message) throws IOException {
        Files.writeString(folder.resolve(AdapterConfigFile.FILE_NAME), json.replace('\'', '"'));
        assertRefused(MODEL).hasMessageContaining(message);
    }

    @Test
    void theLeastConfigurationHasPeftsDefaultsAndKeepsUnknownKeys() throws IOException {
        Files.writeString(
                folder.resolve(AdapterConfigFile.FILE_NAME),
                "{\"peft_type\": \"LORA\", \"target_modules\": \"ALL-linear\", \"later\": 1, \"peft_version\": \"0.9\","
                        + " \"runtime_config\": {\"x\": 1}}");
        LoraConfig config = AdapterConfigFile.read(folder);
        assertThat(config.ranks().rank()).isEqualTo(8);
        assertThat(config.scalingOf("q_proj")).isEqualTo(1);
        assertThat(config.modules().targets()).isEqualTo(new ModuleSelector.AllLinear());
        assertThat(config.origin().other()).containsKey("later");
        write(config);
        assertThat(folder.resolve(AdapterConfigFile.FILE_NAME))
                .content()
                .contains("\"later\": 1", "\"peft_version\": \"0.9\"")
                .doesNotContain("runtime_config");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(List<AdaptableModule> modules) {
        return assertThatThrownBy(() -> AdapterFolder.open(folder, modules, "llama"))
                .isInstanceOf(InputException.class);
    }

    private void write(LoraConfig config) {
        ModelCard card = new ModelCard(
                ModelCard.Product.ADAPTER,
                "org/base",
                "dpo",
                List.of("org/data"),
                new ModelCard.Figures(Map.of("data", "`rows.jsonl`"), Map.of("loss", "0.5")),
                "\n## Notes\n\nA note.\n",
                "model: org/base\n",
                null);
        LoraTargets targets = LoraTargets.ofFile(config, MODEL, "llama");
        AdapterFolder.write(folder, targets, AdapterFolderTest::firstDimension, card);
    }

    /** Fills a tensor with its first dimension. */
    private static SafetensorsWriter.Source firstDimension(AdapterTensor tensor) {
        int size = tensor.shape().stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
        float[] values = new float[size];
        Arrays.fill(values, tensor.shape().get(0));
        return sink -> sink.floats(values);
    }

    private static LoraConfig config(ModuleRules rules, LoraBias bias, boolean dora) {
        return new LoraConfig(
                new LoraConfig.Ranks(2, 4, Map.of(), Map.of(), false),
                0,
                bias,
                false,
                new LoraConfig.Start(dora, LoraInitialization.ZERO),
                rules,
                AdapterOrigin.causalLanguageModel("org/base"));
    }

    /** A base's card is another's text: what it says of its licence adds no heading, no link and no code to ours. */
    @Test
    void aLicenceOfOthersIsOneLineOfText() throws IOException {
        String injected = "other\n\n## Injected `heading` [here](https://example.org)";
        ModelCard.of("org/base", "dpo")
                .with(new ModelCard.Licence("other", injected, "https://example.org/licence"))
                .write(folder);
        String card = Files.readString(folder.resolve("README.md"));
        assertThat(card.lines().filter(line -> line.startsWith("#"))).noneMatch(line -> line.contains("Injected"));
        assertThat(card)
                .contains(
                        "is `other ## Injected 'heading' [here](https://example.org)` (<https://example.org/licence>)");
    }
}
