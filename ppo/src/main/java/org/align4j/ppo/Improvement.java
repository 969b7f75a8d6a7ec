package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.NotFiniteStep;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.align4j.ppo.Critic.ValueTargets;
import org.align4j.ppo.PpoForwards.PolicyTargets;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.Layout.Passes;
import org.jspecify.annotations.Nullable;

/**
 * Moves policy and critic over a step's rollouts: pass by pass, mini-batch by mini-batch, each an optimizer step of its own with
 * the gradient over all its tokens. The first mini-batch must find every ratio at 1: it compares the policy with itself.
 */
final class Improvement {
    private final PpoPlan plan;
    private final Policy policy;
    private final AdamW policyOptimizer;
    private final @Nullable Critic critic;
    private final PpoForwards forwards;
    private final double[][] drawn;
    private final Sums sums = new Sums();
    private FirstRatios firstRatios = FirstRatios.NONE;

    /** @param drawn {@code [B][T]} entropies of the policy that wrote the responses */
    Improvement(PpoForwards forwards, AdamW policyOptimizer, double[][] drawn) {
        this.drawn = drawn;
        this.forwards = forwards;
        this.plan = forwards.plan();
        this.policy = forwards.policy();
        this.policyOptimizer = policyOptimizer;
        this.critic = forwards.critic();
    }

    /**
     * Holds the learning rates of one step.
     *
     * @param step its number
     * @param criticAlone whether the policy stays as it is
     */
    record Rates(int step, double policyRate, double valueRate, boolean criticAlone) {}

    /** Makes all passes, or stops early where the policy has moved too far from the one that made the rollouts. */
    Sums run(Passes passes, PolicyTargets policyTargets, @Nullable ValueTargets targets, Rates rates) {
        boolean first = true;
        for (List<List<Layout.Packed>> epoch : passes.epochs()) {
            for (List<Layout.Packed> miniBatch : epoch) {
                if (!miniBatch.isEmpty() && !update(miniBatch, policyTargets, targets, rates, first)) {
                    sums.stopEarly();
                    return sums;
                }
                first = false;
            }
        }
        return sums;
    }

    private boolean update(
            List<Layout.Packed> miniBatch,
            PolicyTargets policyTargets,
            @Nullable ValueTargets targets,
            Rates rates,
            boolean first) {
        Averaging.Totals totals = totals(miniBatch);
        policy.trainables().zeroGradients();
        if (!rates.criticAlone()) {
            List<PolicyResult> results = policyParts(miniBatch, acting(miniBatch, policyTargets, first), totals);
            if (first) {
                boolean exact = policy.base().dtype() == Dtype.F32
                        && !plan.recipe().machine().cluster().executors().clusterMixed();
                firstRatios = new UnmovedPolicy(rates.step(), exact).require(results);
            }
            if (movedTooFar(results)) {
                return false;
            }
            apply(policyOptimizer, rates.policyRate(), rates.step(), "policy");
        }
        if (critic != null && targets != null) {
            valueUpdate(critic, miniBatch, targets, totals.tokens(), rates);
        }
        return true;
    }

    /** The size of a mini-batch whose averages are over the marked tokens; responses count whether any of theirs are or not. */
    static Averaging.Totals counted(List<Layout.Packed> miniBatch, double[][] marks) {
        long tokens = 0;
        for (Layout.Packed part : miniBatch) {
            tokens += TokenMasks.counted(part.of(marks));
        }
        return new Averaging.Totals(totals(miniBatch).responses(), Math.max(1, tokens));
    }

    static Averaging.Totals totals(List<Layout.Packed> miniBatch) {
        int responses = 0;
        long tokens = 0;
        for (Layout.Packed part : miniBatch) {
            responses += part.rollouts().length;
            tokens += part.batch().scored();
        }
        return new Averaging.Totals(responses, tokens);
    }

