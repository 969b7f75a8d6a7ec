package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.session.FullModelFiles;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A checkpoint in 8-bit floats with scales of blocks is the model of the numbers that these stand for. */
class EightBitCheckpointTest {
    @TempDir
    private Path folder;

    private static BaseModel load(Path model, Holding holding) {
        return BaseModel.load(model, Families.decoder(model), Engine.cpu(), holding);
    }

    private EightBitCheckpoint checkpoint(String family) throws IOException {
        return EightBitCheckpoint.of(TinyFamilies.of(family), folder);
    }

    private static void assertSame(BaseModel ours, BaseModel expected) {
        try (Scope scope = Engine.cpu().open()) {
            expected.decoder()
                    .parameters()
                    .forEach(p -> assertThat(TensorKernels.toFloats(scope, ours.value(scope, p)))
                            .as(p.name())
                            .isEqualTo(TensorKernels.toFloats(scope, expected.value(scope, p))));
        }
    }

    /** DeepSeek-V3 has a layer beyond the last in 8-bit floats too; Llama 4's experts lie in stacks. */
    @ParameterizedTest
    @CsvSource({
        "deepseek-v3-mtp-layer, F32, RESIDENT",
        "deepseek-v3-mtp-layer, BF16, RESIDENT",
        "deepseek-v3-mtp-layer, BF16, MAPPED",
        "llama4-text, F32, MAPPED",
        "qwen3-moe, BF16, RESIDENT"
    })
    void everyWeightIsWhatItStandsFor(String family, Dtype dtype, Residency residency) throws IOException {
        EightBitCheckpoint checkpoint = checkpoint(family);
        try (BaseModel ours = load(checkpoint.model(), new Holding(dtype, residency, null));
                BaseModel expected = load(checkpoint.plain(), Holding.resident(dtype))) {
            ours.requireFinite();
            assertSame(ours, expected);
            assertThat(ours.describe()).singleElement().asString().contains("matrices in 8-bit floats", dtype.name());
            assertThat(expected.describe()).isEmpty();
        }
    }

    /** One number for a matrix, under either name, and numbers for activations, which change nothing. */
    @ParameterizedTest
    @CsvSource({"weight_scale_inv, activation_scale, null", "weight_scale, input_scale, missing"})
    void aMatrixMayHaveOneScale(String scale, String activations, String blockSize) throws IOException {
        EightBitCheckpoint checkpoint = checkpoint("llama").withOneScale(scale, activations, blockSize);
        try (BaseModel ours = load(checkpoint.model(), Holding.resident(Dtype.F32));
                BaseModel expected = load(checkpoint.plain(), Holding.resident(Dtype.F32))) {
            assertSame(ours, expected);
        }
    }

    @ParameterizedTest
    @EnumSource(Quantization.Scheme.class)
    void inFewBitsItIsWhatTheNumbersAreInFewBits(Quantization.Scheme scheme) throws IOException {
        EightBitCheckpoint checkpoint = checkpoint("deepseek-v3");
        Holding.QuantizedStorage few =
                new Holding.QuantizedStorage(new Quantization(scheme, false), folder.resolve("cache"));
        Holding holding = new Holding(Dtype.BF16, Residency.RESIDENT, few);
        try (BaseModel ours = load(checkpoint.model(), holding);
                BaseModel expected = load(checkpoint.plain(), holding)) {
            assertSame(ours, expected);
            assertThat(ours.describe()).hasSize(2);
        }
    }

    @Test
    void anAdapterOverItHasTheGradientsOfTheNumbers() throws IOException {
        EightBitCheckpoint checkpoint = checkpoint("deepseek-v3");
        Holding mapped = new Holding(Dtype.F32, Residency.MAPPED, null);
        try (BaseModel ours = load(checkpoint.model(), mapped);
                BaseModel expected = load(checkpoint.plain(), mapped);
                Policy first = Policy.adapted(ours, TinyPolicies.adapter(ours, 0), false, true);
                Policy second = Policy.adapted(expected, TinyPolicies.adapter(expected, 0), false, true)) {
            PackedBatch batch = TinyPolicies.batch(ours);
            for (Policy policy : new Policy[] {first, second}) {
                policy.trainables().zeroGradients();
                TinyPolicies.pass(policy, batch, null);
            }
            double[] expectedGradients = TinyPolicies.gradients(second);
            assertThat(TinyPolicies.norm(expectedGradients)).isPositive();
            assertThat(TinyPolicies.gradients(first)).isEqualTo(expectedGradients);
        }
    }

    /** Merging and training in full leave plain numbers: no codes without their scales, and a config that says so. */
    @Test
    void aModelThatIsWrittenHoldsPlainNumbers() throws IOException {
        EightBitCheckpoint checkpoint = checkpoint("deepseek-v3-mtp-layer");
        Path out = Files.createDirectory(folder.resolve("out"));
        try (BaseModel base = load(checkpoint.model(), Holding.resident(Dtype.F32));
                Policy policy = Policy.frozen(base)) {
            new FullModelFiles(policy.decoder(), new MergedWeights(policy)::write, checkpoint.model()).write(out);
        }
        assertThat(Files.readString(out.resolve("config.json"))).doesNotContain("quantization_config");
        WeightStore written = WeightStore.open(out);
        WeightStore plain = WeightStore.open(checkpoint.plain());
        assertThat(written.names()).containsExactlyInAnyOrderElementsOf(plain.names());
        assertThat(written.names()).anyMatch(name -> name.startsWith("model.layers.2."));
        plain.tensors().forEach((name, entry) -> {
            float[] expected = entry.floats();
            float[] ours = written.require(name, entry.shape()).floats();
            for (int i = 0; i < ours.length; i++) {
                assertThat(ours[i])
                        .as(name)
                        .isBetween(
                                expected[i] - Math.abs(expected[i]) / 256, expected[i] + Math.abs(expected[i]) / 256);
            }
        });
    }

    /** Each line: what stands in the config, what stands there instead, words of the error. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[5,7] | [5,8] | weight_scale_inv, has shape, is required, 5 x 8",
                "[5,7] | null | weight_scale_inv, has shape, is required",
                "[5,7] | [5] | weight_block_size, [5], two positive whole numbers",
                "weight_block_size | no_block_size | weight_block_size, missing"
            })
    void scalesMustFitTheirBlocks(String before, String after, String words) throws IOException {
        Path model = checkpoint("llama").model();
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace(before, after));
        assertThatThrownBy(() -> WeightStore.open(model))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words.split(", "));
    }

    @Test
    void codesWithoutScalesAreRefused() throws IOException {
        Path model = checkpoint("llama").model();
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("quantization_config", "other"));
        TensorEntry entry = WeightStore.open(model).tensors().get("model.layers.0.mlp.up_proj.weight");
        assertThatThrownBy(entry::floats)
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("F8_E4M3", "quant_method fp8", "F32, BF16, F16 and F64");
    }
}
