package org.align4j.ppo.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.files.Saved;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.probe.GuardPerplexity;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Learner;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.Timetable;
import org.align4j.core.train.TrainedMethod;
import org.align4j.ppo.credit.AdaptiveKl;
import org.align4j.ppo.options.Algorithm;
import org.align4j.ppo.options.ImprovementPlan;
import org.align4j.ppo.options.PpoPlan;
import org.align4j.ppo.options.RolloutPlan;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Judge;
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
    private final PpoPlan plan;
    private final Policy policy;
    private final @Nullable Critic critic;
    private final Responder responder;
    private final Judge judge;
    private final List<PromptTokens> prompts;
    private final PolicyUpdate update;
    private final HeldOut heldOut;
    private final GuardPerplexity guard;
    private final Memory memory;

    /**
     * @param plan what the run does
     * @param judge closed with this
     */
    public PpoTraining(TrainingSession<PromptTokens> session, PpoPlan plan, Judge judge) {
        this.session = session;
        this.plan = plan;
        this.judge = judge;
        this.policy = session.policy();
        this.prompts = session.withText(session.rows().train());
        this.guard = new GuardPerplexity(policy, session.guard(), session.budget());
        this.responder = new Responder(session.generator(), plan.rollouts().drawing(), judge);
        List<PromptTokens> others = session.withText(session.rows().eval());
        judge.requirePrompts(prompts);
        judge.requirePrompts(others);
        this.memory = new Memory(plan.improvement().klCoefficient());
        this.critic = plan.algorithm() == Algorithm.PPO ? Critic.of(session) : null;
        this.update = new PolicyUpdate(session, plan, critic);
        this.heldOut = new HeldOut(others, plan, responder, update::compare);
        session.budget().noteRow(longestUnit());
        policy.temper(plan.rollouts().drawing().temperature());
    }

    /** Tokens of the largest thing that one forward must hold: a prompt and its response, or the pair of online DPO. */
    private int longestUnit() {
        int answers = plan.algorithm() == Algorithm.ONLINE_DPO ? 2 : 1;
        int longest = Stream.concat(prompts.stream(), session.rows().eval().stream())
                .mapToInt(PromptTokens::tokens)
                .max()
                .orElse(0);
        return longest + answers * plan.rollouts().drawing().maxNewTokens();
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
        return plan.stopRules().any();
    }

    @Override
    public int updatesPerStep() {
        return plan.improvement().epochs() * plan.improvement().miniBatches();
    }

    @Override
    public void tryOut(Timetable timetable) {
        update.tryOut(prompts);
    }

    @Override
    public Learnt learn(StepPlan step, double learningRate, StepMetrics last) {
        Phases phases = new Phases();
        Memory.State before = memory.state();
        // 1. collect
        List<PromptTokens> asked =
                Arrays.stream(step.rows()).mapToObj(prompts::get).toList();
        RolloutPlan rollouts = plan.rollouts();
        int groups = Math.max(asked.size(), prompts.size() < rollouts.prompts() ? rollouts.prompts() : 0);
        List<Completion> responses =
                phases.timed("rollout", () -> responder.drawGroups(asked, groups, rollouts.samples(), step.seed()));
        // 2. score
        Experience experience = phases.timed(
                "score", () -> budget().withinMemory(() -> responder.judged(responses, rollouts.samples())));
        // 3. to 5. compare, credit, improve
        PolicyUpdate.Done done =
                update.take(new PolicyUpdate.Step(step.step(), step.seed(), learningRate, before), experience, phases);
        // 6. report
        Sums sums = done.sums();
        StepMetrics metrics = done.report()
                .with(sums.metrics(critic != null))
                .with("objective/kl_coefficient", before.klCoefficient());
        double[][] returns = done.credit().returns();
        double[][] values = done.compared().values();
        if (returns != null && values != null) {
            metrics = metrics.with("value/explained_variance", StepReport.explainedVariance(returns, values));
        }
        StepOutcome outcome = new StepOutcome(
                sums.loss(plan.value().coefficient()), new double[0], metrics, sums.computedTokens(), 0);
        Memory.State next = new Memory.State(
                nextCoefficient(
                        before.klCoefficient(),
                        StepReport.mean(done.credit().kl().estimated()),
                        experience.size()),
                before.firstLength(experience.meanLength()),
                step.step());
        return new Learnt(outcome, sums.gradientNorm(), phases.seconds(), () -> memory.set(next));
    }

    private double nextCoefficient(double now, double kl, int rollouts) {
        ImprovementPlan.KlTarget target = plan.improvement().klTarget();
        return target == null
                ? now
                : new AdaptiveKl(now, target.nats(), target.horizon())
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
    public Evaluation evaluate() {
        Evaluation answered =
                heldOut.isEmpty() ? new Evaluation(StepMetrics.EMPTY, null) : heldOut.evaluate(memory.state());
        if (guard.isEmpty()) {
            return answered;
        }
        policy.temper(1);
        try {
            return new Evaluation(guard.addedTo(answered.metrics()), answered.rows());
        } finally {
            policy.temper(plan.rollouts().drawing().temperature());
        }
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
