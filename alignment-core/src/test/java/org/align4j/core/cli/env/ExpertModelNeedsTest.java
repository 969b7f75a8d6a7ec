package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.env.EnvCommand.ModelNeeds;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sizes of published mixtures of experts. All: what transformers counts for the config on its meta device. Active: that less
 * the idle experts, {@code layers * (experts - chosen) * 3 * hidden * inner}.
 */
class ExpertModelNeedsTest {
    @TempDir
    Path folder;

    private enum Model {
        MIXTRAL("Mixtral-8x7B-v0.1", 46_702_792_704L, 32L * 6 * 3 * 4096 * 14_336, """
                {"architectures": ["MixtralForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336,
                 "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "num_local_experts": 8,
                 "num_experts_per_tok": 2, "vocab_size": 32000}
                """),
        QWEN("Qwen3-30B-A3B", 30_532_122_624L, 48L * 120 * 3 * 2048 * 768, """
                {"architectures": ["Qwen3MoeForCausalLM"], "hidden_size": 2048, "intermediate_size": 6144,
                 "moe_intermediate_size": 768, "num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 128,
                 "num_hidden_layers": 48, "num_experts": 128, "num_experts_per_tok": 8, "vocab_size": 151936}
                """),
        DEEPSEEK("DeepSeek-V3", 671_026_404_352L, 58L * 248 * 3 * 7168 * 2048, """
                {"architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 7168, "intermediate_size": 18432,
                 "moe_intermediate_size": 2048, "num_attention_heads": 128, "num_key_value_heads": 128,
                 "num_hidden_layers": 61, "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1,
                 "first_k_dense_replace": 3, "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
                 "qk_rope_head_dim": 64, "v_head_dim": 128, "n_group": 8, "topk_group": 4,
                 "num_nextn_predict_layers": 1, "vocab_size": 129280,
                 "rope_scaling": {"type": "yarn", "factor": 40, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0,
                                  "mscale_all_dim": 1.0, "original_max_position_embeddings": 4096}}
                """),
        SCOUT("Llama-4-Scout-17B-16E-Instruct", 107_769_861_120L, 48L * 15 * 3 * 5120 * 8192, """
                {"architectures": ["Llama4ForConditionalGeneration"], "text_config":
                 {"hidden_size": 5120, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
                  "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128, "num_hidden_layers": 48,
                  "num_local_experts": 16, "num_experts_per_tok": 1, "interleave_moe_layer_step": 1,
                  "vocab_size": 202048}}
                """);

        private final String file;
        private final long parameters;
        private final long idle;
        private final String facts;

        Model(String file, long parameters, long idle, String facts) {
            this.file = file;
            this.parameters = parameters;
            this.idle = idle;
            this.facts = facts;
        }
    }

    private static void assertCounts(Model model, Path config) {
        ModelNeeds needs = ModelNeeds.of(config);
        assertThat(needs.parameters()).isEqualTo(model.parameters);
        assertThat(needs.activeParameters()).isEqualTo(model.parameters - model.idle);
        assertThat(needs.entries()).containsEntry("run_bf16_bytes", 2 * model.parameters);
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void countsWhatTheArchitectureHas(Model model) throws IOException {
        assertCounts(model, Files.writeString(folder.resolve("config.json"), model.facts));
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void countsThePublishedConfig(Model model) {
        Path config = ReferenceFolder.shared().resolve("configs").resolve(model.file + ".config.json");
        Assumptions.assumeTrue(Files.exists(config), config + " is not there");
        assertCounts(model, config);
    }
}
