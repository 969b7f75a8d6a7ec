package org.align4j.ppo.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScorePass;
import org.align4j.core.policy.TokenGradients;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.state.AdamW;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.NotFiniteStep;
import org.align4j.core.train.StepOutcome;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.ValueLoss;
import org.align4j.ppo.loss.ValueResult;
import org.align4j.ppo.options.PpoPlan;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.Passes;
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
    private final Sums sums = new Sums();

    Improvement(PpoPlan plan, Policy policy, AdamW policyOptimizer, @Nullable Critic critic) {
        this.plan = plan;
        this.policy = policy;
        this.policyOptimizer = policyOptimizer;
        this.critic = critic;
    }

    /**
     * What a step moves by.
     *
     * @param step its number
     * @param criticAlone whether the policy stays as it is
     */
    record Rates(int step, double policyRate, double valueRate, boolean criticAlone) {}

    /** Makes all passes, or stops early where the policy has moved too far from the one that made the rollouts. */
    Sums run(Passes passes, PolicyObjective objective, @Nullable ValueTargets targets, Rates rates) {
        boolean first = true;
        for (List<List<Layout.Packed>> epoch : passes.epochs()) {
            for (List<Layout.Packed> miniBatch : epoch) {
                if (!miniBatch.isEmpty() && !update(miniBatch, objective, targets, rates, first)) {
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
            PolicyObjective objective,
            @Nullable ValueTargets targets,
            Rates rates,
            boolean first) {
        Averaging.Totals totals = totals(miniBatch);
        policy.trainables().zeroGradients();
        List<PolicyResult> results = new ArrayList<>();
        if (!rates.criticAlone()) {
            for (Layout.Packed part : miniBatch) {
                results.add(policyPart(part, objective, totals));
            }
            if (first) {
                new UnmovedPolicy(rates.step(), policy.base().dtype()).require(results);
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

    static Averaging.Totals totals(List<Layout.Packed> miniBatch) {
        int responses = 0;
        long tokens = 0;
        for (Layout.Packed part : miniBatch) {
            responses += part.rollouts().length;
            tokens += part.batch().scored();
        }
        return new Averaging.Totals(responses, tokens);
    }

    private PolicyResult policyPart(Layout.Packed part, PolicyObjective objective, Averaging.Totals totals) {
        double worth = plan.improvement().entropyCoefficient();
        try (Pass pass = policy.pass(part.batch(), null)) {
            TokenScores scores = pass.scores();
            PolicyResult result = objective.share(part, part.split(scores.logProbs()), totals);
            float[] ofEntropies = worth == 0 ? null : filled(part, -worth / totals.tokens());
            pass.backward(new TokenGradients(part.join(result.gradients()), ofEntropies, null));
            sums.bonus(worth * sum(scores.entropies()) / totals.tokens());
            sums.policyPart(result, objective.clipped(part, result));
            sums.computed(part.batch().size());
            return result;
        }
    }

    private static float[] filled(Layout.Packed part, double value) {
        float[] all = new float[part.batch().scored()];
        Arrays.fill(all, (float) value);
        return all;
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    private boolean movedTooFar(List<PolicyResult> results) {
        Double limit = plan.improvement().earlyStopKl();
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
        ValueLoss loss = plan.value().loss();
        double coefficient = plan.value().coefficient();
        owner.zeroGradients();
        for (Layout.Packed part : miniBatch) {
            try (ScorePass pass = owner.pass(part.batch())) {
                double[][] values = part.split(pass.scores().values());
                ValueResult result =
                        loss.evaluate(values, part.of(targets.old()), part.of(targets.returns()), positions);
                float[] gradients = part.join(result.gradients());
                for (int i = 0; i < gradients.length; i++) {
                    gradients[i] *= (float) coefficient;
                }
                pass.backward(gradients);
                sums.valuePart(result);
                sums.computed(part.batch().size());
            }
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
                            "The gradient norm of the %s became %s at step %d. The step was not applied. Maybe lower %s (%s).",
                            whose, norm, step, whose.equals("value") ? "value-learning-rate" : "learning-rate", rate),
                    outcome(),
                    norm,
                    new int[0]);
        }
        double scale = plan.recipe().optimizer().update().gradientScale(norm);
        StopSignal.defer(() -> optimizer.apply(rate, scale));
        if (whose.equals("value")) {
            sums.valueUpdate(norm);
        } else {
            sums.policyUpdate(norm);
        }
    }

    /** What a step had come to that is not applied. */
    private StepOutcome outcome() {
        return new StepOutcome(
                sums.loss(plan.value().coefficient()), new double[0], StepMetrics.EMPTY, sums.computedTokens(), 0);
    }

    /** @throws NotFiniteStep where the loss of all updates is not finite though their gradients are */
    void requireFiniteLoss(int step) {
        StepOutcome outcome = outcome();
        if (!Double.isFinite(outcome.loss())) {
            String sentence = format(
                    "Loss became %s at step %d. The step was not applied. Maybe lower learning-rate.",
                    outcome.loss(), step);
            throw NotFiniteStep.ofRows(sentence, outcome, sums.gradientNorm(), new int[0]);
        }
    }
}
