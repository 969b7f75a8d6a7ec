package org.align4j.ppo.loss;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;
import static org.align4j.core.reference.Comparisons.rows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** GRPO and RLOO of TRL 1.16, and REINFORCE++ by formula. */
@Tag("reference")
class GroupReferenceTest {
    private static final double TOLERANCE = 1e-9;

    /** TRL takes its figures in float32. */
    private static final double FLOAT32 = 1e-6;

    @TestFactory
    Stream<DynamicTest> losses() {
        return ReferenceFolder.of("losses")
                .leaving("num_generations", "rewards", "cispo_clip_ratio", "vespo/phi_seq_mean")
                .files("grpo.json"::equals, file -> file.each("cases"), GroupReferenceTest::check);
    }

    @TestFactory
    Stream<DynamicTest> advantages() {
        return ReferenceFolder.of("losses")
                .leaving("cases", "new_logps", "entropies", "max_completion_length")
                .leaving("reinforce_pp", "reinforce_pp_baseline", "reinforce_pp_beta", "reinforce_pp_note")
                .files("grpo.json"::equals, List::of, GroupReferenceTest::checkAdvantages);
    }

    private static void checkAdvantages(ReferenceCase reference, Comparisons comparisons) {
        double[][] scores = rows(reference.root().get("rewards"));
        JsonNode expected = reference.root().get("advantages");
        comparisons.same(
                "num_generations", reference.root().get("num_generations").asInt(), scores[0].length);
        compare("group", GroupBaseline.GROUP_SCALED, scores, expected, comparisons);
        compare("batch", GroupBaseline.BATCH_SCALED, scores, expected, comparisons);
        compare("none", GroupBaseline.UNSCALED, scores, expected, comparisons);
        compare("rloo", GroupBaseline.LEAVE_ONE_OUT, scores, expected, comparisons);
        compare("rloo_normalized", GroupBaseline.LEAVE_ONE_OUT_NORMALISED, scores, expected, comparisons);
        compare("rloo_with_kl", GroupBaseline.LEAVE_ONE_OUT, lessKl(reference.root(), scores), expected, comparisons);
    }

    private static void compare(
            String name, GroupBaseline baseline, double[][] scores, JsonNode expected, Comparisons comparisons) {
        comparisons.close(name, doubles(expected.get(name)), Rows.flat(baseline.advantages(scores)), TOLERANCE);
    }

    /** RLOO's KL is part of the score: the summed log-ratio of the old policy and the reference. */
    private static double[][] lessKl(JsonNode root, double[][] scores) {
        int[] lengths = ints(root.get("completion_len"));
        double[][] old = cut(root.get("old_logps"), lengths);
        double[][] reference = cut(root.get("ref_logps"), lengths);
        double[] penalties = IntStream.range(0, lengths.length)
                .mapToDouble(i -> Arrays.stream(old[i]).sum()
                        - Arrays.stream(reference[i]).sum())
                .map(kl -> root.get("advantages").get("rloo_beta").asDouble() * kl)
                .toArray();
        int size = scores[0].length;
        return IntStream.range(0, scores.length)
                .mapToObj(p -> IntStream.range(0, size)
                        .mapToDouble(g -> scores[p][g] - penalties[p * size + g])
                        .toArray())
                .toArray(double[][]::new);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        JsonNode root = reference.root();
        JsonNode expected = reference.content();
        JsonNode params = expected.get("params");
        int[] lengths = ints(root.get("completion_len"));
        Rollouts rollouts = new Rollouts(
                cut(root.get("new_logps"), lengths),
                cut(root.get("old_logps"), lengths),
                advantages(root.get("advantages").get(params.path("advantages").asText("group")), lengths),
                cut(root.get("ref_logps"), lengths));
        PolicyResult result = loss(expected, root).evaluate(rollouts);
        // TRL's temperatures of sapo pass through float32.
        double tolerance = params.path("loss_type").asText().equals("sapo") ? 1e-7 : TOLERANCE;
        double bonus = params.path("entropy_coef").asDouble() * mean(cut(root.get("entropies"), lengths));
        comparisons.close("loss", expected.get("loss").asDouble(), result.loss() - bonus, tolerance);
        double[][] gradients = rows(expected.get("grad_new_logps"));
        comparisons.close(
                "grad_new_logps", cut(expected.get("grad_new_logps"), lengths), result.gradients(), tolerance);
        for (int i = 0; i < gradients.length; i++) {
            double[] beyond = Arrays.copyOfRange(gradients[i], lengths[i], gradients[i].length);
            comparisons.close("beyond[" + i + "]", beyond, new double[beyond.length], tolerance);
        }
        if (expected.has("metrics")) {
            checkMetrics(reference, result, rollouts, comparisons);
        }
    }

    private static void checkMetrics(
            ReferenceCase reference, PolicyResult result, Rollouts rollouts, Comparisons comparisons) {
        JsonNode metrics = reference.content().get("metrics");
        JsonNode params = reference.content().get("params");
        int[] lengths = ints(reference.root().get("completion_len"));
        double entropy = mean(cut(reference.root().get("entropies"), lengths));
        comparisons.close("entropy", metrics.get("entropy").asDouble(), entropy, FLOAT32);
        if (metrics.has("policy_loss")) {
            double bonus = metrics.get("entropy_coef").asDouble() * entropy;
            comparisons.close("policy_loss", metrics.get("policy_loss").asDouble(), result.loss(), FLOAT32);
            comparisons.close("with bonus", reference.content().get("loss").asDouble(), result.loss() - bonus, FLOAT32);
        }
        if (metrics.has("kl")) {
            double[] kl = Rows.flat(KlEstimator.K3.of(
                    cut(reference.root().get("new_logps"), lengths),
                    cut(reference.root().get("ref_logps"), lengths)));
            double[] ratios = Rows.flat(result.ratios());
            boolean corrected = params.path("bias_correction_kl").asBoolean();
            double mean = IntStream.range(0, kl.length)
                    .mapToDouble(i -> corrected ? ratios[i] * kl[i] : kl[i])
                    .average()
                    .orElseThrow();
            comparisons.close("kl", metrics.get("kl").asDouble(), mean, FLOAT32);
        }
        if (metrics.has("clip_ratio/low_mean")) {
            checkClipped(metrics, params, result, rollouts, comparisons);
        }
    }

