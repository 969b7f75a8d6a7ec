package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.weights.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All layers in one kernel give the numbers of layer by layer, bit for bit, with adapters too. */
class DecodingStepTest {
    private static final long MEMORY = Memory.current().limit();
    private static final int SLOTS = 5;
    private static final int STEPS = 6;
    private static final float ROUNDED = 0.05f;

    static Stream<String> families() {
        return TinyFamilies.names();
    }

    @ParameterizedTest
    @MethodSource("families")
    void joinedEqualsLayerByLayer(String family) {
        for (Dtype dtype : new Dtype[] {Dtype.F32, Dtype.BF16}) {
            try (BaseModel base = TinyPolicies.base(family, dtype)) {
                assertThat(compare(base, base))
                        .as("%s joins", family)
                        .isEqualTo(TinyFamilies.COMMONEST_SHAPE.contains(family));
                if (TinyFamilies.COMMONEST_SHAPE.contains(family)) {
                    try (Policy adapted = Policy.fixed(base, TinyPolicies.adapter(base, 0))) {
                        assertThat(compare(base, adapted.weights())).isTrue();
                    }
                }
            }
        }
    }

    /** A cache grows for one long answer and shrinks when it has left; what the others hold stays. */
    @Test
    void slotsShrinkWhenTheLongestAnswerHasLeft() {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                KeyValueCache beside = cache(base);
                KeyValueCache alone = cache(base);
                Scope scope = base.engine().open()) {
            DecodingStep step = DecodingStep.layerByLayer(base, base);
            step.hidden(scope, beside, new int[] {5, 6}, new int[] {0, 38});
            step.hidden(scope, alone, new int[] {5}, new int[] {0});
            for (int place = 1; place < 4; place++) {
                int[] token = {7 + place};
                float[] expected = TensorKernels.toFloats(scope, step.hidden(scope, alone, token, new int[] {place}));
                float[] actual = TensorKernels.toFloats(scope, step.hidden(scope, beside, token, new int[] {place}));
                assertThat(actual).usingComparatorWithPrecision(1e-5f).containsExactly(expected);
            }
        }
    }

    /** Matrices of a size at which the CPU's library is asked at all, with biases. */
    @Test
    void arrangedWeightsGiveTheSameNumbers(@TempDir Path folder) throws IOException {
        write(folder);
        Decoder decoder = Families.decoder(folder);
        try (BaseModel base = BaseModel.load(folder, decoder, Dtype.BF16, Engine.cpu());
                Policy adapted = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                Scope scope = base.engine().open()) {
            assertThat(compare(base, base)).isTrue();
            assertThat(compare(base, adapted.weights())).isTrue();
            assertThat(DecodingStep.of(scope, base, base, new DecodingPlan(100, MEMORY))
                            .describe())
                    .contains(StepKernels.arranges(base.engine()) ? "arranged for few rows" : "in one kernel");
            assertThat(DecodingStep.of(scope, base, base, new DecodingPlan(5, MEMORY))
                            .describe())
                    .doesNotContain("arranged");
        }
        try (BaseModel base = BaseModel.load(folder, decoder, Dtype.F32, Engine.cpu());
                Scope scope = base.engine().open()) {
            assertThat(DecodingStep.of(scope, base, base, new DecodingPlan(100, MEMORY))
                            .describe())
                    .doesNotContain("arranged");
        }
    }

    private static void write(Path folder) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode)
                json.readTree(TinyFamilies.of("llama").resolve("config.json").toFile());
        config.put("hidden_size", 128).put("head_dim", 32).put("intermediate_size", 160);
        config.put("num_hidden_layers", 2).put("attention_bias", true);
        json.writeValue(folder.resolve("config.json").toFile(), config);
        Random random = new Random(9);
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Parameter parameter : Families.decoder(folder).parameters()) {
            float[] values = new float[Math.toIntExact(parameter.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.1 * random.nextGaussian());
            }
            writer.add(parameter.name(), values, parameter.shape());
        }
        writer.write(folder.resolve("model.safetensors"));
    }

    /** Slots at places of their own, which move on by one; whether the layers were joined. */
    private static boolean compare(BaseModel base, Weights weights) {
        SplittableRandom random = new SplittableRandom(3);
        try (KeyValueCache first = cache(base);
                KeyValueCache second = cache(base);
                Scope scope = base.engine().open()) {
            DecodingStep joined = DecodingStep.of(scope, base, weights, new DecodingPlan(100, MEMORY));
            DecodingStep plain = DecodingStep.layerByLayer(base, weights);
            for (int step = 0; joined.isJoined() && step < STEPS; step++) {
                int rows = SLOTS - step / 3;
                int now = step;
                int[] tokens = random.ints(rows, 3, TinyFamilies.VOCABULARY).toArray();
                int[] places = Stream.iterate(0, row -> row + 1)
                        .limit(rows)
                        .mapToInt(row -> now + 7 * row)
                        .toArray();
                float[] expected = TensorKernels.toFloats(scope, plain.hidden(scope, second, tokens, places));
                NDArray hidden = joined.hidden(scope, first, tokens, places);
                float[] actual = TensorKernels.toFloats(scope, hidden);
                float[] logits = joined.logits(scope, hidden).toFloatArray();
                if (joined.roundsAlike()) {
                    assertThat(actual).isEqualTo(expected);
                    assertThat(logits).isEqualTo(plain.logits(scope, hidden).toFloatArray());
                } else {
                    assertThat(actual).usingComparatorWithPrecision(ROUNDED).containsExactly(expected);
                }
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