    /**
     * Returns the targets with the tokens that advantages act on in a mini-batch. Those of the highest entropy are those of the policy as it
     * is now; before the first update these entropies are known.
     */
    private PolicyTargets acting(List<Layout.Packed> miniBatch, PolicyTargets targets, boolean first) {
        double share = plan.learning().selection().topEntropyShare();
        TokenMasks masks = targets.masks();
        if (share == 1 || masks == null) {
            return targets;
        }
        double[][] entropies = new double[targets.old().length][];
        List<float[]> found = first ? List.of() : policy.take(forwards.uncertain(), miniBatch);
        for (int i = 0; i < miniBatch.size(); i++) {
            Layout.Packed part = miniBatch.get(i);
            part.put(first ? part.of(drawn) : part.split(found.get(i)), entropies);
        }
        int[] own = miniBatch.stream()
                .flatMapToInt(part -> Arrays.stream(part.rollouts()))
                .toArray();
        double[][] marks = TokenMasks.highest(rows(entropies, own), rows(masks.counted(), own), share);
        double[][] acting = new double[entropies.length][];
        for (int i = 0; i < own.length; i++) {
            acting[own[i]] = marks[i];
        }
        return targets.with(new TokenMasks(masks.counted(), acting));
    }

    private static double[][] rows(double[][] all, int[] places) {
        return Arrays.stream(places).mapToObj(i -> all[i]).toArray(double[][]::new);
    }

    private List<PolicyResult> policyParts(List<Layout.Packed> miniBatch, PolicyTargets targets, Averaging.Totals all) {
        Averaging.Totals totals = targets.masks() == null
                ? all
                : counted(miniBatch, targets.masks().counted());
        long acting = targets.masks() == null
                ? totals.tokens()
                : counted(miniBatch, targets.masks().acting()).tokens();
        List<PpoForwards.PolicyRequest> shares = miniBatch.stream()
                .map(part -> new PpoForwards.PolicyRequest(part, targets.of(part), totals, acting))
                .toList();
        List<PpoForwards.PolicyUpdate> moved = policy.take(forwards.moved(), shares);
        double worth = plan.learning().improvement().entropyCoefficient();
        for (int i = 0; i < moved.size(); i++) {
            sums.bonus(worth * moved.get(i).entropy() / acting);
            sums.policyPart(moved.get(i).result(), moved.get(i).clipped());
            sums.computed(miniBatch.get(i).batch().size());
        }
        return moved.stream().map(PpoForwards.PolicyUpdate::result).toList();
    }

    private boolean movedTooFar(List<PolicyResult> results) {
        Double limit = plan.learning().improvement().earlyStopKl();
        if (limit == null) {
            return false;
        }
        double sum =
                results.stream().mapToDouble(PolicyResult::approximateKlSum).sum();
        long tokens = results.stream().mapToLong(PolicyResult::tokens).sum();
        return sum > limit * tokens;
    }

    private void valueUpdate(
            Critic owner, List<Layout.Packed> miniBatch, ValueTargets targets, long positions, Rates rates) {
        owner.zeroGradients();
        List<PpoForwards.ValueRequest> shares = miniBatch.stream()
                .map(part -> new PpoForwards.ValueRequest(part, targets.of(part), positions))
                .toList();
        List<ValueResult> results = owner.policy().take(forwards.valued(owner), shares);
        for (int i = 0; i < results.size(); i++) {
            sums.valuePart(results.get(i));
            sums.computed(miniBatch.get(i).batch().size());
        }
        apply(owner.optimizer(), rates.valueRate(), rates.step(), "value");
    }

    private void apply(AdamW optimizer, double rate, int step, String whose) {
        double norm = optimizer.gradientNorm();
        // First: no prompt is to blame for what weights that are not finite make of it.
        optimizer.damage().ifPresent(damage -> {
            throw NotFiniteStep.ofState(damage, step, outcome(), norm);
        });
        if (!Double.isFinite(norm)) {
            throw NotFiniteStep.ofRows(
                    format(
                            "The gradient norm of the %s became %s at step %d. The step was not applied. %s",
                            whose, norm, step, lower(whose)),
                    outcome(),
                    norm,
                    new int[0]);
        }
        double scale = plan.recipe().learning().optimizer().update().gradientScale(norm);
        StopSignal.defer(() -> optimizer.apply(rate, scale));
        if (whose.equals("value")) {
            sums.valueUpdate(norm);
        } else {
            sums.policyUpdate(norm);
        }
    }

