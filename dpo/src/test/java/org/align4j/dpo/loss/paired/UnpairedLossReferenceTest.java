package org.align4j.dpo.loss.paired;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.Columns;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.UnpairedLoss;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** KTO and APO-zero of TRL 1.16, BCO of TRL 0.28, which keeps its running mean in float32. */
@Tag("reference")
class UnpairedLossReferenceTest {
    @TestFactory
    Stream<DynamicTest> losses() {
        return ReferenceFolder.of("losses")
                .files("unpaired.json"::equals, file -> file.each("cases"), UnpairedLossReferenceTest::check);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        JsonNode expected = reference.content();
        boolean bco = expected.get("name").asText().startsWith("bco");
        double tolerance = bco ? 1e-6 : 1e-9;
        PreferenceObjective objective = PreferenceObjective.of(loss(expected));
        BatchScores batch = batch(reference, expected);
        BatchTotals totals = totals(reference, batch);
        LossState state = objective.advance(batch, stateBefore(reference, objective));
        BatchLoss result = objective.evaluate(batch, totals, state);

        comparisons.close("loss", expected.get("loss").asDouble(), result.loss(), tolerance);
        comparisons.close("per_row", doubles(expected.get("per_row")), Columns.losses(result), tolerance);
        double[] gradient = doubles(expected.get("grad_policy"));
        comparisons.close(
                "grad_policy",
                gradient,
                Arrays.stream(Columns.gradients(result, 0))
                        .mapToDouble(tokens -> tokens[0])
                        .toArray(),
                tolerance);
        if (expected.path("params").path("loss_type").asText().equals("kto")) {
            comparisons.close("kl", expected.get("kl").asDouble(), totals.klEstimate(), tolerance);
        }
        if (bco) {
            comparisons.close("delta", expected.get("delta").asDouble(), state.rewardMean(), tolerance);
            comparisons.same("running_count", expected.get("running_count").asLong(), state.rewardCount());
        }
        if (expected.has("metrics")) {
            compareMetrics(expected.get("metrics"), batch, result, comparisons);
            compareMargin(expected.get("metrics"), batch, result, comparisons);
            comparisons.close(
                    "metrics.kl",
                    expected.get("kl").asDouble(),
                    expected.at("/metrics/kl").asDouble(),
                    1e-9);
        }
    }

    private static void compareMetrics(JsonNode metrics, BatchScores batch, BatchLoss result, Comparisons comparisons) {
        for (boolean desirable : new boolean[] {true, false}) {
            String name = desirable ? "chosen" : "rejected";
            if (metrics.has("rewards/" + name)) {
                comparisons.close(
                        "rewards/" + name,
                        metrics.get("rewards/" + name).asDouble(),
                        mean(Columns.rewards(result, 0), batch, desirable),
                        1e-9);
                comparisons.close(
                        "logps/" + name,
                        metrics.get("logps/" + name).asDouble(),
                        mean(Columns.logProbs(result, 0), batch, desirable),
                        1e-9);
            }
        }
    }

    private static void compareMargin(JsonNode metrics, BatchScores batch, BatchLoss result, Comparisons comparisons) {
        double[] rewards = Columns.rewards(result, 0);
        if (metrics.has("rewards/margins")) {
            double margin = mean(rewards, batch, true) - mean(rewards, batch, false);
            comparisons.close("rewards/margins", metrics.get("rewards/margins").asDouble(), margin, 1e-9);
        }
    }

    private static double mean(double[] values, BatchScores batch, boolean desirable) {
        return IntStream.range(0, values.length)
                .filter(i -> batch.rows().get(i).desirable() == desirable)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
    }

    private static UnpairedLoss loss(JsonNode expected) {
        JsonNode params = expected.get("params");
        double beta = params.get("beta").asDouble();
        if (!params.has("loss_type")) {
            return new Bco(beta);
        }
        double desirable = params.get("desirable_weight").asDouble();
        double undesirable = params.get("undesirable_weight").asDouble();
        return switch (params.get("loss_type").asText()) {
            case "kto" -> new Kto(beta, desirable, undesirable);
            case "apo_zero_unpaired" -> new ApoZeroUnpaired(beta, desirable, undesirable);
            default -> throw new IllegalArgumentException(params.toString());
        };
    }

    /** BCO's second case continues the first: all its file's earlier BCO cases were seen. */
    private static LossState stateBefore(ReferenceCase reference, PreferenceObjective objective) {
        LossState state = LossState.initial(0);
        for (JsonNode earlier : reference.root().get("cases")) {
            if (earlier == reference.content()) {
                break;
            }
            if (earlier.get("name").asText().startsWith("bco")) {
                state = objective.advance(batch(reference, earlier), state);
            }
        }
        return state;
    }

    private static BatchScores batch(ReferenceCase reference, JsonNode expected) {
        int[] rows = ints(expected.get("rows"));
        boolean[] desirable = new boolean[rows.length];
        for (int i = 0; i < rows.length; i++) {
            desirable[i] = row(reference, rows[i]).get("label").asBoolean();
        }
        return Columns.judged(sums(reference, rows, "policy_logp"), sums(reference, rows, "ref_logp"), desirable);
    }

    private static double[][] sums(ReferenceCase reference, int[] rows, String field) {
        return Arrays.stream(column(reference, rows, field))
                .mapToObj(sum -> new double[] {sum})
                .toArray(double[][]::new);
    }

    private static BatchTotals totals(ReferenceCase reference, BatchScores batch) {
        BatchTotals totals = BatchTotals.of(batch);
        if (!reference.content().has("kl_swapped")) {
            return totals;
        }
        int[] rows = ints(reference.content().get("rows"));
        double[] policy = column(reference, rows, "policy_kl_logp");
        double[] frozen = column(reference, rows, "ref_kl_logp");
        return reference.content().get("kl_swapped").asBoolean()
                ? totals.withMismatched(frozen, policy)
                : totals.withMismatched(policy, frozen);
    }

    private static double[] column(ReferenceCase reference, int[] rows, String field) {
        return Arrays.stream(rows)
                .mapToDouble(i -> row(reference, i).get(field).asDouble())
                .toArray();
    }

    private static JsonNode row(ReferenceCase reference, int i) {
        return reference.root().get("rows").get(i);
    }
}
