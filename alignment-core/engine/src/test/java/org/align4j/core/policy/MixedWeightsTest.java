package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An adapter's strength: the base at 0, the adapter at 1, and a straight line between their weights. */
class MixedWeightsTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());

    private static AdapterValues adapter(BaseModel base, LoraOptions.Variant variant, List<String> whole) {
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(4, 8, 0),
                "all-linear",
                variant,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                whole);
        Random random = new Random(3);
        AdapterValues fresh = TinyPolicies.adapter(base, options, () -> 0.05 * random.nextGaussian());
        Change change = value -> (float) (value * (1 + 0.2 * random.nextGaussian()));
        return changed(changed(fresh, AdapterTensor.Part.MAGNITUDE, change), AdapterTensor.Part.WEIGHT, change);
    }

    private interface Change {
        float of(float value);
    }

    private static AdapterValues changed(AdapterValues adapter, AdapterTensor.Part part, Change change) {
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        adapter.values().forEach((tensor, numbers) -> {
            float[] own = numbers.clone();
            for (int i = 0; i < own.length && tensor.part() == part; i++) {
                own[i] = change.of(own[i]);
            }
            values.put(tensor, own);
        });
        return new AdapterValues(adapter.targets(), values, adapter.start());
    }

    private static float[] scores(Policy policy, double strength) {
        try (MixedWeights mixed = new MixedWeights(policy, strength)) {
            return policy.score(BATCH, mixed.weights()).logProbs();
        }
    }

    @ParameterizedTest
    @CsvSource({"PLAIN", "RSLORA", "DORA", "PISSA"})
    void itsEndsAreTheBaseAndTheAdapter(LoraOptions.Variant variant) {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.fixed(base, adapter(base, variant, List.of("embed_tokens")))) {
            float[] adapted = policy.score(BATCH).logProbs();
            assertThat(scores(policy, 1)).containsExactly(adapted, within(1e-5f));
            assertThat(scores(policy, 0))
                    .containsExactly(policy.score(BATCH, base).logProbs(), within(1e-5f))
                    .isNotEqualTo(adapted);
            assertThat(policy.score(BATCH).logProbs()).isEqualTo(adapted);
        }
    }

    /** Half of a power of two is exact: the pair's B halved gives the same bits. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 2})
    void aPairsProductIsMultiplied(double strength) {
        try (BaseModel base = TinyPolicies.base(Dtype.F32)) {
            AdapterValues adapter = adapter(base, LoraOptions.Variant.PLAIN, List.of());
            AdapterValues other = changed(adapter, AdapterTensor.Part.B, value -> (float) (strength * value));
            try (Policy policy = Policy.fixed(base, adapter);
                    Policy scaled = Policy.fixed(base, other)) {
                assertThat(scores(policy, strength))
                        .isEqualTo(scaled.score(BATCH).logProbs())
                        .isNotEqualTo(policy.score(BATCH).logProbs());
            }
        }
    }

    @Test
    void aStrengthBelowZeroIsRefused() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.fixed(base, adapter(base, LoraOptions.Variant.PLAIN, List.of()))) {
            assertThatThrownBy(() -> new MixedWeights(policy, -0.1)).hasMessageContaining("strength is -0.1");
            assertThatThrownBy(() -> new MixedWeights(policy, Double.NaN)).hasMessageContaining("strength is NaN");
        }
    }
}
