package org.align4j.core.generate.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All layers in one kernel give the numbers of layer by layer, bit for bit, with adapters too. */
class DecodingStepTest {
    private static final Set<String> JOINED = Set.of(
            "llama",
            "llama-bf16",
            "llama-biases",
            "llama-fp16-stored",
            "llama-sharded",
            "llama-tied",
            "llama3-rope-scaling",
            "mistral-sliding-window",
            "qwen2",
            "qwen2-sliding-window",
            "qwen3",
            "smollm3");
    private static final int SLOTS = 5;
    private static final int STEPS = 6;

    static Stream<String> families() {
        return TinyFamilies.names();
    }

    @ParameterizedTest
    @MethodSource("families")
    void joinedEqualsLayerByLayer(String family) {
        for (Dtype dtype : new Dtype[] {Dtype.F32, Dtype.BF16}) {
            try (BaseModel base = TinyPolicies.base(family, dtype)) {
                assertThat(compare(base, base)).as("%s joins", family).isEqualTo(JOINED.contains(family));
                if (JOINED.contains(family)) {
                    try (Policy adapted = Policy.fixed(base, TinyPolicies.adapter(base, 0))) {
                        assertThat(compare(base, adapted.weights())).isTrue();
                    }
                }
            }
        }
    }

    /** Slots at places of their own, which move on by one; whether the layers were joined. */
    private static boolean compare(BaseModel base, Weights weights) {
        SplittableRandom random = new SplittableRandom(3);
        try (KeyValueCache first = cache(base);
                KeyValueCache second = cache(base);
                Scope scope = base.engine().open()) {
            DecodingStep joined = DecodingStep.of(scope, base, weights, first);
            DecodingStep plain = DecodingStep.layerByLayer(base, weights, second);
            for (int step = 0; joined.isJoined() && step < STEPS; step++) {
                int rows = SLOTS - step / 3;
                int now = step;
                int[] tokens = random.ints(rows, 3, TinyFamilies.VOCABULARY).toArray();
                int[] places = Stream.iterate(0, row -> row + 1)
                        .limit(rows)
                        .mapToInt(row -> now + 7 * row)
                        .toArray();
                float[] expected = TensorKernels.toFloats(scope, plain.hidden(scope, tokens, places));
                assertThat(TensorKernels.toFloats(scope, joined.hidden(scope, tokens, places)))
                        .isEqualTo(expected);
            }
            return joined.isJoined();
        }
    }

    private static KeyValueCache cache(BaseModel base) {
        Scope scope = base.engine().open();
        return new KeyValueCache(
                scope,
                base.decoder(),
                base.dtype(),
                base.value(scope, base.decoder().embedding()),
                SLOTS,
                40);
    }
}
