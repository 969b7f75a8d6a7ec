package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DPO runs whose frozen weights are stored in one dtype and multiplied in another. */
class ProductsRunTest {
    @TempDir
    Path folder;

    private Path run(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, more));
        return out;
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "qlora"})
    void itStartsAtThePointWhereBothAreEqual(String method) throws IOException {
        Path out = run("run", "--method", method, "--dtype", "bf16", "--products", "fp32", "--max-steps", "2");
        List<JsonNode> steps = AlignRuns.steps(out);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(steps.get(0).get("rewards/margins").asDouble()).isZero();
        assertThat(steps.get(1).get("rewards/margins").asDouble()).isNotZero();
        assertThat(Files.readString(out.resolve("config.yaml"))).contains("dtype: bf16", "products: fp32");
        JsonNode manifest = AlignRuns.json(out.resolve("manifest.json"));
        assertThat(manifest.get("products").asText()).isEqualTo("fp32");
        assertThat(manifest.has("arithmetic")).as("of bf16 alone").isFalse();
    }

    @Test
    void aRunOfBothKindsIsResumedBitByBit() throws IOException {
        String[] common = {"--schedule", "constant", "--save-every", "2", "--dtype", "bf16", "--products", "fp32"};
        Path undisturbed = run("undisturbed", AlignRuns.concat(common, "--max-steps", "4"));
        Path resumed = run("resumed", AlignRuns.concat(common, "--max-steps", "2"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "4"));
        assertThat(AlignRuns.product(resumed).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
    }

    /** A run in bf16 from before products had an option multiplies in bf16, whatever this processor is faster in. */
    @Test
    void aRunOfBeforeKeepsItsProducts() throws IOException {
        String[] common = {"--schedule", "constant", "--save-every", "2", "--dtype", "bf16", "--products", "bf16"};
        Path undisturbed = run("undisturbed", AlignRuns.concat(common, "--max-steps", "4"));
        Path old = run("old", AlignRuns.concat(common, "--max-steps", "2"));
        Path config = old.resolve("config.yaml");
        String before = Files.readString(config).replaceAll("(?m)^products:.*\\R", "");
        assertThat(before).contains("dtype: bf16").doesNotContain("products");
        Files.writeString(config, before);
        AlignRuns.align(List.of("resume", old.toString(), "--max-steps", "4"));
        assertThat(Files.readString(config)).contains("products: bf16");
        assertThat(AlignRuns.product(old).path())
                .hasSameBinaryContentAs(AlignRuns.product(undisturbed).path());
    }

    @Test
    void fp32IsNotMultipliedInBf16() {
        assertThat(AlignRuns.ends(2, DpoRuns.dpo(folder.resolve("run"), "--dtype", "fp32", "--products", "bf16")))
                .contains("dtype is fp32 but products is bf16");
        assertThat(AlignRuns.ends(
                        2,
                        DpoRuns.dpo(
                                folder.resolve("run"),
                                "--dtype",
                                "bf16",
                                "--products",
                                "fp32",
                                "--lora-dropout",
                                "0.1",
                                "--recompute",
                                "false")))
                .contains("recompute is false but products is fp32");
    }
}
