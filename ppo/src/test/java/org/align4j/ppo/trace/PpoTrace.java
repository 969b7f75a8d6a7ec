package org.align4j.ppo.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.Engine;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.trace.TracedModel;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.GroupBaseline.Moments;
import org.align4j.ppo.loss.KlEstimator;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.TokenRewards;
import org.align4j.ppo.loss.ValueLoss;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.align4j.ppo.rollout.Layout;

/**
 * One update of TRL's PPOTrainer computed again with Align4J's models, layout, credit, losses and optimizer. TRL's own rules
 * stand here alone: a stopped response has a position after its stop token, where the score counts; losses are means over
 * micro-batches; gradients of one step are the mean over its micro-batches, unclipped.
 */
final class PpoTrace implements AutoCloseable {
    private static final double TOLERANCE = 2e-5;
    private static final double KL_TOLERANCE = 1e-4;
    private static final double GRADIENTS = 1e-6;
    private static final double WEIGHTS = 2e-4;

    private final ReferenceCase trace;
    private final Engine engine;
    private final Comparisons comparisons;
    private final JsonNode settings;
    private final JsonNode rollout;
    private final TracedModel policy;
    private final TracedModel value;
    private final List<Completion> responses = new ArrayList<>();
    private final List<Completion> withPositionAfter = new ArrayList<>();
    private final boolean[] stopped;
    private int call;
    private int updates;

    PpoTrace(ReferenceCase trace, boolean recompute, Engine engine, Comparisons comparisons) {
        this.trace = trace;
        this.engine = engine;
        this.comparisons = comparisons;
        this.settings = trace.content().get("settings");
        comparisons.same(
                "optimizer",
                "AdamW",
                trace.content().at("/fixed_settings/optimizer").asText());
        this.rollout = trace.json("rollout.json");
        policy = model("policy", recompute);
        value = model("value", recompute);
        policy.policy().setTemperature(temperature());
        int limit = settings.get("response_length").asInt();
        int[] last = Comparisons.ints(rollout.get("sequence_lengths"));
        stopped = new boolean[last.length];
        for (int row = 0; row < last.length; row++) {
            int[] prompt = Arrays.stream(Comparisons.ints(rollout.get("queries").get(row)))
                    .filter(id -> id != 0)
                    .toArray();
            int[] ids = Comparisons.ints(rollout.get("responses").get(row));
            int tokens = last[row] + 1;
            stopped[row] = tokens < limit;
            responses.add(TracedRows.response(row, prompt, Arrays.copyOf(ids, tokens)));
            withPositionAfter.add(TracedRows.response(row, prompt, Arrays.copyOf(ids, Math.min(limit, tokens + 1))));
        }
    }

    private TracedModel model(String name, boolean recompute) {
        return new TracedModel(
                trace.file("models").resolve(name), null, trace.content().get("fixed_settings"), recompute, engine);
    }

    private double temperature() {
        return settings.get("temperature").asDouble()
                + trace.content().get("fixed_settings").get("temperature_added").asDouble();
    }

    private double setting(String name) {
        return settings.get(name).asDouble();
    }

    /** What holds of the rollouts before the first step. */
    private record Start(double[][] logProbs, double[][] values, double[][] advantages, double[][] returns) {}

    void replay() {
        Start start = start();
        int rows = responses.size();
        int miniBatch = rows / settings.get("mini_batches").asInt();
        for (JsonNode order : trace.content().get("permutations")) {
            int[] permutation = Comparisons.ints(order);
            for (int from = 0; from < rows; from += miniBatch) {
                int[] taken = Arrays.copyOfRange(permutation, from, from + miniBatch);
                int micro = Math.min(settings.get("batch").asInt(), miniBatch);
                for (int at = 0; at < miniBatch; at += micro) {
                    microBatch(start, Arrays.copyOfRange(taken, at, at + micro));
                }
            }
        }
        comparisons.same(
                "optimizer steps", trace.content().get("optimizer_steps").asInt(), updates);
    }

