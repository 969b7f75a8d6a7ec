package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.EnvironmentHost;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Guard;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.train.Learner;
import org.align4j.core.train.Timetable;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.ppo.EnvironmentOptions.EnvironmentPlan;
import org.align4j.ppo.report.LearntRound;
import org.align4j.ppo.rollout.EpisodeLog;
import org.align4j.ppo.rollout.RewardScorer;
import org.align4j.ppo.rollout.TracedStep;
import org.align4j.ppo.rollout.TurnTokens;
import org.jspecify.annotations.Nullable;

/**
 * Trains by {@link PpoRecipe} within a run: its prompts, what it remembers from step to step, and its evaluation on prompts that it
 * doesn't train on.
 */
final class PpoTraining implements TrainedMethod, Learner, AutoCloseable {
    private final TrainingSession<PromptTokens> session;
    private final PpoPlan plan;
    private final Policy policy;
    private final @Nullable Reference reference;
    private final @Nullable Critic critic;
    private final PpoForwards forwards;
    private final Responder responder;
    private final Surroundings surroundings;
    private final EpisodeLog episodes = new EpisodeLog();
    private final List<PromptTokens> prompts;
    private final PpoRecipe recipe;
    private final HeldOut heldOut;
    private final Guard guard;
    private final Memory memory;
    private @Nullable Path run;

    /**
     * @param plan what the run does
     * @param surroundings closed with this
     * @param tracer takes the answers that each step learnt from; null where nobody does
     */
    public PpoTraining(
            TrainingSession<PromptTokens> session,
            PpoPlan plan,
            Surroundings surroundings,
            @Nullable Consumer<TracedStep> tracer) {
        this.surroundings = surroundings;
        this.session = session;
        this.plan = plan;
        this.policy = session.policy();
        this.prompts = session.withText(session.rows().train());
        this.guard = session.guard();
        List<PromptTokens> others = session.withText(session.rows().eval());
        surroundings.requirePrompts(prompts, others);
        this.memory = new Memory(plan.learning().improvement().kl().klCoefficient());
        this.reference = Reference.of(session);
        this.critic = critic(session, plan);
        this.forwards = PpoForwards.of(session, plan, critic, reference, surroundings.rewards());
        this.responder =
                new Responder(forwards, plan.rollouts(), plan.learning().selection(), surroundings.rewards(), waves());
        this.recipe = new PpoRecipe(session, forwards, tracer);
        this.heldOut = new HeldOut(others, plan, responder, recipe, surroundings.judge());
        session.budget().noteRow(longestUnit());
    }

    private @Nullable Waves waves() {
        EnvironmentPlan limits = plan.environment();
        EnvironmentHost environments = surroundings.environments();
        return environments == null || limits == null
                ? null
                : new Waves(forwards, plan.rollouts(), limits, environments, new TurnTokens(session.text()), episodes);
    }

    private static @Nullable Critic critic(TrainingSession<?> session, PpoPlan plan) {
        return plan.algorithm() == Algorithm.PPO ? Critic.of(session) : null;
    }

    /**
     * Opens what takes the forwards of steps for another process.
     *
     * @param judge opens rewards that are models
     * @param hashes of models and rows
     */
    public static Taker taker(
            TrainingSession<?> session, PpoPlan plan, RewardScorer judge, Map<String, String> hashes) {
        Critic critic = critic(session, plan);
        return new Taker(
                hashes,
                policies(session, critic),
                PpoForwards.of(session, plan, critic, Reference.of(session), judge)
                        .rounds());
    }

    private static List<Policy> policies(TrainingSession<?> session, @Nullable Critic critic) {
        return critic == null ? List.of(session.policy()) : List.of(session.policy(), critic.policy());
    }

    /**
     * Returns what executors of a cluster must know to take forwards of steps.
     *
     * @param of the session
     * @param models bytes of the rewards that are models
     */
    public ClusterSource.Work work(ClusterSource.Work of, long models) {
        long answering = forwards.generator().bytes(plan.rollouts().generationBatch(), session.maxLength());
        return new ClusterSource.Work(
                of.command(),
                of.config(),
                of.hashes(),
                cores -> of.memory().applyAsLong(cores) + cores * answering + models,
                policies(session, critic));
    }

    /** Tokens of the largest thing that one forward must hold: a prompt and its response, or the pair of online DPO. */
    private int longestUnit() {
        int answers = plan.algorithm() == Algorithm.ONLINE_DPO ? 2 : 1;
        int longest = Stream.concat(prompts.stream(), session.rows().eval().stream())
                .mapToInt(PromptTokens::tokens)
                .max()
                .orElse(0);
        return longest + answers * plan.longestResponse();
    }

    /** Keeps answers for the report in a run's directory. */
    public void keepAnswersIn(Path directory) {
        run = directory;
        surroundings.keepIn(directory);
        heldOut.keepIn(directory);
        episodes.keepIn(directory);
    }

    @Override
    public DeviceGauge device() {
        return policy.base().engine();
    }

    @Override
    public int rows() {
        return prompts.size();
    }

    @Override
    public int inputRow(int row) {
        return prompts.get(row).row();
    }

    @Override
    public void skipStep(StepPlan step) {
        memory.set(memory.state().afterStep(step.step()));
    }

    @Override
    public boolean mayReachLimit() {
        return plan.learning().stopRules().any();
    }

    @Override
    public int updatesPerStep() {
        return plan.learning().improvement().epochs()
                * plan.learning().improvement().miniBatches();
    }

    @Override
    public void tryLargestForwards(Timetable timetable) {
        new LargestForwards(session, plan, critic).tryOut(prompts);
    }

    @Override
    public StepResult learn(StepPlan step, double learningRate, StepMetrics last) {
        requireNotFooled(step.step());
        Phases phases = new Phases(device());
        List<PromptTokens> asked =
                Arrays.stream(step.rows()).mapToObj(prompts::get).toList();
        PpoRecipe.StepResult done = recipe.take(
                new PpoRecipe.Step(step.step(), step.seed(), learningRate, memory.state()), asked, responder, phases);
        return new StepResult(done.outcome(), done.gradientNorm(), phases.seconds(), () -> {
            memory.set(done.next());
            keep(done.shown());
        });
    }

    private void requireNotFooled(int step) {
        HeldOutJudge judge = surroundings.judge();
        if (judge != null && plan.learning().stopRules().stopOverOptimized()) {
            judge.fooled(step).ifPresent(why -> {
                throw new LimitReached(why);
            });
        }
    }

    private void keep(@Nullable LearntRound shown) {
        Path directory = run;
        if (directory == null || shown == null || !shown.stays()) {
            return;
        }
        try {
            shown.addTo(directory);
        } catch (IOException e) {
            throw new RunException("completions.json could not be written: " + FileFailure.reason(e) + ".", e);
        }
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
        policy.setTemperature(1);
        try {
            return new Evaluation(guard.addedTo(answered.metrics()), answered.rows());
        } finally {
            policy.setTemperature(plan.rollouts().drawing().temperature());
        }
    }

    @Override
    public List<Saved> parts() {
        return critic == null ? List.of(session.state(), memory) : List.of(session.state(), critic, memory);
    }

    @Override
    public void close() {
        surroundings.close();
        episodes.close();
        if (reference != null) {
            reference.close();
        }
        if (critic != null) {
            critic.close();
        }
    }
}
