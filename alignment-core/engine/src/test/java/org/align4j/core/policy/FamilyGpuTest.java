package org.align4j.core.policy;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.reference.BuiltFamilies;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Model families on a GPU against transformers. */
@OnGpu
class FamilyGpuTest {
    private static final String CONFIG = "config.json";

    /**
     * The mean difference of a token's log-probability that rounding to 8 bits of mantissa explains in these small models. Single tokens
     * of models with experts differ by more where two experts' scores are close and rounding chooses the other.
     */
    private static final double HALF_TOLERANCE = 0.2;

    /** In fp32, with the tolerances of the CPU. */
    @TestFactory
    Stream<DynamicTest> families() {
        return ReferenceFolder.of("families").folders("expected.json", (reference, comparisons) -> {
            BuiltFamilies.require(reference.file(CONFIG), comparisons);
            new FamilyCheck(DeviceUnderTest.engine()).check(reference, reference.path(), CONFIG, comparisons);
        });
    }

    @TestFactory
    Stream<DynamicTest> inBf16() {
        return ReferenceFolder.of("families")
                .folders("expected.json", name -> !name.endsWith("reward"), (reference, comparisons) -> {
                    BuiltFamilies.require(reference.file(CONFIG), comparisons);
                    try (BaseModel base = BaseModel.load(
                                    reference.path(),
                                    Families.decoder(reference.path()),
                                    Dtype.BF16,
                                    DeviceUnderTest.engine());
                            Policy policy = Policy.frozen(base)) {
                        compare(policy, reference.content().get("sequence"), comparisons);
                    }
                });
    }

    private static void compare(Policy policy, JsonNode sequence, Comparisons comparisons) {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], ints(sequence.get("input_ids")))));
        double[] own = policy.score(batch).logProbs(batch.span(0, 0));
        double[] expected = doubles(sequence.get("token_log_probs"));
        comparisons.same("length", expected.length, own.length);
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.abs(own[i] - expected[i]) / expected.length;
        }
        comparisons.within("mean difference", 0, difference, HALF_TOLERANCE);
    }
}