    private Start start() {
        Layout.Packed tokens = TracedRows.forward(responses);
        double[][] logProbs = tokens.split(policy.policy().score(tokens.batch()).logProbs());
        double[][] reference = reference(tokens);
        Layout.Packed positions = TracedRows.forward(withPositionAfter);
        double[][] values = positions.split(read(value.policy(), positions));
        double[] scores = scores();
        comparisons.close("logprobs", recorded("logprobs", responses), logProbs, TOLERANCE);
        comparisons.close("ref_logprobs", recorded("ref_logprobs", responses), reference, TOLERANCE);
        comparisons.close("values", recorded("values", withPositionAfter), values, TOLERANCE);
        comparisons.close("scores", Comparisons.doubles(rollout.get("scores")), scores, TOLERANCE);
        KlEstimator estimator = settings.get("kl_estimator").asText().equals("k1") ? KlEstimator.K1 : KlEstimator.K3;
        double[][] kl = estimator.of(logProbs, reference);
        comparisons.close("kl", recorded("kl", responses), kl, KL_TOLERANCE);
        double[][] rewards = TokenRewards.of(kl, scores, stopped, setting("kl_coef"));
        if (settings.get("whiten_rewards").asBoolean()) {
            rewards = Moments.whitenKeepingMean(rewards);
        }
        comparisons.close("rewards", recorded("rewards", withPositionAfter), rewards, TOLERANCE);
        double[][] raw = new AdvantageEstimation(setting("gamma"), setting("lam")).advantages(rewards, values);
        comparisons.close(
                "advantages_before_whitening",
                recorded("advantages_before_whitening", withPositionAfter),
                raw,
                TOLERANCE);
        double[][] returns = AdvantageEstimation.returns(raw, values);
        comparisons.close("returns", recorded("returns", withPositionAfter), returns, TOLERANCE);
        double[][] advantages = Moments.whiten(ofTokens(raw));
        comparisons.close("advantages", recorded("advantages", responses), advantages, TOLERANCE);
        return new Start(logProbs, values, advantages, returns);
    }

    private double[][] recorded(String name, List<Completion> rows) {
        return TracedRows.cut(rollout.get(name), TracedRows.lengths(rows.stream()));
    }

    private double[][] ofTokens(double[][] ofPositions) {
        return IntStream.range(0, ofPositions.length)
                .mapToObj(i -> Arrays.copyOf(ofPositions[i], responses.get(i).ids().length))
                .toArray(double[][]::new);
    }

    private double[][] reference(Layout.Packed tokens) {
        try (TracedModel frozen = model("ref", false)) {
            frozen.policy().setTemperature(temperature());
            return tokens.split(frozen.policy().score(tokens.batch()).logProbs());
        }
    }

    /** The reward model reads the cut response at its last token; one without its end pays. */
    private double[] scores() {
        try (TracedModel reward = model("reward", false)) {
            Layout.Packed packed = TracedRows.forward(responses);
            float[] scores = new ScoreReader(reward.policy())
                    .read(packed.batch(), packed.batch().lastRows())
                    .values();
            double[] all = new double[responses.size()];
            for (int i = 0; i < all.length; i++) {
                boolean ended = rollout.get("contain_eos_token").get(i).asBoolean();
                boolean pays = !ended && !settings.get("missing_eos_penalty").isNull();
                all[i] = scores[i] - (pays ? setting("missing_eos_penalty") : 0);
            }
            return all;
        }
    }

    private static float[] read(Policy critic, Layout.Packed positions) {
        return new ScoreReader(critic)
                .read(positions.batch(), positions.batch().rows())
                .values();
    }

