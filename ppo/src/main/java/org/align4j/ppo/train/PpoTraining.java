package org.align4j.ppo.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.run.Saved;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.GuardPerplexity;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.Learner;
import org.align4j.core.train.LimitReached;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.TrainedMethod;
import org.align4j.ppo.credit.AdaptiveKl;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.options.Algorithm;
import org.align4j.ppo.options.PpoOptions;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Judge;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.Passes;
import org.jspecify.annotations.Nullable;

/**
 * Proximal policy optimization (Schulman et al. 2017; for language models Ziegler et al. 2019, Ouyang et al. 2022) and its kin
 * without a critic: RLOO, GRPO, online DPO. A step:
 *
 * <ol>
 *   <li>collect: the policy answers the step's prompts
 *   <li>score: the rewards judge the answers
 *   <li>compare: log-probabilities of policy and reference, values of the critic
 *   <li>credit: the score and the price of divergence become an advantage of each token
 *   <li>improve: passes over the rollouts in mini-batches, clipped
 *   <li>report
 * </ol>
 *
 * A step that doesn't come to its end leaves everything as it was.
 */
public final class PpoTraining implements TrainedMethod, Learner, AutoCloseable {
    private final TrainingSession<PromptTokens> session;
    private final PpoOptions options;
    private final Policy policy;
    private final @Nullable Critic critic;
    private final Responder responder;
    private final Judge judge;
    private final List<PromptTokens> prompts;
    private final HeldOut heldOut;
    private final GuardPerplexity guard;
    private final Memory memory;

    /**
     * @param options every auto settled
     * @param judge closed with this
     */
    public PpoTraining(TrainingSession<PromptTokens> session, PpoOptions options, Judge judge) {
        this.session = session;
        this.options = options;
        this.judge = judge;
        this.policy = session.policy();
        this.prompts = session.withText(session.rows().train());
        this.guard = new GuardPerplexity(policy, session.guard(), session.budget());
        this.responder = new Responder(session.generator(), options.rollouts(), judge);
        List<PromptTokens> others = session.withText(session.rows().eval());
        judge.requirePrompts(prompts);
        judge.requirePrompts(others);
        this.heldOut = new HeldOut(others, options, responder, this::compare);
        this.memory = new Memory(options.improvement().coefficient(options.algorithm()));
        this.critic = options.algorithm() == Algorithm.PPO ? Critic.of(session) : null;
        policy.temper(options.rollouts().temperature());
    }

    /** Keeps answers for the report in a run's directory. */
    public void keepAnswersIn(Path run) {
        heldOut.keepIn(run);
    }

    @Override
    public int rows() {
        return prompts.size();
    }

    @Override
    public boolean mayReachLimit() {
        return options.stopRules().any();
    }

    @Override
    public int updatesPerStep() {
        return options.improvement().ppoEpochs() * options.improvement().miniBatches();
    }

    @Override
    public Learnt learn(StepPlan plan, double learningRate, StepMetrics last) {
        Phases phases = new Phases();
        Memory.State before = memory.state();
        // 1. collect
        List<PromptTokens> asked =
                Arrays.stream(plan.rows()).mapToObj(prompts::get).toList();
        int groups = Math.max(asked.size(), prompts.size() < options.promptsPerStep() ? options.promptsPerStep() : 0);
        List<Completion> responses =
                phases.timed("rollout", () -> responder.drawGroups(asked, groups, options.samples(), plan.seed()));
        // 2. score
        Experience experience = phases.timed("score", () -> responder.judged(responses, options.samples()));
        // 3. compare
        Layout layout = new Layout(
                responses, session.budget().tokens(), policy.decoder().lengthBoundary());
        Passes passes = passes(layout, experience, plan.seed());
        Compared compared = phases.timed("compare", () -> compare(layout, experience, passes, critic));
        // 4. credit
        Credit credit = Credit.of(options, experience, compared, before.klCoefficient());
        StepMetrics report = StepReport.of(experience, compared, credit.kl(), before.klCoefficient());
        double firstLength = before.firstLength() == 0 ? experience.meanLength() : before.firstLength();
        requireWithinLimits(report, firstLength);
        // 5. improve
        PolicyObjective objective =
                PolicyObjective.of(options, compared, credit, before.klCoefficient(), meanTotals(passes));
        Improvement.Rates rates = rates(plan.step(), learningRate);
        Sums sums = phases.timed("improve", () -> improve(passes, objective, compared, credit, rates));
        // 6. report
        StepMetrics metrics =
                report.with(sums.metrics(critic != null)).with("objective/kl_coefficient", before.klCoefficient());
        double[][] returns = credit.returns();
        double[][] values = compared.values();
        if (returns != null && values != null) {
            metrics = metrics.with("value/explained_variance", StepReport.explainedVariance(returns, values));
        }
        StepOutcome outcome = new StepOutcome(
                sums.loss(options.value().valueCoefficient()), new double[0], metrics, sums.computedTokens(), 0);
        Memory.State next = new Memory.State(
                nextCoefficient(before.klCoefficient(), StepReport.mean(credit.kl()), experience.size()),
                firstLength,
                plan.step());
        return new Learnt(outcome, sums.gradientNorm(), phases.seconds(), () -> memory.set(next));
    }