    /** Returns the advice to lower the rate of the policy or of the value model. */
    private String lower(String whose) {
        OptimizerPlan rates = plan.recipe().learning().optimizer();
        return whose.equals("value")
                ? rates.lower("value-learning-rate", plan.learning().value().learningRate())
                : rates.lower("learning-rate", rates.learningRate());
    }

    /** Returns the ratios that the first mini-batch found before the policy moved. */
    FirstRatios firstRatios() {
        return firstRatios;
    }

    /**
     * Counts the ratios of a policy that has not moved.
     *
     * @param tokens all of them
     * @param others those that are not exactly 1
     * @param furthest how far the furthest is from 1
     */
    record FirstRatios(long tokens, long others, double furthest) {
        static final FirstRatios NONE = new FirstRatios(0, 0, 0);

        FirstRatios and(double ratio) {
            return new FirstRatios(tokens + 1, others + (ratio == 1 ? 0 : 1), Math.max(furthest, Math.abs(ratio - 1)));
        }

        /**
         * Says that ratios are not exactly 1, and why; empty where all are.
         *
         * @param mixed whether processors of several kinds take part
         */
        Optional<String> said(boolean mixed) {
            return others == 0
                    ? Optional.empty()
                    : Optional.of(
                            format(
                                    "Before the first update %d of %d probability ratios are not exactly 1, the furthest by %.2g, because %s.",
                                    others,
                                    tokens,
                                    furthest,
                                    mixed
                                            ? "processors of several kinds round otherwise"
                                            : "the forward that computes gradients rounds otherwise than the one that compared"));
        }
    }

    /** What a step had come to that is not applied. */
    private StepOutcome outcome() {
        return new StepOutcome(
                sums.loss(plan.learning().value().coefficient()),
                new double[0],
                StepMetrics.EMPTY,
                sums.computedTokens(),
                0);
    }

    /** @throws NotFiniteStep where the loss of all updates is not finite though their gradients are */
    void requireFiniteLoss(int step) {
        StepOutcome outcome = outcome();
        if (!Double.isFinite(outcome.loss())) {
            String sentence = format(
                    "Loss became %s at step %d. The step was not applied. %s", outcome.loss(), step, lower("policy"));
            throw NotFiniteStep.ofRows(sentence, outcome, sums.gradientNorm(), new int[0]);
        }
    }

    /**
     * Checks a step's first mini-batch: the policy is compared with itself there, so that every probability ratio is 1.
     *
     * @param step its number
     * @param exact whether all passes round alike, in fp32
     */
    record UnmovedPolicy(int step, boolean exact) {
        private static final double EXACT = 1e-6;
        private static final double ROUNDED = 1e-2;

        /**
         * Counts the ratios that are not exactly 1.
         *
         * @throws RunException where a ratio is another
         * @throws NotFiniteStep where one is no number
         */
        FirstRatios require(List<PolicyResult> results) {
            FirstRatios seen = FirstRatios.NONE;
            for (PolicyResult result : results) {
                for (double[] row : result.ratios()) {
                    for (double ratio : row) {
                        require(ratio);
                        seen = seen.and(ratio);
                    }
                }
            }
            return seen;
        }

        private void require(double ratio) {
            if (!Double.isFinite(ratio)) {
                String sentence = format(
                        "A probability ratio became %s at step %d though the policy has not moved yet. The step was not applied.",
                        ratio, step);
                StepOutcome nothing = new StepOutcome(ratio, new double[0], StepMetrics.EMPTY, 0, 0);
                throw NotFiniteStep.ofRows(sentence, nothing, Double.NaN, new int[0]);
            }
            double tolerance = exact ? EXACT : ROUNDED;
            if (!(Math.abs(ratio - 1) <= tolerance)) {
                throw new RunException(format(
                        "Before the first update of step %d a probability ratio is %s but the policy has not moved yet, so it"
                                + " must be 1 ± %s. Nothing of the step was applied; this is a defect of the program or of the"
                                + " machine.",
                        step, ratio, tolerance));
            }
        }
    }
}