    private void microBatch(Start start, int[] rows) {
        JsonNode step = trace.json("steps.json").get(call);
        String place = "call " + call + " ";
        comparisons.same(place + "rows", Comparisons.ints(step.get("rows")), rows);
        int parts = settings.get("accum").asInt();
        PolicyResult ofPolicy = policyPart(start, rows, parts, step);
        ValueResult ofValue = valuePart(start, rows, parts, step);
        comparisons.close(place + "policy_loss", step.get("policy_loss").asDouble(), ofPolicy.loss(), TOLERANCE);
        comparisons.close(place + "value_loss", step.get("value_loss").asDouble(), ofValue.loss(), TOLERANCE);
        comparisons.close(
                place + "loss",
                step.get("loss").asDouble(),
                ofPolicy.loss() + setting("vf_coef") * ofValue.loss(),
                TOLERANCE);
        if (step.get("optimizer_stepped").asBoolean()) {
            update();
        }
        call++;
    }

    private PolicyResult policyPart(Start start, int[] rows, int parts, JsonNode step) {
        Layout.Packed packed = TracedRows.forward(responses, rows);
        PolicyLoss loss = new PolicyLoss(
                RatioLevel.TOKEN, Clip.of(setting("cliprange")), ReferencePenalty.NONE, Averaging.TOKENS);
        try (Pass pass = policy.policy().pass(packed.batch(), null)) {
            double[][] now = packed.split(pass.scores().logProbs());
            compareRows("new_logprobs", step, responses, rows, now);
            PolicyResult result =
                    loss.evaluate(new Rollouts(now, packed.of(start.logProbs()), packed.of(start.advantages()), null));
            pass.backward(packed.join(scaled(result.gradients(), 1.0 / parts)));
            compareRows("ratio", step, responses, rows, result.ratios());
            return result;
        }
    }

    private ValueResult valuePart(Start start, int[] rows, int parts, JsonNode step) {
        Layout.Packed packed = TracedRows.forward(withPositionAfter, rows);
        long positions = packed.batch().scored();
        ValueLoss loss = new ValueLoss(setting("cliprange_value"));
        ScoreReader critic = new ScoreReader(value.policy());
        try (ScorePass pass = critic.pass(packed.batch(), packed.batch().rows(), null)) {
            double[][] now = packed.split(pass.scores().values());
            compareRows("new_values", step, withPositionAfter, rows, now);
            ValueResult result = loss.evaluate(now, packed.of(start.values()), packed.of(start.returns()), positions);
            pass.backward(packed.join(scaled(result.gradients(), setting("vf_coef") / parts)));
            comparisons.close(
                    "call " + call + " value_clipfrac",
                    step.get("value_clipfrac").asDouble(),
                    (double) result.clippedPositions() / positions,
                    TOLERANCE);
            return result;
        }
    }

    private void compareRows(String name, JsonNode step, List<Completion> all, int[] rows, double[][] own) {
        int[] lengths = TracedRows.lengths(Arrays.stream(rows).mapToObj(all::get));
        comparisons.close("call " + call + " " + name, TracedRows.cut(step.get(name), lengths), own, TOLERANCE);
    }

    private static double[][] scaled(double[][] rows, double by) {
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row).map(x -> x * by).toArray())
                .toArray(double[][]::new);
    }

    private void update() {
        if (updates == 0) {
            TracedModel.compare(
                    "gradient",
                    trace.file("grads_first_optimizer_step.safetensors"),
                    both(policy.gradients(1), value.gradients(1)),
                    GRADIENTS,
                    comparisons);
        }
        updates++;
        for (TracedModel model : List.of(policy, value)) {
            model.optimizer().apply(setting("lr"), 1);
            model.policy().trainables().zeroGradients();
        }
        TracedModel.compare(
                "weights " + updates,
                trace.file("weights/after_optimizer_step_" + updates + ".safetensors"),
                both(policy.values(), value.values()),
                WEIGHTS,
                comparisons);
    }

    private static Map<String, float[]> both(Map<String, float[]> ofPolicy, Map<String, float[]> ofValue) {
        Map<String, float[]> all = new TreeMap<>();
        ofPolicy.forEach((name, values) -> all.put("policy." + name, values));
        ofValue.forEach((name, values) -> all.put("value_model." + name, values));
        return all;
    }

    @Override
    public void close() {
        policy.close();
        value.close();
    }
}
