package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Objects;
import org.align4j.core.files.Json;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.weights.SafetensorsFile;
import org.junit.jupiter.api.Test;

/** The mean of last hidden states, held to transformers' logits: the head is linear, so that it makes of the mean the mean of all logits. */
class TextVectorsTest {
    private static final Path CASE = TinyFamilies.of("llama");

    private static float[] floats(String file, String tensor) {
        return Objects.requireNonNull(
                        SafetensorsFile.open(CASE.resolve(file)).tensors().get(tensor))
                .floats();
    }

    @Test
    void theHeadMakesOfItTheMeanOfTransformersLogits() throws Exception {
        JsonNode expected = Json.read(CASE.resolve("expected.json"));
        int[] ids = Comparisons.ints(expected.at("/sequence/input_ids"));
        float[] logits = floats("expected.safetensors", "logits_float32");
        float[] head = floats("model.safetensors", "lm_head.weight"); // [V, H]
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.frozen(base)) {
            double[] mean = policy.meanState(ids);
            int vocabulary = head.length / mean.length;
            for (int token = 0; token < vocabulary; token++) {
                double theirs = 0;
                for (int row = 0; row < ids.length; row++) {
                    theirs += logits[row * vocabulary + token] / (double) ids.length;
                }
                double ours = 0;
                for (int i = 0; i < mean.length; i++) {
                    ours += head[token * mean.length + i] * mean[i];
                }
                assertThat(ours).isCloseTo(theirs, within(1e-4));
            }
            assertThat(policy.meanState(ids)).isEqualTo(mean);
            assertThatThrownBy(() -> policy.meanState(new int[0])).hasMessageContaining("without tokens");
        }
    }
}
