package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.model.Parameter;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.Quantization.Scheme;
import org.align4j.core.weights.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A base in few bits is the base of the values that these stand for; a mapped base is the resident one. */
class QuantizedBaseTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());
    private static final Quantization DOUBLE = new Quantization(Scheme.NF4, true);
    private static final Path FAMILIES = Path.of("src/test/resources/reference/families");

    @TempDir
    private static Path folder;

    private static BaseModel load(Path model, Holding holding) {
        return BaseModel.load(model, Families.decoder(model), Engine.cpu(), holding);
    }

    private static Holding quantized(Dtype dtype, Quantization quantization, Residency residency) {
        return new Holding(dtype, residency, new Holding.QuantizedStorage(quantization, folder.resolve("cache")));
    }

    /** A model directory whose files hold, in fp32, the values that a quantised base computes with. */
    private static Path dequantised(BaseModel base) throws IOException {
        Path directory = Files.createTempDirectory(folder, "values");
        SafetensorsWriter writer = new SafetensorsWriter();
        try (Scope scope = Engine.cpu().open()) {
            for (Parameter parameter : base.decoder().parameters()) {
                writer.add(
                        parameter.name(),
                        TensorKernels.toFloats(scope, base.value(scope, parameter)),
                        parameter.shape());
            }
        }
        writer.write(directory.resolve("model.safetensors"));
        Files.copy(base.directory().resolve("config.json"), directory.resolve("config.json"));
        return directory;
    }

    private static AdapterValues adapter(BaseModel base, LoraOptions.Variant variant) {
        if (variant == LoraOptions.Variant.PLAIN) {
            return TinyPolicies.adapter(base, 0);
        }
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(4, 8, 0),
                "all-linear",
                variant,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        LoraTargets targets = LoraTargets.ofOptions(
                options.toConfig(AdapterOrigin.unknown()), AdapterValues.modules(base.decoder()), "llama");
        return AdapterValues.initial(targets, base, 7);
    }

    private static double[] gradients(Policy policy) {
        policy.trainables().zeroGradients();
        TinyPolicies.pass(policy, BATCH, null);
        return TinyPolicies.gradients(policy);
    }

    @ParameterizedTest
    @CsvSource({
        "NF4,true,PLAIN",
        "NF4,false,PLAIN",
        "INT8,false,PLAIN",
        "NF4,true,DORA",
        "NF4,true,PISSA",
        "NF4,true,OLORA"
    })
    void gradientsAreThoseOfLoraOnTheDequantisedWeights(Scheme scheme, boolean doubled, LoraOptions.Variant variant)
            throws IOException {
        Holding holding = quantized(Dtype.F32, new Quantization(scheme, doubled), Residency.RESIDENT);
        try (BaseModel base = load(TinyPolicies.MODEL, holding);
                BaseModel plain = load(dequantised(base), Holding.resident(Dtype.F32));
                Policy qlora = Policy.adapted(base, adapter(base, variant), false, true);
                Policy lora = Policy.adapted(plain, adapter(plain, variant), false, false)) {
            double[] expected = gradients(lora);
            double[] ours = gradients(qlora);
            double norm = TinyPolicies.norm(expected);
            assertThat(norm).isPositive();
            assertThat(ours).hasSameSizeAs(expected);
            for (int i = 0; i < ours.length; i++) {
                assertThat(ours[i]).isCloseTo(expected[i], within(1e-5 * norm));
            }
            assertThat(qlora.score(BATCH).logProbs())
                    .isEqualTo(lora.score(BATCH).logProbs());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void anAdapterWhoseBIsZeroIsTheQuantisedBaseBitByBit(Dtype dtype) {
        try (BaseModel base = load(TinyPolicies.MODEL, quantized(dtype, DOUBLE, Residency.MAPPED));
                Policy policy = Policy.adapted(base, TinyPolicies.identity(base, 0), true, true)) {
            float[] expected = policy.score(BATCH, policy.base()).logProbs();
            assertThat(policy.score(BATCH).logProbs()).isEqualTo(expected);
            assertThat(policy.score(BATCH, policy.start()).logProbs()).isEqualTo(expected);
            assertThat(TinyPolicies.pass(policy, BATCH, null).logProbs()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,false", "BF16,false", "F32,true", "BF16,true"})
    void mappedWeightsGiveWhatResidentOnesGiveBitByBit(Dtype dtype, boolean few) {
        Holding resident = few ? quantized(dtype, DOUBLE, Residency.RESIDENT) : Holding.resident(dtype);
        Holding mapped = few ? quantized(dtype, DOUBLE, Residency.MAPPED) : new Holding(dtype, Residency.MAPPED, null);
        try (BaseModel kept = load(TinyPolicies.MODEL, resident);
                BaseModel read = load(TinyPolicies.MODEL, mapped);
                Policy first = Policy.adapted(kept, TinyPolicies.adapter(kept, 0), true, true);
                Policy second = Policy.adapted(read, TinyPolicies.adapter(read, 0), true, false)) {
            assertThat(gradients(second)).isEqualTo(gradients(first));
            assertThat(second.score(BATCH, second.base()).logProbs())
                    .isEqualTo(first.score(BATCH, first.base()).logProbs());
            read.requireFinite();
        }
    }

    /** Every family's matrices: in few bits they are near the original, all others are untouched. */
    @Test
    void everyFamilyIsQuantisedMatrixByMatrix() throws IOException {
        List<Path> models;
        try (var paths = Files.list(FAMILIES)) {
            models = paths.filter(path -> Files.exists(path.resolve("model.safetensors")))
                    .filter(QuantizedBaseTest::isBuilt)
                    .sorted()
                    .toList();
        }
        assertThat(models).isNotEmpty();
        for (Path model : models) {
            try (BaseModel few = load(model, quantized(Dtype.F32, DOUBLE, Residency.RESIDENT));
                    BaseModel whole = load(model, Holding.resident(Dtype.F32))) {
                Set<String> matrices = new HashSet<>();
                few.decoder().layers().stream()
                        .flatMap(DecoderLayer::parameters)
                        .filter(p -> p.shape().length > 1)
                        .filter(p -> p.role() != Parameter.Role.ROUTER && p.role() != Parameter.Role.BUFFER)
                        .forEach(p -> matrices.add(p.name()));
                assertThat(few.quantized()).isNotNull();
                assertThat(Objects.requireNonNull(few.quantized()).names()).isEqualTo(matrices);
                few.decoder().parameters().forEach(p -> compare(few, whole, p, matrices.contains(p.name())));
            }
        }
    }

    private static boolean isBuilt(Path model) {
        try {
            return !Families.decoder(model).layers().isEmpty();
        } catch (RuntimeException notBuilt) {
            return false;
        }
    }

    private static void compare(BaseModel few, BaseModel whole, Parameter parameter, boolean quantised) {
        try (Scope scope = Engine.cpu().open()) {
            float[] expected = TensorKernels.toFloats(scope, whole.value(scope, parameter));
            float[] ours = TensorKernels.toFloats(scope, few.value(scope, parameter));
            if (!quantised) {
                assertThat(ours).as(parameter.name()).isEqualTo(expected);
                return;
            }
            double error = 0;
            double size = 0;
            for (int i = 0; i < ours.length; i++) {
                error += (ours[i] - expected[i]) * (double) (ours[i] - expected[i]);
                size += expected[i] * (double) expected[i];
            }
            // Of a normal distribution NF4 in blocks of 64 keeps all but about 0.9 % of the square.
            assertThat(error / size).as(few.directory() + " " + parameter).isBetween(1e-5, 0.015);
        }
    }

    @Test
    void bytesAreThoseOfTheFileAndOfTheRest() {
        Holding holding = quantized(Dtype.BF16, DOUBLE, Residency.RESIDENT);
        Decoder decoder = Families.decoder(TinyPolicies.MODEL);
        try (BaseModel base = load(TinyPolicies.MODEL, holding)) {
            Set<String> names = Objects.requireNonNull(base.quantized()).names();
            long rest = decoder.parameters().stream()
                    .filter(p -> !names.contains(p.name()))
                    .mapToLong(p -> 2 * p.elements())
                    .sum();
            assertThat(holding.bytes(decoder)).isEqualTo(rest + base.quantized().bytesAfter());
            assertThat(base.quantized().describe())
                    .contains("nf4-double", "before", "after", String.valueOf(names.size()));
        }
    }
}
