package org.align4j.ppo.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.Engine;
import org.align4j.core.policy.Pass;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.trace.TraceRun;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.GroupBaseline;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.SequenceMask;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.loss.TurnCredit;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/**
 * Optimizer steps of TRL's GRPOTrainer computed again with Align4J's model, layout, advantages, losses, schedule and optimizer.
 * TRL's own rules stand here alone: which slices make a step, and that its KL term may be multiplied by the ratio.
 */
final class GrpoTrace implements AutoCloseable {
    /** Of the records that lie some 2e-6 from their replay in float64; those of the others lie 1.2e-5 from it. */
    private static final double CLOSE = 1e-5;

    private static final int END = 2;

    private final ReferenceCase trace;
    private final Comparisons comparisons;
    private final JsonNode settings;
    private final TraceRun run;
    private final PolicyLoss loss;
    private final int accumulated;
    private final double tolerance;
    private int slices;
    private double stepLoss;

    GrpoTrace(ReferenceCase trace, boolean recompute, Engine engine, Comparisons comparisons) {
        this.trace = trace;
        this.comparisons = comparisons;
        this.settings = trace.content().get("settings");
        run = new TraceRun(trace, recompute, engine, comparisons);
        tolerance = settings.has("reward_weights") || settings.path("turns").asInt() > 0 || settings.has("top_entropy")
                ? CLOSE
                : TraceRun.TOLERANCE;
        run.holdTo(tolerance);
        run.policy().setTemperature(settings.path("temperature").asDouble(1));
        double low = settings.get("epsilon").asDouble();
        double high = settings.path("epsilon_high").asDouble(low);
        Surrogate clip = new Clip(low, high, OptionalDouble.empty(), OptionalDouble.empty());
        loss = new PolicyLoss(
                RatioLevel.TOKEN,
                settings.has("max_sequence_kl")
                        ? new SequenceMask(clip, settings.get("max_sequence_kl").asDouble())
                        : clip,
                new ReferencePenalty(
                        settings.get("beta").asDouble(),
                        settings.get("bias_correction_kl").asBoolean()),
                isDapo() ? Averaging.TOKENS : Averaging.RESPONSES);
        accumulated = settings.path("accum").asInt(1);
    }

    private boolean isDapo() {
        return settings.get("loss_type").asText().equals("dapo");
    }

    /** What holds of a generation before its first step. */
    private record Start(
            List<Completion> responses,
            double[][] old,
            double[][] reference,
            double[][] advantages,
            double[][] counted,
            boolean @Nullable [][] own) {}

    void replay() {
        JsonNode generations = trace.json("rollouts.json");
        for (int i = 0; i < generations.size(); i++) {
            Start start = start(generations.get(i), trace.json("buffers.json").get(i), "generation " + i + " ");
            int batch = settings.get("batch").asInt();
            for (int pass = 0; pass < settings.get("num_iterations").asInt(); pass++) {
                for (int from = 0; from < start.responses().size(); from += batch) {
                    slice(start, IntStream.range(from, from + batch).toArray());
                }
            }
        }
        comparisons.same("steps", trace.content().get("total_optimizer_steps").asInt(), run.step());
        run.compareWeights();
    }

    private Start start(JsonNode rows, JsonNode buffer, String place) {
        List<Completion> responses = new ArrayList<>();
        for (JsonNode row : rows) {
            responses.add(TracedRows.response(
                    responses.size(),
                    Comparisons.ints(row.get("prompt_ids")),
                    Comparisons.ints(row.get("completion_ids"))));
        }
        boolean[][] own = own(rows);
        int[] lengths = TracedRows.lengths(responses.stream());
        double[][] counted = ofPolicy(counted(responses), own);
        Layout.Packed all = TracedRows.forward(
                responses, own, IntStream.range(0, responses.size()).toArray());
        double[][] old = all.split(run.policy().score(all.batch()).logProbs());
        double[][] reference =
                all.split(run.policy().score(all.batch(), run.policy().base()).logProbs());
        int group = settings.get("group").asInt();
        double[][] advantages;
        if (own != null) {
            advantages = turnAdvantages(rows, group);
            comparisons.close(
                    place + "advantages",
                    ofPolicy(TracedRows.cut(buffer.get("advantages"), lengths), own),
                    advantages,
                    tolerance);
        } else {
            double[] flat = Arrays.stream(advantages(rows, group))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
            comparisons.close(place + "advantages", Comparisons.doubles(buffer.get("advantages")), flat, tolerance);
            advantages = GroupBaseline.perToken(flat, lengths);
        }
        comparisons.close(
                place + "old_per_token_logps",
                ofPolicy(TracedRows.cut(buffer.get("old_per_token_logps"), lengths), own),
                times(old, counted),
                tolerance);
        comparisons.close(
                place + "ref_per_token_logps",
                ofPolicy(TracedRows.cut(buffer.get("ref_per_token_logps"), lengths), own),
                times(reference, counted),
                tolerance);
        return new Start(responses, old, reference, advantages, counted, own);
    }

