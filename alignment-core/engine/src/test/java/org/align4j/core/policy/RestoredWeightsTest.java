package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights that are stored in bf16 and multiplied in fp32 give a checkpoint in bf16 the bits of fp32, and take the memory of bf16. */
class RestoredWeightsTest {
    private static final Precision MIXED = new Precision(Dtype.BF16, Dtype.F32);
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());

    @TempDir
    private static Path model;

    @BeforeAll
    static void write() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        try (BaseModel base = BaseModel.load(
                        TinyPolicies.MODEL, Families.decoder(TinyPolicies.MODEL), Dtype.F32, Engine.cpu());
                Scope scope = Engine.cpu().open()) {
            for (Parameter parameter : base.decoder().parameters()) {
                float[] values = TensorKernels.toFloats(scope, base.value(scope, parameter));
                writer.add(parameter.name(), StoredDtype.BF16, parameter.shape(), sink -> sink.floats(values));
            }
        }
        writer.write(model.resolve("model.safetensors"));
        Files.copy(TinyPolicies.MODEL.resolve("config.json"), model.resolve("config.json"));
    }

    private static BaseModel load(Precision precision, Residency residency) {
        return BaseModel.load(model, Families.decoder(model), Engine.cpu(), new Holding(precision, residency, null));
    }

    private static BaseModel load(Precision precision) {
        return load(precision, Residency.RESIDENT);
    }

    private static AdapterValues adapter(BaseModel base, LoraOptions.Variant variant, double dropout) {
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(4, 8, dropout),
                "all-linear",
                variant,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        return AdapterValues.initial(
                LoraTargets.ofOptions(
                        options.toConfig(AdapterOrigin.unknown()), AdapterValues.modules(base.decoder()), "llama"),
                base,
                7);
    }

    private static double[] gradients(Policy policy) {
        policy.trainables().zeroGradients();
        TinyPolicies.pass(policy, BATCH, null);
        return TinyPolicies.gradients(policy);
    }

    @ParameterizedTest
    @EnumSource(
            value = LoraOptions.Variant.class,
            names = {"PLAIN", "DORA"})
    void scoresAndGradientsHaveTheBitsOfFp32(LoraOptions.Variant variant) {
        try (BaseModel whole = load(Precision.of(Dtype.F32));
                BaseModel mixed = load(MIXED);
                BaseModel mapped = load(MIXED, Residency.MAPPED);
                Policy expected = Policy.adapted(whole, adapter(whole, variant, 0), false, false);
                Policy kept = Policy.adapted(mixed, adapter(mixed, variant, 0), false, false);
                Policy again = Policy.adapted(mixed, adapter(mixed, variant, 0), false, true);
                Policy read = Policy.adapted(mapped, adapter(mapped, variant, 0), false, true)) {
            double[] right = gradients(expected);
            assertThat(TinyPolicies.norm(right)).isPositive();
            assertThat(gradients(kept)).isEqualTo(right);
            assertThat(gradients(again)).isEqualTo(right);
            assertThat(gradients(read)).isEqualTo(right);
            float[] scores = expected.score(BATCH).logProbs();
            assertThat(kept.score(BATCH).logProbs()).isEqualTo(scores);
            assertThat(kept.score(BATCH, mixed).logProbs())
                    .as("the reference, before anything trained")
                    .isEqualTo(expected.score(BATCH, whole).logProbs());
        }
    }

    /** Autograd would keep every restored matrix with its graph; the backward that is written out makes them again. */
    @Test
    void graphsAreKeptWhereTheyHoldNoMatrix() {
        try (BaseModel mixed = load(MIXED);
                Policy plain = Policy.adapted(mixed, adapter(mixed, LoraOptions.Variant.PLAIN, 0), false, false);
                Policy dora = Policy.adapted(mixed, adapter(mixed, LoraOptions.Variant.DORA, 0), false, false);
                Policy full = Policy.full(mixed, false)) {
            assertThat(plain.recordingMode()).isEqualTo(Trunk.Mode.KEEP_GRAPH);
            assertThat(dora.recordingMode()).isEqualTo(Trunk.Mode.RECOMPUTE);
            assertThat(full.recordingMode()).isEqualTo(Trunk.Mode.KEEP_GRAPH);
        }
    }

    /** 2 bytes for each number of a matrix, 4 for each of a norm. */
    @Test
    void memoryIsThatOfBf16() {
        try (BaseModel mixed = load(MIXED)) {
            long expected = mixed.decoder().parameters().stream()
                    .mapToLong(p -> p.elements() * (p.shape().length > 1 ? 2 : 4))
                    .sum();
            assertThat(mixed.heldBytes()).isEqualTo(expected);
            assertThat(mixed.holding().bytes(mixed.decoder())).isEqualTo(expected);
            assertThat(mixed.holding().stayingBytes(mixed.decoder())).isEqualTo(expected);
            assertThat(mixed.passingHeadBytes())
                    .isEqualTo(4 * mixed.decoder().head().elements());
            assertThat(mixed.holding().passingLayerBytes(mixed.decoder())).isPositive();
            assertThat(mixed.dtype()).isEqualTo(Dtype.F32);
        }
    }

    /** Steps of few rows read the weights as they are stored: the model in bf16, and what trains over it. */
    @Test
    void theModelAsStoredHasTheBitsOfBf16() {
        try (BaseModel mixed = load(MIXED);
                BaseModel half = load(Precision.of(Dtype.BF16));
                Policy over = Policy.adapted(mixed, TinyPolicies.adapter(mixed, 0), false, false);
                Policy expected = Policy.adapted(half, TinyPolicies.adapter(half, 0), false, false);
                Policy ofStored = Policy.frozen(mixed.asStored());
                Scope scope = Engine.cpu().open()) {
            assertThat(mixed.asStored().dtype()).isEqualTo(Dtype.BF16);
            assertThat(half.asStored()).isSameAs(half);
            Weights stored = mixed.asStored(scope, over.weights());
            assertThat(ofStored.score(BATCH, stored).logProbs())
                    .isEqualTo(expected.score(BATCH).logProbs());
            assertThat(ofStored.score(BATCH).logProbs())
                    .isEqualTo(expected.score(BATCH, half).logProbs());
        }
    }

    @Test
    void fp32IsNotRoundedForProducts() {
        assertThatThrownBy(() -> new Precision(Dtype.F32, Dtype.BF16)).hasMessageContaining("no products in BF16");
        assertThat(MIXED.text()).isEqualTo("BF16 in F32");
        assertThat(Precision.of(Dtype.BF16).text())
                .as("as keys of before had it")
                .isEqualTo("BF16");
    }
}
