package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.Learner.LimitReached;
import org.align4j.core.train.StepOutcome;
import org.align4j.ppo.Critic.ValueTargets;
import org.align4j.ppo.PpoForwards.Compared;
import org.align4j.ppo.PpoForwards.PolicyTargets;
import org.align4j.ppo.PpoPlan.ImprovementPlan;
import org.align4j.ppo.loss.AdaptiveKl;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.report.LearntRound;
import org.align4j.ppo.report.PpoFigures;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.Layout.Passes;
import org.align4j.ppo.rollout.TracedStep;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace;
import org.jspecify.annotations.Nullable;

/**
 * Proximal policy optimization (Schulman et al. 2017; for language models Ziegler et al. 2019, Ouyang et al. 2022) and its kin
 * without a critic: RLOO, GRPO, online DPO. A step:
 *
 * <ol>
 *   <li>collect: the policy answers the step's prompts
 *   <li>score: the rewards score the answers
 *   <li>compare: log-probabilities of policy and reference, values of the critic
 *   <li>credit: the score and the KL penalty become an advantage of each token
 *   <li>improve: passes over the rollouts in mini-batches, clipped
 *   <li>report: the figures of all of it
 * </ol>
 *
 * Where memory is refused, the same rollouts are taken again in smaller forwards. A step that doesn't come to its end leaves policy
 * and critic as they were.
 *
 * @param forwards what is done, by whom
 * @param tracer takes the answers that each step learnt from; null where nobody does
 */
