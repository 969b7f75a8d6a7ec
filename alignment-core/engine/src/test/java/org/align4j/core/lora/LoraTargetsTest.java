package org.align4j.core.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.lora.LoraTargets.LoraTarget;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PEFT's matching rules by hand, on a model of three layers with q, v, o and one expert's up projection. */
class LoraTargetsTest {
    private static final List<AdaptableModule> MODEL = TinyModel.modules(3, 4);

    @Test
    void allLinearSparesEmbeddingAndOutput() {
        assertThat(names(of("all-linear", null, null))).hasSize(12).allMatch(name -> name.startsWith("model.layers."));
    }

    @Test
    void namesMatchWholePartsAtTheEnd() {
        assertThat(names(of("q_proj,lm_head", null, null)))
                .containsExactly(
                        "model.layers.0.self_attn.q_proj",
                        "model.layers.1.self_attn.q_proj",
                        "model.layers.2.self_attn.q_proj",
                        "lm_head");
        assertThat(names(of("self_attn.v_proj", null, null))).hasSize(3);
        assertThatThrownBy(() -> of("proj", null, null)).hasMessageContaining("lora-targets has proj");
    }

    @Test
    void regexMatchesTheWholeName() {
        assertThat(names(of("regex:.*\\.[02]\\..*(q|v)_proj", null, null))).hasSize(4);
        assertThatThrownBy(() -> of("regex:q_proj", null, null))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "lora-targets has regex:q_proj, which no module is called; the model has embed_tokens,");
        assertThatThrownBy(() -> of("regex:(q", null, null)).hasMessageContaining("must be a regular expression");
    }

    @Test
    void excludedModulesGetNone() {
        assertThat(names(of("all-linear", "o_proj,model.layers.0.self_attn.q_proj", null)))
                .hasSize(8);
        assertThat(names(of("all-linear", "regex:.*experts.*", null))).hasSize(9);
        assertThatThrownBy(() -> of("all-linear", "x_proj", null)).hasMessageContaining("lora-exclude has x_proj");
        assertThatThrownBy(() -> of("q_proj", "q_proj", null))
                .hasMessageContaining("match none of the model's modules");
    }

    @Test
    void layersAreTheFirstNumberNotTheExperts() {
        assertThat(names(of("up_proj", null, "1"))).containsExactly("model.layers.1.mlp.experts.1.up_proj");
        assertThat(names(of("q_proj", null, "0, 2-2"))).hasSize(2);
        assertThatThrownBy(() -> of("q_proj", null, "1-3"))
                .hasMessageContaining("lora-layers has 3 but the model's layers are numbered 0 to 2");
        assertThatThrownBy(() -> of("q_proj", null, "2-1")).hasMessageContaining("lora-layers is \"2-1\" but must be");
        assertThatThrownBy(() -> of("regex:.*q_proj", null, "1")).hasMessageContaining("drop one of the two");
    }

    @Test
    void savedModulesAreTrainedInFullAndGetNoLora() {
        LoraTargets targets = of("q_proj,lm_head", null, null, Map.of(), Map.of(), List.of("lm_head"));
        assertThat(targets.saved()).extracting(AdaptableModule::name).containsExactly("lm_head");
        assertThat(names(targets)).hasSize(3).doesNotContain("lm_head");
        assertThatThrownBy(() -> of("q_proj", null, null, Map.of(), Map.of(), List.of("classifier")))
                .hasMessageContaining("modules-to-save has classifier");
    }

    @Test
    void rankAndAlphaByPattern() {
        LoraTargets targets = of(
                "q_proj,v_proj",
                null,
                null,
                Map.of("layers\\.[01]\\.self_attn\\.q_proj", 4),
                Map.of("v_proj", 6.0),
                List.of());
        assertThat(targets.adapted()).extracting(LoraTarget::rank).containsExactly(4, 2, 4, 2, 2, 2);
        assertThat(targets.adapted()).extracting(LoraTarget::scaling).containsExactly(2.0, 3.0, 2.0, 3.0, 4.0, 3.0);
        assertThatThrownBy(() -> of("q_proj", null, null, Map.of("v_proj", 4), Map.of(), List.of()))
                .hasMessageContaining(
                        "lora-rank-pattern has v_proj, which matches no module that gets LoRA; these are q_proj");
        assertThatThrownBy(() -> of("q_proj", null, null, Map.of("q_proj", 0), Map.of(), List.of()))
                .hasMessageContaining("rank of q_proj is 0 but must be at least 1");
    }

    @Test
    void variants() {
        assertThat(config("q_proj", Variant.RSLORA).scalingOf("x")).isEqualTo(8 / Math.sqrt(2));
        assertThat(config("q_proj", Variant.DORA).start().dora()).isTrue();
        assertThat(config("q_proj", Variant.PISSA).start().initialization().changesBase())
                .isTrue();
        assertThat(config("q_proj", Variant.OLORA).start().initialization()).isEqualTo(LoraInitialization.OLORA);
    }

    @Test
    void aRewardModelSavesItsHead() {
        LoraOptions options = options("q_proj", null, null, Map.of(), Map.of(), List.of(), Variant.PLAIN);
        LoraConfig config = options.toConfig(AdapterOrigin.classifier("base", "SEQ_CLS"));
        assertThat(config.modules().modulesToSave()).containsExactly("classifier", "score");
        assertThat(LoraTargets.ofOptions(config, MODEL, "llama").saved()).isEmpty();
    }

    @Test
    void aFilesTargetsMayBeMissing() {
        LoraConfig config = LoraConfig.allLinear(2, 4);
        ModuleRules unset = new ModuleRules(null, null, List.of(), List.of(), List.of());
        LoraConfig usual = new LoraConfig(
                new LoraConfig.Ranks(2, 4, Map.of(), Map.of(), false),
                0,
                LoraBias.NONE,
                false,
                new LoraConfig.Start(false, LoraInitialization.ZERO),
                unset,
                config.origin());
        assertThat(names(LoraTargets.ofFile(usual, MODEL, "llama"))).hasSize(6);
        assertThatThrownBy(() -> LoraTargets.ofFile(usual, MODEL, "mamba"))
                .hasMessageContaining("target_modules is missing and mamba models have no usual choice");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 4 | 0.0 | The LoRA rank is 0 but must be at least 1",
                "4 | NaN | 0.0 | The LoRA alpha is NaN",
                "4 | 4 | 1.0 | The LoRA dropout is 1.0 but must be at least 0 and below 1",
            })
    void refusesBadNumbers(int rank, double alpha, double dropout, String message) {
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(rank, alpha, dropout),
                "all-linear",
                Variant.PLAIN,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        assertThatThrownBy(() -> options.toConfig(AdapterOrigin.unknown()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    private static List<String> names(LoraTargets targets) {
        return targets.adapted().stream().map(target -> target.module().name()).toList();
    }

    private static LoraConfig config(String targets, Variant variant) {
        return options(targets, null, null, Map.of(), Map.of(), List.of(), variant)
                .toConfig(AdapterOrigin.unknown());
    }

    private static LoraTargets of(String targets, @Nullable String exclude, @Nullable String layers) {
        return of(targets, exclude, layers, Map.of(), Map.of(), List.of());
    }

    private static LoraTargets of(
            String targets,
            @Nullable String exclude,
            @Nullable String layers,
            Map<String, Integer> ranks,
            Map<String, Double> alphas,
            List<String> saved) {
        LoraOptions options = options(targets, exclude, layers, ranks, alphas, saved, Variant.PLAIN);
        return LoraTargets.ofOptions(options.toConfig(AdapterOrigin.unknown()), MODEL, "llama");
    }

    private static LoraOptions options(
            String targets,
            @Nullable String exclude,
            @Nullable String layers,
            Map<String, Integer> ranks,
            Map<String, Double> alphas,
            List<String> saved,
            Variant variant) {
        return new LoraOptions(
                new LoraOptions.SizeOptions(2, 8, 0),
                targets,
                variant,
                new LoraOptions.ExclusionOptions(exclude, layers),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(ranks, alphas),
                saved);
    }
}