    /** The share of tokens that the clip holds; of responses, where a response has one ratio. */
    private static void checkClipped(
            JsonNode metrics, JsonNode params, PolicyResult result, Rollouts rollouts, Comparisons comparisons) {
        Clip clip = new Clip(
                params.path("eps_low").asDouble(0.2),
                params.path("eps_high").asDouble(0.2),
                OptionalDouble.empty(),
                OptionalDouble.empty());
        int most = params.path("level").asText().equals("sequence") ? 1 : Integer.MAX_VALUE;
        PolicyResult part =
                new PolicyResult(0, result.gradients(), first(result.ratios(), most), first(result.logRatios(), most));
        Rollouts few = new Rollouts(
                first(rollouts.policy(), most), first(rollouts.old(), most), first(rollouts.advantages(), most), null);
        ClippedTokens clipped = part.clippedTokens(few, clip);
        double count = part.tokens();
        comparisons.close("low_mean", metrics.get("clip_ratio/low_mean").asDouble(), clipped.low() / count, FLOAT32);
        comparisons.close("high_mean", metrics.get("clip_ratio/high_mean").asDouble(), clipped.high() / count, FLOAT32);
        comparisons.close(
                "region_mean", metrics.get("clip_ratio/region_mean").asDouble(), clipped.all() / count, FLOAT32);
        comparisons.leave(metrics, "clip_ratio/low_min", "clip_ratio/high_max");
    }

    private static double[][] first(double[][] rows, int most) {
        return Arrays.stream(rows)
                .map(row -> Arrays.copyOf(row, Math.min(most, row.length)))
                .toArray(double[][]::new);
    }

    private static PolicyLoss loss(JsonNode expected, JsonNode root) {
        JsonNode params = expected.get("params");
        String type = params.path("loss_type").asText(expected.get("name").asText());
        RatioLevel level = type.startsWith("loss_rloo")
                ? RatioLevel.SEQUENCE_SUM
                : params.path("level").asText().equals("sequence") ? RatioLevel.SEQUENCE_MEAN : RatioLevel.TOKEN;
        ReferencePenalty penalty = new ReferencePenalty(
                params.path("beta").asDouble(),
                params.path("bias_correction_kl").asBoolean());
        return new PolicyLoss(level, surrogate(type, params), penalty, averaging(type, root));
    }

    private static Surrogate surrogate(String type, JsonNode params) {
        return switch (type) {
            case "cispo" -> new Cispo(params.get("eps_high").asDouble());
            case "sapo" ->
                new Sapo(
                        named(params, "tau_pos", "sapo_temperature_pos", Sapo.USUAL.positive()),
                        named(params, "tau_neg", "sapo_temperature_neg", Sapo.USUAL.negative()));
            case "vespo" ->
                new Vespo(
                        new Vespo.Weight(
                                named(
                                        params,
                                        "k_pos",
                                        "vespo_k_pos",
                                        Vespo.USUAL.positive().k()),
                                named(
                                        params,
                                        "lambda_pos",
                                        "vespo_lambda_pos",
                                        Vespo.USUAL.positive().lambda())),
                        new Vespo.Weight(
                                named(
                                        params,
                                        "k_neg",
                                        "vespo_k_neg",
                                        Vespo.USUAL.negative().k()),
                                named(
                                        params,
                                        "lambda_neg",
                                        "vespo_lambda_neg",
                                        Vespo.USUAL.negative().lambda())));
            default ->
                new Clip(
                        params.path("eps_low").asDouble(0.2),
                        params.path("eps_high").asDouble(0.2),
                        params.path("delta").isNumber()
                                ? OptionalDouble.of(params.get("delta").asDouble())
                                : OptionalDouble.empty(),
                        OptionalDouble.empty());
        };
    }

    /** A parameter by its short name or by TRL's. */
    private static double named(JsonNode params, String name, String trl, double usual) {
        return params.path(name).asDouble(params.path(trl).asDouble(usual));
    }

    private static Averaging averaging(String type, JsonNode root) {
        return switch (type) {
            case "grpo", "sapo", "loss_rloo", "loss_rloo_with_kl" -> Averaging.RESPONSES;
            case "dr_grpo" ->
                Averaging.longest(root.get("max_completion_length").asInt());
            case "luspo" -> Averaging.RESPONSE_SUMS;
            case "bnpo", "dapo", "cispo", "vespo", "loss_reinforce_pp", "loss_reinforce_pp_baseline" ->
                Averaging.TOKENS;
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static double[][] advantages(JsonNode advantages, int[] lengths) {
        return advantages.get(0).isArray()
                ? cut(advantages, lengths)
                : GroupBaseline.perToken(doubles(advantages), lengths);
    }

    private static double mean(double[][] rows) {
        return Arrays.stream(Rows.flat(rows)).average().orElseThrow();
    }

    private static double[][] cut(JsonNode padded, int[] lengths) {
        double[][] rows = rows(padded);
        return IntStream.range(0, rows.length)
                .mapToObj(i -> Arrays.copyOf(rows[i], lengths[i]))
                .toArray(double[][]::new);
    }
}
