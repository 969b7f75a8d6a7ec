package org.align4j.core.session.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How large forwards are on devices whose reports are made up, at the widths of SmolLM2-135M and Llama-3.1-8B. */
class FootprintTest {
    private static final long GIB = 1L << 30;
    private static final int LONGEST = 1024;

    @TempDir
    Path folder;

    private Decoder decoder(boolean large) throws IOException {
        int[] sizes = large ? new int[] {4096, 14_336, 32, 32, 8, 128_256} : new int[] {576, 1536, 30, 9, 3, 49_152};
        String config = """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "rms_norm_eps": 1e-5,
                 "rope_theta": 10000, "max_position_embeddings": 8192, "hidden_size": %d, "intermediate_size": %d,
                 "num_hidden_layers": %d, "num_attention_heads": %d, "num_key_value_heads": %d, "vocab_size": %d,
                 "tie_word_embeddings": %s, "torch_dtype": "bfloat16"}""".formatted(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], !large);
        return Families.decoder(ConfigJson.read(Files.writeString(folder.resolve("config.json"), config)));
    }

    private Footprint footprint(String more, boolean large, DeviceProfile device) throws IOException {
        Path rows = Files.writeString(folder.resolve("a.jsonl"), "{}");
        String yaml = "model: m\ndata: " + rows + "\nthreads: 1\n" + more.replace("; ", "\n");
        RecipeOptions asked = OptionsYaml.parse(yaml, "run.yaml", RecipeOptions.class);
        return Footprint.of(asked, decoder(large), Precision.of(Dtype.BF16), device, LONGEST);
    }

    /** What a card has free, and what follows: graphs are kept where 4,096 tokens fit with them. */
    @ParameterizedTest
    @CsvSource({
        "80, false, '', 16384, false, 2720",
        "24, false, '', 16384, false, 2048",
        "8, false, '', 7168, false, 672",
        "2, false, '', 10240, true, 160",
        "80, true, '', 7168, false, 1024",
        "80, true, 'method: qlora', 16384, true, 1024",
        "24, true, '', 6144, true, 768",
        "24, true, 'method: qlora', 16384, true, 768",
        "40, true, '', 16384, true, 1024",
        "8, true, '', 1024, true, 256",
        "8, true, 'method: qlora', 1024, true, 256",
        "12, true, 'method: qlora', 4096, true, 384",
        "80, true, 'recompute: true', 16384, true, 1024",
        "80, true, 'micro-batch-tokens: 512', 512, false, 1024",
        "80, true, 'log-prob-chunk: 7', 7168, false, 7",
    })
    void aGpuTakesWhatFitsItsFreeMemory(int free, boolean large, String more, int tokens, boolean recompute, int chunk)
            throws IOException {
        Footprint footprint = footprint(more, large, DeviceProfile.gpu(0, free * GIB));
        assertThat(footprint.microBatchTokens()).isEqualTo(tokens);
        assertThat(footprint.recompute()).isEqualTo(recompute);
        assertThat(footprint.logProbChunk()).hasValue(chunk);
    }

    @Test
    void aCpuKeepsItsSizes() throws IOException {
        Memory memory = new Memory(
                16 * GIB, 16 * GIB, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), GIB, true);
        DeviceProfile cpu = DeviceProfile.cpu(memory);
        Footprint small = footprint("", false, cpu);
        assertThat(small.microBatchTokens()).isEqualTo(1024);
        assertThat(small.recompute()).isFalse();
        assertThat(small.logProbChunk()).hasValue(160);
        Footprint large = footprint("", true, cpu);
        assertThat(large.microBatchTokens()).isEqualTo(682);
        assertThat(large.recompute()).isTrue();
    }

    /** A head of 8 B in fp32 would take 2 GiB; in pieces it takes 8 MiB, and its pages of the file where it doesn't stay in memory. */
    @Test
    void aLargeHeadIsRestoredInPieces() throws IOException {
        Precision mixed = new Precision(Dtype.BF16, Dtype.F32);
        Decoder large = decoder(true);
        Decoder small = decoder(false);
        Memory memory = new Memory(
                16 * GIB, 16 * GIB, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), GIB, true);
        DeviceProfile cpu = DeviceProfile.cpu(memory);
        Holding resident = Holding.resident(mixed);
        assertThat(resident.passingHeadBytes(large)).isEqualTo(8 << 20);
        assertThat(new Holding(mixed, Residency.MAPPED, null).passingHeadBytes(large))
                .isEqualTo(2L * 128_256 * 4096 + (8 << 20));
        assertThat(resident.passingHeadBytes(small)).isEqualTo(4L * 49_152 * 576);
        assertThat(Holding.resident(Dtype.BF16).passingHeadBytes(large)).isZero();
        assertThat(resident.logitRows(cpu, large)).isEqualTo(256);
        assertThat(resident.logitRows(cpu, small)).isEqualTo(160);
        assertThat(Holding.resident(Dtype.BF16).logitRows(cpu, large)).isEqualTo(64);
    }

    /** Where nothing trains, no graph is kept. */
    @Test
    void scoringTakesMoreTokens() throws IOException {
        Decoder large = decoder(true);
        long held = 16 * GIB;
        assertThat(Footprint.usualTokens(large, Dtype.BF16, DeviceProfile.gpu(0, 80 * GIB), held))
                .isEqualTo(16_384);
        assertThat(Footprint.usualTokens(large, Dtype.BF16, DeviceProfile.gpu(0, 16 * GIB), held))
                .isEqualTo(1024);
    }
}
