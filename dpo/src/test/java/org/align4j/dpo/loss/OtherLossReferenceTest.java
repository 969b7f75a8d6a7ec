package org.align4j.dpo.loss;

import static org.align4j.core.reference.Comparisons.doubles;
import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.autodiff.Var;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.paired.AlphaPo;
import org.align4j.dpo.loss.paired.Bco;
import org.align4j.dpo.loss.paired.BetaDpo;
import org.align4j.dpo.loss.paired.Cpo;
import org.align4j.dpo.loss.paired.Dpop;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.Ipo;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.Orpo;
import org.align4j.dpo.loss.paired.Rdpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SimPo;
import org.align4j.dpo.loss.paired.Tdpo2;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Losses of TRL 0.28, of its experimental trainers, and of papers. */
@Tag("reference")
class OtherLossReferenceTest {
    private static final double TOLERANCE = 1e-9;

    @TestFactory
    Stream<DynamicTest> others() {
        return ReferenceFolder.of("losses")
                .files("dpo_other.json"::equals, file -> file.each("cases"), OtherLossReferenceTest::checkOther);
    }

    @TestFactory
    Stream<DynamicTest> referenceFree() {
        return ReferenceFolder.of("losses")
                .files("reference_free.json"::equals, file -> file.each("cases"), OtherLossReferenceTest::checkFree);
    }

    /** The figures hold the first version of TDPO too, which is no loss here. */
    @TestFactory
    Stream<DynamicTest> tokenLevel() {
        return ReferenceFolder.of("losses")
                .files(
                        "tdpo.json"::equals,
                        file -> file.each("cases").stream()
                                .filter(one ->
                                        !one.content().at("/params/alpha").isNull())
                                .toList(),
                        OtherLossReferenceTest::checkTdpo);
    }

    private static void checkOther(ReferenceCase reference, Comparisons comparisons) {
        JsonNode expected = reference.content();
        JsonNode params = expected.get("params");
        String name = expected.get("name").asText();
        BatchScores batch = LossCases.pairs(reference);
        if (name.startsWith("beta_dpo")) {
            checkBetaDpo(expected, batch, comparisons);
            return;
        }
        if (name.startsWith("bco_pair")) {
            checkBco(expected, batch, comparisons);
            return;
        }
        boolean free = params.path("reference_free").asBoolean();
        PairLoss loss = other(name, params);
        BatchLoss result = new PreferenceObjective(
                        List.of(new WeightedLoss(name, loss, 1)), LossCases.modifiers(params))
                .evaluate(free ? LossCases.withoutReference(batch) : batch, LossState.initial(0));
        PairLossReferenceTest.compare(expected, result, comparisons, TOLERANCE);
        // TRL 0.28 reports per-token rewards for ipo, and rewards against the reference where the loss ignores it.
        if (expected.has("rewards_chosen") && !free && !(loss instanceof Ipo)) {
            compareRewards(expected, result, comparisons);
        } else {
            comparisons.leave(expected, "rewards_chosen", "rewards_rejected");
        }
    }

