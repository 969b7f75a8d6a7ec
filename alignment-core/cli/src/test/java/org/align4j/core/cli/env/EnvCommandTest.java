package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvCommandTest {
    @Test
    void tellsVersionsDevicesMemoryAndProblems() throws IOException {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "env", "--json")).isZero();
        JsonNode document = new JsonMapper().readTree(terminal.captureOutput());
        assertThat(document.at("/versions/pytorch").asText()).startsWith("2.7.1");
        assertThat(document.at("/engine/devices/0").asText()).isEqualTo("cpu");
        assertThat(document.at("/memory/heap_bytes").asLong()).isPositive();
        assertThat(document.path("problems").isArray()).isTrue();
        assertThat(document.at("/products/fp32_gflops_rows_1024").asDouble()).isPositive();
        assertThat(document.at("/products/bf16_gflops_rows_1").asDouble()).isPositive();
        assertThat(document.at("/products/auto_products").asText()).isIn("bf16", "fp32");
    }

    /** Embedding 5 × 4, one layer: q and o 4 × 4, k and v 2 × 4, three MLP matrices 4 × 6, three norms of 4, tied head. */
    @Test
    void weighsAnArchitecture(@TempDir Path folder) throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), """
                {"architectures": ["LlamaForCausalLM"], "hidden_size": 4, "vocab_size": 5, "num_hidden_layers": 1,
                 "intermediate_size": 6, "num_attention_heads": 2, "num_key_value_heads": 1,
                 "tie_word_embeddings": true}
                """);
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "env", "--json", "--model-config", config.toString()))
                .as(terminal.captureLog())
                .isZero();
        JsonNode document = new JsonMapper().readTree(terminal.captureOutput());
        long parameters = 20 + 2 * 16 + 2 * 8 + 3 * 24 + 3 * 4;
        long adapter = 16 * (2 * (4 + 4) + 2 * (4 + 2) + 3 * (4 + 6));
        assertThat(document.path("parameters").asLong()).isEqualTo(parameters);
        assertThat(document.path("active_parameters").asLong()).isEqualTo(parameters);
        assertThat(document.path("lora_parameters").asLong()).isEqualTo(adapter);
        assertThat(document.path("run_bf16_bytes").asLong()).isEqualTo(2 * parameters);
        assertThat(document.path("train_lora_bf16_bytes").asLong()).isEqualTo(2 * parameters + 16 * adapter);
        assertThat(Align.run(
                        terminal,
                        "env",
                        "--model-config",
                        folder.resolve("none").toString()))
                .isEqualTo(2);
    }

    @Test
    void peopleReadSections() {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "env")).isZero();
        assertThat(terminal.captureOutput()).contains("versions", "engine", "processor", "memory", "problems");
    }
}