record PpoRecipe(
        TrainingSession<PromptTokens> session,
        PpoForwards forwards,
        @Nullable Consumer<TracedStep> tracer) {

    private static final double SHOWN = 5e-4;

    /**
     * Holds a step's number, seed, learning rate and remembered state.
     *
     * @param number of the step, from 1
     * @param seed of its answers and of the order of its passes
     * @param learningRate the policy's
     * @param memory as the step before left it
     */
    record Step(int number, long seed, double learningRate, Memory.State memory) {}

    /**
     * Holds the result of a step.
     *
     * @param gradientNorm of the policy's updates on average, before clipping
     * @param next what is remembered once the step counts
     * @param shown the first answers that it learnt from; null where they are no texts
     */
    record StepResult(
            StepOutcome outcome,
            double gradientNorm,
            Memory.State next,
            @Nullable LearntRound shown) {}

    /**
     * Takes one step of PPO: from prompts to updated weights.
     *
     * @param asked its prompts
     * @throws LimitReached where the policy before it has gone too far
     */
    StepResult take(Step step, List<PromptTokens> asked, Responder responder, Phases phases) {
        // 1. collect
        int groups = groups(asked.size());
        Responder.Drawn drawn =
                phases.timed("rollout", () -> responder.drawGroups(asked, groups, step.seed, step.number));
        // 2. score
        Responder.Spread spread = phases.timed(
                "score",
                () -> budget().withinMemory(() -> responder.redrawn(
                        responder.scored(drawn, plan().rollouts().samples()), step.seed)));
        return learn(step, spread, phases);
    }

    /** Takes the steps that move policy and critic over rollouts that are scored. */
    StepResult learn(Step step, Responder.Spread spread, Phases phases) {
        Experience experience = spread.experience();
        double coefficient = step.memory.klCoefficient();
        return budget().withinMemory(() -> {
            // 3. compare
            Layout layout = layout(experience);
            Passes passes = passes(layout, experience, step.seed);
            Compared compared = phases.timed("compare", () -> Compared.of(passes.coveringAll(layout), forwards, true));
            // 4. credit
            Credit credit = Credit.of(plan(), experience, compared, coefficient);
            TokenMasks masks = masks(experience, compared);
            StepMetrics before = StepReport.of(experience, compared, masks, credit.kl(), coefficient);
            requireWithinLimits(before, step.memory.firstLength(experience.meanLength()));
            // 5. improve
            PolicyTargets policyTargets = credit.policyTargets(compared, masks, coefficient, meanTotals(passes, masks));
            ValueTargets targets = credit.valueTargets(compared);
            Improvement improvement = new Improvement(forwards, session.optimizer(), compared.entropies());
            Sums sums = new Rollback(session, forwards.critic()).orRestore(() -> {
                Sums done = phases.timed("improve", () -> improvement.run(passes, policyTargets, targets, rates(step)));
                improvement.requireFiniteLoss(step.number);
                tell(coefficient, experience, compared, credit);
                return done;
            });
            // 6. report
            tellStart(step, before, improvement.firstRatios());
            StepMetrics metrics = before.with(sums.metrics(forwards.critic() != null))
                    .with(PpoFigures.KL_COEFFICIENT, coefficient)
                    .with(spread.metrics())
                    .with(targets == null ? StepMetrics.EMPTY : StepReport.explained(targets));
            double loss = sums.loss(plan().learning().value().coefficient());
            return new StepResult(
                    new StepOutcome(loss, new double[0], metrics, sums.computedTokens(), 0),
                    sums.gradientNorm(),
                    next(step, experience, credit),
                    LearntAnswers.of(
                            step.number,
                            experience,
                            this,
                            plan().algorithm().learnsFromPairs() ? null : credit.advantages()));
        });
    }

    /** Says why the first answers are away from the reference, or from the policy itself, before anything moved. */
    private void tellStart(Step step, StepMetrics report, Improvement.FirstRatios ratios) {
        if (step.number == 1) {
            ratios.said(plan().recipe().machine().cluster().executors().clusterMixed())
                    .ifPresent(why -> session.log().note(why));
        }
        double kl = report.get(PpoFigures.KL).orElse(0);
        if (step.number == 1 && Math.abs(kl) >= SHOWN) {
            session.referenceApart()
                    .ifPresent(why -> session.log()
                            .note(format(
                                    "The answers of step 1 are %.3f nats from the reference, not the 0 of a policy"
                                            + " that equals it, because %s.",
                                    kl, why)));
        }
    }

    private void tell(double coefficient, Experience experience, Compared compared, Credit credit) {
        if (tracer != null) {
            tracer.accept(new TracedStep(coefficient, Traces.of(experience, compared, credit)));
        }
    }

    /** A prompt as the report shows it. */
    ShownPrompt shown(PromptTokens prompt) {
        TextEncoder text = session.textIfLoaded();
        return text == null
                ? new ShownPrompt(String.valueOf(prompt.text()), null)
                : ShownPrompt.of(prompt.prompt(), text);
    }

    private PpoPlan plan() {
        return forwards.plan();
    }

    private Policy policy() {
        return session.policy();
    }

    private TokenBudget budget() {
        return session.budget();
    }

    /** Prompts that a step answers, the same ones several times where there are too few. */
    private int groups(int asked) {
        int prompts = plan().rollouts().prompts();
        int enough = session.rows().train().size() < prompts ? prompts : 0;
        return Math.max(asked, enough);
    }

    private Layout layout(Experience experience) {
        return new Layout(
                experience.responses(),
                experience.own(),
                budget().tokens(),
                policy().decoder().lengthBoundary());
    }

    private Passes passes(Layout layout, Experience experience, long seed) {
        return Passes.plan(
                layout,
                experience.units(plan().algorithm().learnsFromPairs()),
                plan().learning().improvement().epochs(),
                plan().learning().improvement().miniBatches(),
                seed);
    }

    /** Compares policy and reference on responses that nothing is learnt from. */
    Compared compare(Experience experience) {
        List<Layout.Packed> parts = layout(experience).forwardsOf(IntStream.range(0, experience.size()));
        return Compared.of(parts, forwards, false);
    }

    /** Returns which tokens of a step count; null where all do. */
    private @Nullable TokenMasks masks(Experience experience, Compared compared) {
        SelectionOptions selection = plan().learning().selection();
        if (!selection.maskTruncated() && selection.topEntropyShare() == 1) {
            return null;
        }
        double[][] counted = new double[experience.size()][];
        for (int i = 0; i < counted.length; i++) {
            boolean cut = !experience.responses().get(i).finished();
            counted[i] = new double[compared.policy()[i].length];
            Arrays.fill(counted[i], selection.maskTruncated() && cut ? 0 : 1);
        }
        return new TokenMasks(counted, counted);
    }

    private static Averaging.Totals meanTotals(Passes passes, @Nullable TokenMasks masks) {
        List<List<Layout.Packed>> first = passes.epochs().get(0);
        Averaging.Totals all = masks == null
                ? Improvement.totals(passes.first())
                : Improvement.counted(passes.first(), masks.counted());
        int parts = Math.max(1, first.size());
        return new Averaging.Totals(
                Math.max(1, all.responses() / parts), Math.max(1, Math.round((double) all.tokens() / parts)));
    }

    private void requireWithinLimits(StepMetrics report, double firstLength) {
        plan().learning()
                .stopRules()
                .broken(
                        report.get(PpoFigures.KL).orElse(0),
                        report.get(PpoFigures.LENGTH).orElseThrow(),
                        firstLength,
                        report.get(PpoFigures.ENTROPY).orElseThrow())
                .ifPresent(limit -> {
                    throw new LimitReached(limit);
                });
    }

    private Improvement.Rates rates(Step step) {
        double share =
                step.learningRate / plan().recipe().learning().optimizer().learningRate();
        boolean alone = forwards.critic() != null
                && step.number <= plan().learning().value().warmupSteps();
        return new Improvement.Rates(
                step.number,
                alone ? 0 : step.learningRate,
                plan().learning().value().learningRate() * share,
                alone);
    }

    private Memory.State next(Step step, Experience experience, Credit credit) {
        ImprovementPlan.KlTarget target = plan().learning().improvement().kl().klTarget();
        double coefficient = step.memory.klCoefficient();
        if (target != null) {
            double kl = StepReport.mean(credit.kl().estimated());
            coefficient = new AdaptiveKl(coefficient, target.nats(), target.horizon())
                    .next(kl, experience.size())
                    .coefficient();
        }
        return new Memory.State(coefficient, step.memory.firstLength(experience.meanLength()), step.number);
    }

    /**
     * Leads a session's policy and the critic back to where they were before updates that didn't come to their end.
     *
     * @param critic null for a method without one
     */
    private record Rollback(
            TrainingSession<?> session, @Nullable Critic critic) {

        /** Makes updates; where they throw anything, everything that trains is as it was. */
        <T> T orRestore(Supplier<T> updates) {
            try (TrainedCopy ofPolicy = TrainedCopy.of(session.policy(), session.optimizer());
                    TrainedCopy ofCritic = critic == null ? null : critic.copy()) {
                try {
                    return updates.get();
                } catch (RuntimeException | Error cutShort) {
                    StopSignal.defer(() -> {
                        ofPolicy.restore();
                        if (ofCritic != null) {
                            ofCritic.restore();
                        }
                    });
                    throw cutShort;
                }
            }
        }
    }

    /** Takes the answers of a step apart for a program that wants to see them. */
    private static final class Traces {
        private Traces() {}

        /** Returns what is known of each answer's tokens, in copies that the tracer may keep or change. */
        static List<RolloutTrace> of(Experience experience, Compared compared, Credit credit) {
            return IntStream.range(0, experience.size())
                    .mapToObj(i -> new RolloutTrace(
                            experience.responses().get(i),
                            experience.scores()[i],
                            compared.policy()[i].clone(),
                            compared.reference()[i].clone(),
                            credit.advantages()[i].clone(),
                            ofCritic(i, compared, credit)))
                    .toList();
        }

        private static RolloutTrace.@Nullable CriticCredit ofCritic(int i, Compared compared, Credit credit) {
            double[][] values = compared.values();
            Credit.OfCritic critic = credit.critic();
            return values == null || critic == null
                    ? null
                    : new RolloutTrace.CriticCredit(
                            critic.rewards()[i].clone(), values[i].clone(), critic.returns()[i].clone());
        }
    }
}