    private Passes passes(Layout layout, Experience experience, long seed) {
        return Passes.plan(
                layout,
                PolicyObjective.units(options, experience),
                options.improvement().ppoEpochs(),
                options.improvement().miniBatches(),
                seed);
    }

    /** The first pass's forwards; where it doesn't take every response, forwards of the others besides. */
    private Compared compare(Layout layout, Experience experience, Passes passes, @Nullable Critic owner) {
        List<Layout.Packed> forwards = new ArrayList<>(passes.first());
        boolean[] seen = new boolean[experience.size()];
        forwards.forEach(forward -> Arrays.stream(forward.rollouts()).forEach(i -> seen[i] = true));
        List<int[]> others = IntStream.range(0, seen.length)
                .filter(i -> !seen[i])
                .mapToObj(i -> new int[] {i})
                .toList();
        forwards.addAll(layout.forwards(others));
        return Compared.of(experience.size(), forwards, policy, this::scoreReference, owner);
    }

    /** Without a critic, of responses that nothing is learnt from. */
    private Compared compare(Experience experience) {
        Layout layout = new Layout(
                experience.responses(),
                session.budget().tokens(),
                policy.decoder().lengthBoundary());
        List<int[]> each = IntStream.range(0, experience.size())
                .mapToObj(i -> new int[] {i})
                .toList();
        return Compared.of(experience.size(), layout.forwards(each), policy, this::scoreReference, null);
    }

    private TokenScores scoreReference(PackedBatch batch) {
        return session.startsFromAdapter() ? policy.scoreStart(batch) : policy.scoreBase(batch);
    }

    private static Averaging.Totals meanTotals(Passes passes) {
        List<List<Layout.Packed>> first = passes.epochs().get(0);
        Averaging.Totals all = Improvement.totals(passes.first());
        int parts = Math.max(1, first.size());
        return new Averaging.Totals(
                Math.max(1, all.responses() / parts), Math.max(1, Math.round((double) all.tokens() / parts)));
    }

    private void requireWithinLimits(StepMetrics report, double firstLength) {
        options.stopRules()
                .broken(
                        report.get("objective/kl").orElseThrow(),
                        report.get("responses/length").orElseThrow(),
                        firstLength,
                        report.get("objective/entropy").orElseThrow())
                .ifPresent(limit -> {
                    throw new LimitReached(limit);
                });
    }

    private Improvement.Rates rates(int step, double learningRate) {
        double peak = Objects.requireNonNull(options.recipe().optimizer().learningRate(), "settled");
        Double value = options.value().valueLearningRate();
        double share = learningRate / peak;
        boolean alone = critic != null && step <= options.value().valueWarmupSteps();
        return new Improvement.Rates(step, alone ? 0 : learningRate, (value == null ? peak : value) * share, alone);
    }

    private Sums improve(
            Passes passes, PolicyObjective objective, Compared compared, Credit credit, Improvement.Rates rates) {
        try (TrainedCopy ofPolicy = session.copy();
                TrainedCopy ofCritic = critic == null ? null : critic.copy()) {
            try {
                return new Improvement(options, policy, session.optimizer(), critic)
                        .run(passes, objective, compared, credit, rates);
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

    private double nextCoefficient(double now, double kl, int rollouts) {
        Double target = options.improvement().klTarget();
        return target == null
                ? now
                : new AdaptiveKl(now, target, options.improvement().horizon())
                        .next(kl, rollouts)
                        .coefficient();
    }

    @Override
    public TokenBudget budget() {
        return session.budget();
    }

    @Override
    public boolean evaluates() {
        return !heldOut.isEmpty() || !guard.isEmpty();
    }

    @Override
    public StepMetrics evaluate() {
        StepMetrics metrics = heldOut.isEmpty() ? StepMetrics.EMPTY : heldOut.evaluate(memory.state());
        if (!guard.isEmpty()) {
            policy.temper(1);
            try {
                metrics = metrics.with("guard_perplexity", guard.measure());
            } finally {
                policy.temper(options.rollouts().temperature());
            }
        }
        return metrics;
    }

    @Override
    public List<Saved> parts() {
        return critic == null ? List.of(session.state(), memory) : List.of(session.state(), critic, memory);
    }

    @Override
    public void close() {
        judge.close();
        if (critic != null) {
            critic.close();
        }
    }
}