    private static PairLoss other(String name, JsonNode params) {
        double beta = params.get("beta").asDouble();
        if (name.startsWith("dpop")) {
            return new Dpop(beta, params.get("lambda").asDouble());
        }
        if (name.startsWith("rdpo")) {
            return new Rdpo(beta, params.get("alpha").asDouble());
        }
        String type = LossCases.names(params).get(0);
        return switch (type) {
            case "sigmoid" -> new Sigmoid(beta, params.get("label_smoothing").asDouble());
            case "hinge" -> new Hinge(beta);
            case "ipo" -> name.equals("ipo_mean") ? new Ipo(beta) : new IpoSum(beta);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The pairs the case names stand for the draw. */
    private static void checkBetaDpo(JsonNode expected, BatchScores batch, Comparisons comparisons) {
        JsonNode params = expected.get("params");
        BetaDpo loss = new BetaDpo(
                params.get("beta").asDouble(),
                params.get("a").asDouble(),
                params.get("gamma").asDouble(),
                params.get("mode_weight").asDouble());
        int[] selected = ints(expected.get("selected"));
        PreferenceObjective objective = PreferenceObjective.of(new GivenDraw(loss, selected));
        LossState before = new LossState(
                0,
                0,
                params.get("gap_mean_before").asDouble(),
                params.get("gap_std_before").asDouble(),
                1,
                0);
        LossState state = objective.advance(batch, before);
        BatchLoss result = objective.evaluate(batch, state);

        double[] gap = doubles(expected.get("gap"));
        double[] perPair = doubles(expected.get("per_pair"));
        comparisons.close("gap_mean_after", expected.get("gap_mean_after").asDouble(), state.gapMean(), TOLERANCE);
        comparisons.close("gap_std_after", expected.get("gap_std_after").asDouble(), state.gapDeviation(), TOLERANCE);
        comparisons.close(
                "beta_used", expected.get("beta_used").asDouble(), loss.betaUsed(gap, selected, state), TOLERANCE);
        comparisons.close("loss", expected.get("loss").asDouble(), result.loss(), TOLERANCE);
        for (int pair : selected) {
            double counted = perPair[pair] * perPair.length / selected.length;
            comparisons.close("per_pair[" + pair + "]", counted, Columns.losses(result)[pair], TOLERANCE);
        }
        for (int i = 0; i < gap.length; i++) {
            double weight = doubles(expected.get("sampling_weights"))[i];
            comparisons.close("weights", weight, Math.exp(BetaDpo.logWeight(gap[i], state)), TOLERANCE);
        }
        PairLossReferenceTest.compareGradient(
                expected, "grad_policy_chosen", Columns.gradients(result, 0), comparisons, TOLERANCE);
        PairLossReferenceTest.compareGradient(
                expected, "grad_policy_rejected", Columns.gradients(result, 1), comparisons, TOLERANCE);
        if (selected.length < gap.length) {
            comparisons.same("sample_count", expected.get("sample_count").asInt(), loss.draw(gap, state).length);
        } else {
            comparisons.same("sample_count", expected.get("sample_count").asInt(), selected.length);
        }
    }

    private record GivenDraw(BetaDpo loss, int[] drawn) implements PairLoss {
        @Override
        public double beta() {
            return loss.beta();
        }

        @Override
        public Set<Trait> traits() {
            return loss.traits();
        }

        @Override
        public LossState advance(PairTerms pairs, LossState before) {
            return loss.advance(pairs, before);
        }

        @Override
        public Var losses(PairTerms pairs) {
            return loss.losses(pairs, drawn);
        }
    }

    /** TRL 0.28's bco_pair has the reward shift of BCO: the same as BCO on both responses of each pair, which counts half. */
    private static void checkBco(JsonNode expected, BatchScores batch, Comparisons comparisons) {
        JsonNode params = expected.get("params");
        comparisons.same("loss_type", List.of("bco_pair"), LossCases.names(params));
        comparisons.same(
                "divergence", Divergence.REVERSE_KL, LossCases.modifiers(params).divergence());
        int n = batch.size();
        boolean[] desirable = new boolean[2 * n];
        Arrays.fill(desirable, 0, n, true);
        BatchScores rows = Columns.judged(
                both(batch.policy(0), batch.policy(1)), both(batch.reference(0), batch.reference(1)), desirable);
        PreferenceObjective objective = PreferenceObjective.of(
                new Bco(expected.get("params").get("beta").asDouble()));
        LossState state = objective.advance(rows, LossState.initial(0));
        BatchLoss result = objective.evaluate(rows, state);

        double tolerance = 1e-6; // TRL keeps the running mean in float32.
        comparisons.close("delta", expected.get("delta").asDouble(), state.rewardMean(), tolerance);
        comparisons.close("loss", expected.get("loss").asDouble(), 2 * result.loss(), tolerance);
        double[] rewards = Columns.rewards(result, 0);
        comparisons.close(
                "rewards_chosen", doubles(expected.get("rewards_chosen")), Arrays.copyOf(rewards, n), tolerance);
        comparisons.close(
                "rewards_rejected",
                doubles(expected.get("rewards_rejected")),
                Arrays.copyOfRange(rewards, n, 2 * n),
                tolerance);
        for (int i = 0; i < n; i++) {
            double pair = Columns.losses(result)[i] + Columns.losses(result)[n + i];
            comparisons.close("per_pair[" + i + "]", doubles(expected.get("per_pair"))[i], pair, tolerance);
            comparisons.close(
                    "grad_policy_chosen[" + i + "]",
                    doubles(expected.get("grad_policy_chosen"))[i],
                    2 * Columns.gradients(result, 0)[i][0],
                    tolerance);
            comparisons.close(
                    "grad_policy_rejected[" + i + "]",
                    doubles(expected.get("grad_policy_rejected"))[i],
                    2 * Columns.gradients(result, 0)[n + i][0],
                    tolerance);
        }
    }

    private static double[][] both(double[][] first, double[][] second) {
        return Stream.of(first, second).flatMap(Arrays::stream).toArray(double[][]::new);
    }

    private static void checkFree(ReferenceCase reference, Comparisons comparisons) {
        JsonNode expected = reference.content();
        String name = expected.get("name").asText();
        JsonNode params = expected.get("params");
        BatchScores batch = LossCases.withEmptyPrompts(LossCases.withoutReference(LossCases.pairs(reference)));
        BatchLoss result = PreferenceObjective.of(free(name, params, 1)).evaluate(batch, LossState.initial(0));
        comparisons.close("loss", expected.get("loss").asDouble(), result.loss(), TOLERANCE);
        BatchLoss preference = PreferenceObjective.of(free(name, params, 0)).evaluate(batch, LossState.initial(0));
        comparisons.close("per_pair", doubles(expected.get("per_pair")), Columns.losses(preference), TOLERANCE);
        PairLossReferenceTest.compareGradient(
                expected, "grad_policy_chosen", Columns.gradients(result, 0), comparisons, TOLERANCE);
        PairLossReferenceTest.compareGradient(
                expected, "grad_policy_rejected", Columns.gradients(result, 1), comparisons, TOLERANCE);
        if (expected.has("rewards_chosen") && !name.equals("cpo_ipo")) {
            compareRewards(expected, result, comparisons);
        } else {
            comparisons.leave(expected, "rewards_chosen", "rewards_rejected");
        }
        checkTerms(expected, result, preference, comparisons);
    }

    /** The two terms of a loss, each by itself: the odds ratio's and the likelihood's. */
    private static void checkTerms(JsonNode expected, BatchLoss whole, BatchLoss preference, Comparisons comparisons) {
        JsonNode params = expected.get("params");
        if (expected.has("log_odds")) {
            double[] odds = Arrays.stream(doubles(expected.get("log_odds")))
                    .map(x -> params.get("beta").asDouble() * Math.log1p(Math.exp(-x)))
                    .toArray();
            comparisons.close("log_odds", odds, Columns.losses(preference), TOLERANCE);
            double[] trl = doubles(expected.get("trl_float32_per_pair"));
            comparisons.close("trl_float32_per_pair", trl, Columns.losses(preference), 1e-5);
        }
        if (expected.has("nll_completion_tokens")) {
            double likelihood = expected.get("nll_completion_tokens").asDouble()
                    * params.path("cpo_alpha").asDouble(1);
            comparisons.close("nll_completion_tokens", likelihood, whole.loss() - preference.loss(), TOLERANCE);
        }
    }

    /** @param likelihood whether the likelihood term belongs to it */
    private static PairLoss free(String name, JsonNode params, int likelihood) {
        double beta = params.get("beta").asDouble();
        double smoothing = params.path("label_smoothing").asDouble();
        double gamma = params.path("simpo_gamma").asDouble();
        String type = params.path("loss_type").asText();
        boolean averages = type.equals("ipo") || type.equals("simpo") || name.startsWith("orpo");
        if (params.has("average_log_prob") && params.get("average_log_prob").asBoolean() != averages) {
            throw new IllegalArgumentException(name + " with average_log_prob " + !averages);
        }
        if (name.startsWith("orpo")) {
            return new Orpo(beta, name.contains("total") ? likelihood : 0);
        }
        if (name.startsWith("cpo_total")) {
            return new Cpo(beta, 0, likelihood * params.get("cpo_alpha").asDouble());
        }
        if (params.path("alpha").asDouble() != 0) {
            if (!type.equals("simpo") || smoothing != 0) {
                throw new IllegalArgumentException(name + ": alpha with " + type + ", label_smoothing " + smoothing);
            }
            return new AlphaPo(beta, gamma, params.get("alpha").asDouble());
        }
        return switch (type) {
            case "sigmoid" -> new Cpo(beta, smoothing, 0);
            case "hinge" -> new Hinge(beta);
            case "ipo" -> new Ipo(beta);
            case "simpo" -> new SimPo(beta, gamma, smoothing);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static void checkTdpo(ReferenceCase reference, Comparisons comparisons) {
        JsonNode expected = reference.content();
        JsonNode params = expected.get("params");
        double beta = params.get("beta").asDouble();
        PairLoss loss = new Tdpo2(beta, params.get("alpha").asDouble());
        List<RowScores> pairs = LossCases.pairs(reference).rows();
        double[] ofChosen = doubles(reference.root().get("seq_kl_chosen"));
        double[] ofRejected = doubles(reference.root().get("seq_kl_rejected"));
        BatchScores batch = new BatchScores(IntStream.range(0, pairs.size())
                .mapToObj(i -> pairs.get(i).withSequenceKl(new double[] {ofChosen[i], ofRejected[i]}))
                .toList());
        BatchLoss result = PreferenceObjective.of(loss).evaluate(batch, LossState.initial(0));
        PairLossReferenceTest.compare(expected, result, comparisons, TOLERANCE);
        comparisons.close(
                "grad_seq_kl_rejected",
                doubles(expected.get("grad_seq_kl_rejected")),
                Columns.sequenceKl(result, 1),
                TOLERANCE);
        double[] chosenKl = expected.get("grad_seq_kl_chosen").isNull()
                ? new double[batch.size()]
                : doubles(expected.get("grad_seq_kl_chosen"));
        comparisons.close("grad_seq_kl_chosen", chosenKl, Columns.sequenceKl(result, 0), TOLERANCE);
    }

    private static void compareRewards(JsonNode expected, BatchLoss result, Comparisons comparisons) {
        comparisons.close(
                "rewards_chosen", doubles(expected.get("rewards_chosen")), Columns.rewards(result, 0), TOLERANCE);
        comparisons.close(
                "rewards_rejected", doubles(expected.get("rewards_rejected")), Columns.rewards(result, 1), TOLERANCE);
    }
}
