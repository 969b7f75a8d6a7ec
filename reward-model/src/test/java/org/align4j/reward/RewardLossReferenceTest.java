package org.align4j.reward;

import static org.align4j.core.reference.Comparisons.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.reward.Supervision.LossShare;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("reference")
class RewardLossReferenceTest {
    private static final double TOLERANCE = 1e-9;

    @TestFactory
    Stream<DynamicTest> losses() {
        return ReferenceFolder.of("losses")
                .files("reward.json"::equals, file -> file.each("cases"), RewardLossReferenceTest::check);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        JsonNode expected = reference.content();
        JsonNode params = expected.get("params");
        double[] chosen = doubles(reference.root().get("reward_chosen"));
        double[] rejected = doubles(reference.root().get("reward_rejected"));
        ScoredPairs pairs = params.get("margin").asBoolean()
                ? new ScoredPairs(chosen, rejected, doubles(reference.root().get("margin")))
                : ScoredPairs.of(chosen, rejected);
        double centering = params.path("center_rewards_coefficient").asDouble(0);
        LossShare result = new RewardLoss(centering, 0).evaluate(pairs, pairs.size());

        comparisons.close("loss", expected.get("loss").asDouble(), result.loss(), TOLERANCE);
        comparisons.close("per_pair", doubles(expected.get("per_pair")), result.perRow(), TOLERANCE);
        comparisons.close("grad_chosen", doubles(expected.get("grad_chosen")), gradient(result, 0), TOLERANCE);
        comparisons.close("grad_rejected", doubles(expected.get("grad_rejected")), gradient(result, 1), TOLERANCE);
        JsonNode metrics = expected.get("metrics");
        double mean = DoubleStream.concat(Arrays.stream(chosen), Arrays.stream(rejected))
                .average()
                .orElseThrow();
        comparisons.close("mean_reward", metrics.get("mean_reward").asDouble(), mean, TOLERANCE);
        comparisons.close(
                "margin",
                metrics.get("margin").asDouble(),
                Arrays.stream(chosen).average().orElseThrow()
                        - Arrays.stream(rejected).average().orElseThrow(),
                TOLERANCE);
        comparisons.leave(metrics, "min_reward", "max_reward");
        comparisons.close("accuracy", metrics.get("accuracy").asDouble(), pairs.accuracy(), 1e-7);
    }

    private static double[] gradient(LossShare result, int answer) {
        return result.gradient().stream().mapToDouble(both -> both[answer]).toArray();
    }
}