    /** Which tokens the policy drew, where an environment wrote others; null where it drew all. */
    private static boolean @Nullable [][] own(JsonNode rows) {
        if (!rows.get(0).has("own")) {
            return null;
        }
        boolean[][] own = new boolean[rows.size()][];
        for (int i = 0; i < own.length; i++) {
            int[] marks = Comparisons.ints(rows.get(i).get("own"));
            own[i] = new boolean[marks.length];
            for (int t = 0; t < marks.length; t++) {
                own[i][t] = marks[t] == 1;
            }
        }
        return own;
    }

    /** The numbers of the tokens that the policy drew. */
    private static double[][] ofPolicy(double[][] values, boolean @Nullable [][] own) {
        return own == null
                ? values
                : IntStream.range(0, values.length)
                        .mapToObj(i -> IntStream.range(0, values[i].length)
                                .filter(t -> own[i][t])
                                .mapToDouble(t -> values[i][t])
                                .toArray())
                        .toArray(double[][]::new);
    }

    /** Advantages of turns, each of whose tokens has its turn's. */
    private static double[][] turnAdvantages(JsonNode rows, int group) {
        double[][] rewards = new double[rows.size()][];
        int[][] lengths = new int[rows.size()][];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = Comparisons.doubles(rows.get(i).get("turn_rewards"));
            lengths[i] = Comparisons.ints(rows.get(i).get("turn_lengths"));
        }
        return TurnCredit.perToken(GroupBaseline.GROUP_SCALED, rewards, lengths, group);
    }

    /** TRL has zeros for tokens that don't count. */
    private static double[][] times(double[][] values, double[][] counted) {
        return IntStream.range(0, values.length)
                .mapToObj(i -> IntStream.range(0, values[i].length)
                        .mapToDouble(t -> values[i][t] * counted[i][t])
                        .toArray())
                .toArray(double[][]::new);
    }

    /** Which tokens count: where truncated responses are left out, those of responses that ended. */
    private double[][] counted(List<Completion> responses) {
        boolean masked = settings.path("mask_truncated").asBoolean();
        return responses.stream()
                .map(response -> {
                    int[] ids = response.ids();
                    double[] own = new double[ids.length];
                    Arrays.fill(own, masked && ids[ids.length - 1] != END ? 0 : 1);
                    return own;
                })
                .toArray(double[][]::new);
    }

    /** Advantages of one reward, or of several that are normalised before their sum, as TRL's normalize_then_sum does. */
    private double[][] advantages(JsonNode rows, int group) {
        double[] weights = Comparisons.doubles(settings.path("reward_weights"));
        if (weights.length == 0) {
            return GroupBaseline.GROUP_SCALED.advantages(grouped(rows, group, row -> row.get("reward")));
        }
        double[][][] rewards = IntStream.range(0, weights.length)
                .mapToObj(r -> grouped(rows, group, row -> row.get("rewards").get(r)))
                .toArray(double[][][]::new);
        return GroupBaseline.BATCH_SCALED.advantages(GroupBaseline.normalisedSums(rewards, weights));
    }

    private static double[][] grouped(JsonNode rows, int group, Function<JsonNode, JsonNode> reward) {
        double[][] scores = new double[rows.size() / group][group];
        for (int i = 0; i < rows.size(); i++) {
            scores[i / group][i % group] = reward.apply(rows.get(i)).asDouble();
        }
        return scores;
    }

    private void slice(Start start, int[] rows) {
        Layout.Packed packed = TracedRows.forward(start.responses(), start.own(), rows);
        Averaging.Totals totals = new Averaging.Totals(rows.length * accumulated, TokenMasks.counted(start.counted()));
        double times = isDapo() ? settings.get("steps_per_generation").asDouble() / accumulated : 1;
        try (Pass pass = run.policy().pass(packed.batch(), null)) {
            double[][] counted = packed.of(start.counted());
            double[][] acting = TokenMasks.highest(
                    packed.split(pass.scores().entropies()),
                    counted,
                    settings.path("top_entropy").asDouble(1));
            PolicyResult result = loss.evaluate(
                    new Rollouts(
                            packed.split(pass.scores().logProbs()),
                            packed.of(start.old()),
                            packed.of(start.advantages()),
                            packed.of(start.reference()),
                            new TokenMasks(counted, acting)),
                    totals);
            stepLoss += times * result.loss();
            float[] gradients = packed.join(result.gradients());
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] *= (float) times;
            }
            pass.backward(gradients);
        }
        slices++;
        if (slices % accumulated == 0) {
            update();
        }
    }

    private void update() {
        run.apply(Map.of("loss", stepLoss));
        run.policy().trainables().zeroGradients();
        stepLoss = 0;
    }

    @Override
    public void close() {
        run.close();
    }
}
