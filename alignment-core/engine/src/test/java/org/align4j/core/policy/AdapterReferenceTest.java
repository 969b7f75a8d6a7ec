package org.align4j.core.policy;

import static org.align4j.core.reference.Comparisons.ints;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.reference.BuiltFamilies;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.weights.SafetensorsFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Adapters that PEFT wrote, on, off and merged, and the gradients of their tensors. */
@Tag("reference")
class AdapterReferenceTest {
    private static final double TOLERANCE = 2e-4;

    @TestFactory
    Stream<DynamicTest> adapters() {
        return ReferenceFolder.of("adapters")
                .leaving("logits", "loss")
                .folders("expected.json", AdapterReferenceTest::check);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        BuiltFamilies.require(reference.file("base/config.json"), comparisons);
        try (BaseModel base = BaseModel.load(
                reference.file("base"), Families.decoder(reference.file("base")), Dtype.F32, Engine.cpu())) {
            AdapterValues adapter = read(reference, base);
            if (reference.content().has("reward")) {
                checkReward(reference.content(), base, adapter, comparisons);
                return;
            }
            int[] ids = ints(reference.content().at("/sequence/input_ids"));
            SafetensorsFile expected = SafetensorsFile.open(reference.file("expected.safetensors"));
            try (Policy policy = Policy.fixed(base, adapter);
                    Scope merged = base.engine().open()) {
                compare(expected, "logits_on", Logits.of(base, policy.weights(), ids), comparisons);
                compare(expected, "logits_off", Logits.of(base, base, ids), comparisons);
                Weights together =
                        Logits.weights(base, (inner, parameter) -> new MergedWeights(policy).value(merged, parameter));
                if (base.decoder().tied()
                        && policy.weights().lora(base.decoder().output()) != null) {
                    assertThatThrownBy(() -> Logits.of(base, together, ids)).hasMessageContaining("one matrix");
                } else {
                    compare(expected, "logits_merged", Logits.of(base, together, ids), comparisons);
                }
            }
            JsonNode gradients = reference.content().get("gradients");
            for (boolean recompute : new boolean[] {false, true}) {
                try (Policy policy = Policy.adapted(base, adapter, false, recompute)) {
                    String place = recompute ? "recomputed" : "kept";
                    double loss = ReferenceGradients.compare(place, policy, ids, gradients.get("l2"), comparisons);
                    comparisons.within(place + ".loss", gradients.get("value").asDouble(), loss, TOLERANCE);
                }
            }
        }
    }

    private static void checkReward(JsonNode expected, BaseModel base, AdapterValues adapter, Comparisons comparisons) {
        JsonNode reward = expected.get("reward");
        try (Policy policy = Policy.fixed(base, adapter)) {
            ReferenceScores.compare(
                    "fixed", ReferenceScores.with(policy, policy.weights()), reward, "scores_on", comparisons);
            ReferenceScores.compare(
                    "fixed", ReferenceScores.with(policy, policy.base()), reward, "scores_off", comparisons);
            try (Scope merged = base.engine().open()) {
                MergedWeights weights = new MergedWeights(policy);
                ReferenceScores.compare(
                        "fixed",
                        ReferenceScores.with(
                                policy,
                                Logits.weights(policy.base(), (inner, parameter) -> weights.value(merged, parameter))),
                        reward,
                        "scores_merged",
                        comparisons);
            }
        }
        for (boolean recompute : new boolean[] {false, true}) {
            try (Policy policy = Policy.adapted(base, adapter, false, recompute)) {
                String place = recompute ? "recomputed" : "kept";
                double loss = ReferenceScores.pairwiseLoss(policy, reward);
                comparisons.within(
                        place + ".loss", expected.at("/gradients/value").asDouble(), loss, TOLERANCE);
                ReferenceGradients.compareNorms(place, policy, expected.at("/gradients/l2"), comparisons);
            }
        }
    }

    private static AdapterValues read(ReferenceCase reference, BaseModel base) {
        String modelType = ConfigJson.read(reference.file("base/config.json")).modelType();
        return AdapterValues.read(reference.file("adapter"), base.directory(), base.decoder(), modelType);
    }

    private static void compare(SafetensorsFile expected, String name, float[] actual, Comparisons comparisons) {
        comparisons.within(name, expected.tensors().get(name).floats(), actual, TOLERANCE);
    }
}
