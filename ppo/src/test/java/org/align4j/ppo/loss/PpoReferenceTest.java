package org.align4j.ppo.loss;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;
import static org.align4j.core.reference.Comparisons.rows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.ppo.loss.GroupBaseline.Moments;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * PPO as in TRL 1.11, the last release that has it. The file pads its rows; here they are cut to their tokens (or
 * positions), and what lies beyond must be 0 there.
 */
@Tag("reference")
class PpoReferenceTest {
    private static final double TOLERANCE = 1e-9;

    @TestFactory
    Stream<DynamicTest> updates() {
        return ReferenceFolder.of("losses")
                .leaving("pad_token_id", "stop_token_id", "responses_cut", "padding_mask", "padding_mask_p1")
                .leaving("whiten", "adaptive_kl")
                .files("ppo.json"::equals, file -> file.each("cases"), PpoReferenceTest::check);
    }

    @TestFactory
    Stream<DynamicTest> parts() {
        return ReferenceFolder.of("losses")
                .leaving("pad_token_id", "stop_token_id", "responses", "responses_cut", "last_index", "padding_mask")
                .leaving("padding_mask_p1", "logprobs", "ref_logprobs", "values", "scores", "cases")
                .files("ppo.json"::equals, List::of, PpoReferenceTest::checkParts);
    }

    private static void checkParts(ReferenceCase reference, Comparisons comparisons) {
        JsonNode whiten = reference.root().get("whiten");
        double[][] counted = masked(whiten.get("values"), whiten.get("mask"));
        Moments moments = Moments.of(counted);
        comparisons.close("masked_mean", whiten.get("masked_mean").asDouble(), moments.mean(), TOLERANCE);
        comparisons.close("masked_var", whiten.get("masked_var").asDouble(), moments.variance(), TOLERANCE);
        comparisons.close(
                "whitened", masked(whiten.get("whitened"), whiten.get("mask")), Moments.whiten(counted), TOLERANCE);
        comparisons.close(
                "whitened_keep_mean",
                masked(whiten.get("whitened_keep_mean"), whiten.get("mask")),
                Moments.whitenKeepingMean(counted),
                TOLERANCE);
        JsonNode adaptive = reference.root().get("adaptive_kl");
        AdaptiveKl controller = new AdaptiveKl(
                adaptive.get("init_kl_coef").asDouble(),
                adaptive.get("target").asDouble(),
                adaptive.get("horizon").asDouble());
        for (JsonNode step : adaptive.get("steps")) {
            controller = controller.next(
                    step.get("kl").asDouble(), adaptive.get("n_steps").asInt());
            comparisons.close("adaptive_kl", step.get("value_after").asDouble(), controller.coefficient(), TOLERANCE);
        }
    }

    private static double[][] masked(JsonNode values, JsonNode mask) {
        double[][] all = rows(values);
        double[][] flags = rows(mask);
        return IntStream.range(0, all.length)
                .mapToObj(i -> IntStream.range(0, all[i].length)
                        .filter(t -> flags[i][t] == 1)
                        .mapToDouble(t -> all[i][t])
                        .toArray())
                .toArray(double[][]::new);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        JsonNode root = reference.root();
        JsonNode expected = reference.content();
        JsonNode params = expected.get("params");
        int limit = root.get("responses").get(0).size();
        int[] tokens = Arrays.stream(ints(root.get("last_index")))
                .map(last -> last + 1)
                .toArray();
        int[] positions = Arrays.stream(tokens).map(n -> Math.min(n + 1, limit)).toArray();
        double[][] old = cut(root.get("logprobs"), tokens);
        double[][] kl = estimator(params).of(old, cut(root.get("ref_logprobs"), tokens));
        comparisons.close("kl", cut(expected.get("kl"), tokens), kl, TOLERANCE);
        double divergence = Arrays.stream(kl)
                .mapToDouble(row -> Arrays.stream(row).sum())
                .average()
                .orElseThrow();
        comparisons.close("objective_kl", expected.get("objective_kl").asDouble(), divergence, TOLERANCE);

        boolean[] stopped = new boolean[tokens.length];
        for (int i = 0; i < stopped.length; i++) {
            stopped[i] = positions[i] > tokens[i];
        }
        checkPenalty(root, expected, comparisons);
        double[][] rewards = TokenRewards.of(
                kl,
                doubles(expected.get("scores_after_penalty")),
                stopped,
                params.get("kl_coef").asDouble());
        comparisons.close(
                "rewards_before_whitening",
                cut(expected.get("rewards_before_whitening"), positions),
                rewards,
                TOLERANCE);
        if (params.get("whiten_rewards").asBoolean()) {
            rewards = Moments.whitenKeepingMean(rewards);
        }
        comparisons.close("rewards", cut(expected.get("rewards"), positions), rewards, TOLERANCE);

        double[][] values = cut(root.get("values"), positions);
        double[][] raw = new AdvantageEstimation(
                        params.get("gamma").asDouble(), params.get("lam").asDouble())
                .advantages(rewards, values);
        comparisons.close("advantages_raw", cut(expected.get("advantages_raw"), positions), raw, TOLERANCE);
        double[][] returns = AdvantageEstimation.returns(raw, values);
        comparisons.close("returns", cut(expected.get("returns"), positions), returns, TOLERANCE);
        double[][] advantages = Moments.whiten(trim(raw, tokens));
        comparisons.close("advantages", cut(expected.get("advantages"), tokens), advantages, TOLERANCE);
        Rollouts rollouts = new Rollouts(cut(expected.get("new_logprobs"), tokens), old, advantages, null);
        checkUpdate(
                expected,
                rollouts,
                new Critic(cut(expected.get("new_values"), positions), values, returns),
                comparisons);
    }

    /** What a response without the stop token loses of its score. */
    private static void checkPenalty(JsonNode root, JsonNode expected, Comparisons comparisons) {
        double penalty = expected.get("params").path("missing_eos_penalty").asDouble();
        double[] scores = doubles(root.get("scores"));
        for (int i = 0; i < scores.length; i++) {
            boolean ends = Arrays.stream(ints(root.get("responses").get(i)))
                    .anyMatch(id -> id == root.get("stop_token_id").asInt());
            scores[i] -= ends ? 0 : penalty;
        }
        comparisons.close("scores_after_penalty", doubles(expected.get("scores_after_penalty")), scores, TOLERANCE);
    }

    private record Critic(double[][] now, double[][] old, double[][] returns) {}

    private static void checkUpdate(JsonNode expected, Rollouts rollouts, Critic critic, Comparisons comparisons) {
        JsonNode params = expected.get("params");
        Clip clip = Clip.of(params.get("cliprange").asDouble());
        PolicyResult policy =
                new PolicyLoss(RatioLevel.TOKEN, clip, ReferencePenalty.NONE, Averaging.TOKENS).evaluate(rollouts);
        int[] positions = Rows.lengths(critic.now());
        long counted = Arrays.stream(positions).sum();
        ValueResult value = new ValueLoss(params.get("cliprange_value").asDouble())
                .evaluate(critic.now(), critic.old(), critic.returns(), counted);
        double coefficient = params.get("vf_coef").asDouble();
        comparisons.close("policy_loss", expected.get("policy_loss").asDouble(), policy.loss(), TOLERANCE);
        comparisons.close("value_loss", expected.get("value_loss").asDouble(), value.loss(), TOLERANCE);
        comparisons.close(
                "loss", expected.get("loss").asDouble(), policy.loss() + coefficient * value.loss(), TOLERANCE);
        int[] tokens = Rows.lengths(rollouts.policy());
        double entropy = Arrays.stream(Rows.flat(cut(expected.get("new_entropy"), tokens)))
                .average()
                .orElseThrow();
        comparisons.close(
                "entropy_masked_mean", expected.get("entropy_masked_mean").asDouble(), entropy, TOLERANCE);
        comparisons.close(
                "loss_with_entropy_bonus",
                expected.get("loss_with_entropy_bonus").asDouble(),
                policy.loss()
                        + coefficient * value.loss()
                        - params.get("entropy_coef").asDouble() * entropy,
                TOLERANCE);
        comparisons.close(
                "grad_new_logprobs", cut(expected.get("grad_new_logprobs"), tokens), policy.gradients(), TOLERANCE);
        double[][] valueGradients = Arrays.stream(value.gradients())
                .map(row -> Arrays.stream(row).map(x -> coefficient * x).toArray())
                .toArray(double[][]::new);
        comparisons.close(
                "grad_new_values", cut(expected.get("grad_new_values"), positions), valueGradients, TOLERANCE);
        double all = 1.0 * tokens.length * expected.get("kl").get(0).size();
        comparisons.close(
                "approxkl_unmasked",
                expected.get("approxkl_unmasked").asDouble(),
                policy.approximateKlSum() / all,
                TOLERANCE);
        comparisons.close(
                "ratio_mean_unmasked",
                expected.get("ratio_mean_unmasked").asDouble(),
                (policy.ratioSum() + all - policy.tokens()) / all,
                TOLERANCE);
        comparisons.close(
                "policy_clipfrac",
                expected.get("policy_clipfrac").asDouble(),
                (double) policy.clippedTokens(rollouts, clip).all() / policy.tokens(),
                TOLERANCE);
        comparisons.close(
                "value_clipfrac",
                expected.get("value_clipfrac").asDouble(),
                (double) value.clippedPositions() / counted,
                TOLERANCE);
    }

    private static KlEstimator estimator(JsonNode params) {
        return switch (params.get("kl_estimator").asText()) {
            case "k1" -> KlEstimator.K1;
            case "k2" -> KlEstimator.K2;
            case "k3" -> KlEstimator.K3;
            default -> throw new IllegalArgumentException(params.toString());
        };
    }

    private static double[][] cut(JsonNode padded, int[] lengths) {
        return trim(rows(padded), lengths);
    }

    private static double[][] trim(double[][] rows, int[] lengths) {
        return IntStream.range(0, rows.length)
                .mapToObj(i -> Arrays.copyOf(rows[i], lengths[i]))
                .toArray(double[][]::new);
    }
}
