package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.environment.Environment;
import org.align4j.core.environment.EnvironmentContext;
import org.align4j.core.environment.EnvironmentHost;
import org.align4j.core.environment.Environments;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.model.BaseModel;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.Rewards;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.OpenTraining;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.TrainingLoop;
import org.align4j.ppo.EnvironmentOptions.EnvironmentPlan;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.align4j.ppo.report.PpoReport;
import org.align4j.ppo.rollout.EnsembleReward;
import org.align4j.ppo.rollout.RewardScorer;
import org.align4j.ppo.rollout.TracedStep;
import org.jspecify.annotations.Nullable;

/** PPO, RLOO, GRPO and online DPO: a policy that answers prompts, learns from how its answers are scored, and answers again. */
public final class PpoMethod implements TrainingMethod<PpoOptions> {
    /** Stands among the options for a reward that is a function of the program. */
    static final String OF_PROGRAM = "java";

    private static final String REWARD = "reward ";
    private static final double LORA_RATE = 1e-5;
    private static final double FULL_RATE = 1e-6;

    private final FromProgram program;

    /** Makes the method with the rewards and the environment that the options name. */
    public PpoMethod() {
        this(FromProgram.NOTHING);
    }

    /** @param program what a program gives */
    PpoMethod(FromProgram program) {
        this.program = program;
    }

    /**
     * Holds what a Java program gives and no option can name.
     *
     * @param reward scores responses; null where the options name what does
     * @param environment makes the environment of each episode; null where the options name one, or none
     * @param tracer takes the answers that each step learnt from; null where nobody does
     */
    record FromProgram(
            @Nullable RewardFunction reward,
            @Nullable Supplier<? extends Environment> environment,
            @Nullable Consumer<TracedStep> tracer) {
        static final FromProgram NOTHING = new FromProgram(null, null, null);
    }

    @Override
    public String name() {
        return "ppo";
    }

    @Override
    public String summary() {
        return "PPO, RLOO, GRPO and online DPO on prompts and a reward";
    }

    @Override
    public Class<PpoOptions> options() {
        return PpoOptions.class;
    }

    @Override
    public Configured<PromptTokens> configured(PpoOptions options, TrainingLog log) {
        requireReward(options);
        requireEnvironment(options);
        requireJudge(options);
        return new OfPrompts(options, program);
    }

    /** Takes forwards of any run, one of a Java program's reward too: only rewards that are models are opened here. */
    @Override
    public Taker taker(String config) {
        PpoOptions options = OptionsYaml.parse(config, "config.yaml of the driver", PpoOptions.class);
        return OpenTraining.taker(new OfPrompts(options, FromProgram.NOTHING));
    }

    /**
     * Refuses a reward that isn't there, or that the program doesn't give where the options name its function.
     *
     * @throws org.align4j.core.error.InputException naming it
     */
    private void requireReward(PpoOptions options) {
        if (program.reward != null) {
            requireOfProgram(options);
            return;
        }
        if (options.rewards().sources().reward().contains(OF_PROGRAM)) {
            throw new InputException(
                    "reward is java, a function of a Java program, which the command line doesn't have; train, or resume the run, from that"
                            + " program: Ppo.resume(run, reward).");
        }
        options.rewards().sources().reward().forEach(Rewards::require);
    }

    /** Refuses what is to judge held-out answers where it isn't there. */
    private static void requireJudge(PpoOptions options) {
        String named = options.learning().stopRules().evalReward();
        if (named != null) {
            Rewards.require(named);
        }
    }

    private void requireEnvironment(PpoOptions options) {
        String named = options.environment().environment();
        boolean given = program.environment != null;
        if (given != OF_PROGRAM.equals(named)) {
            throw new InputException(
                    given
                            ? format(
                                    "environment is %s but the program gives one; leave the option out, or resume that run with: align resume",
                                    named)
                            : "environment is java, one of a Java program, which the command line doesn't have; train, or resume the run, from"
                                    + " that program: Ppo.resumeIn(run, environment).");
        }
        if (named != null && !given) {
            Environments.require(named);
        }
    }

    /**
     * Refuses a reward beside a function of the program.
     *
     * @throws InputException where the options name another reward
     */
    private static void requireOfProgram(PpoOptions options) {
        if (options.rewards().rewardKey() != null) {
            throw new InputException("reward-key is given, but the reward is a function of the program; leave it out.");
        }
        if (!options.rewards().sources().reward().equals(List.of(OF_PROGRAM))) {
            throw new InputException(format(
                    "reward is %s but the program gives a function as the reward; leave the option out, or resume that run with: align resume",
                    String.join(",", options.rewards().sources().reward())));
        }
    }

    /**
     * Holds the method with its options.
     *
     * @param options as they were asked
     * @param program what a program gives
     */
    private record OfPrompts(PpoOptions options, FromProgram program) implements Configured<PromptTokens> {
        @Override
        public void requireNew() {
            if (program.reward == null) {
                Rewards.requireNew(named().toList(), options.rewards().rewardKey());
            }
            String environment = options.environment().environment();
            if (environment != null && program.environment == null) {
                Environments.requireNew(environment);
            }
        }

        @Override
        public Recipe<PromptTokens> recipe() {
            return new Recipe<>(
                            "ppo",
                            LORA_RATE,
                            FULL_RATE,
                            new Recipe.Comparison(options::referenceChoice, false),
                            RowEncoder::promptsWithFields)
                    .inTurn()
                    .besides(new Recipe.Others(otherModels(), otherFiles()))
                    .readAs(new PpoReport(
                            options.rollouts().drawing().warnings(), RewardNames.of(options.scoreNames())));
        }

        /** Lists the rewards that score answers, whether they are learnt from or not. */
        private Stream<String> named() {
            return Stream.concat(
                    options.rewards().sources().reward().stream(),
                    Stream.ofNullable(options.learning().stopRules().evalReward()));
        }

        /** The rewards that are models, and a reference that is one, so that a run doesn't go on under another one. */
        private Map<String, String> otherModels() {
            Map<String, String> models = new LinkedHashMap<>();
            named().flatMap(reward -> EnsembleReward.members(reward).stream())
                    .filter(ModelPlace::isDirectory)
                    .forEach(name -> models.put(REWARD + name, name));
            ReferenceChoice reference = options.reference().reference();
            if (reference != null && reference.model() != null) {
                models.put("reference", reference.model());
            }
            return models;
        }

        /** The files that rewards go by: of words, of checks, the rubric of a judge. */
        private Map<String, Path> otherFiles() {
            Map<String, Path> files = new LinkedHashMap<>();
            named().forEach(name -> Rewards.file(name).ifPresent(file -> files.put(REWARD + name, file)));
            Path rubric = options.rewards().judge().judgeRubric();
            if (rubric != null) {
                files.put("judge-rubric", rubric);
            }
            return files;
        }

        @Override
        public RecipeOptions asked() {
            return options.session();
        }

        @Override
        public Map<String, ?> preview(TrainingSession<PromptTokens> session) {
            PpoPlan plan = options.plan(session.plan(), session.reference());
            note(session, plan);
            try (Surroundings surroundings = surroundings(session, plan)) {
                surroundings.requirePrompts(
                        session.withText(session.rows().train()),
                        session.withText(session.rows().eval()));
            }
            return plan.reference().is(ReferenceChoice.Kind.MODEL)
                    ? Map.of("reference_bytes", referenceBytes(plan))
                    : Map.of();
        }

        @Override
        public void requireTakenElsewhere(ClusterOptions cluster) {
            if (options.environment().environment() != null) {
                throw new InputException(format(
                        "%s but episodes with an environment are played in one process; leave it or environment out.",
                        cluster.takers()));
            }
        }

        @Override
        public Taker taker(TrainingSession<PromptTokens> session) {
            RewardScorer judge = RewardScorer.opening(options.rewards(), context(session));
            return PpoTraining.taker(
                    session,
                    options.plan(session.plan(), session.reference()),
                    judge,
                    hashes(session, options.rewards()));
        }

        @Override
        public Trainer trainer(TrainingSession<PromptTokens> session) {
            PpoPlan plan = options.plan(session.plan(), session.reference());
            note(session, plan);
            Surroundings surroundings = surroundings(session, plan);
            try {
                return new OfRollouts(session, plan, new PpoTraining(session, plan, surroundings, program.tracer));
            } catch (RuntimeException | Error e) {
                surroundings.close();
                throw e;
            }
        }

        /** Opens what answers and scores the policy. */
        private Surroundings surroundings(TrainingSession<PromptTokens> session, PpoPlan plan) {
            Surroundings opened = new Surroundings(judge(session), null, null);
            try {
                opened = new Surroundings(opened.rewards(), environments(session, plan), null);
                return new Surroundings(opened.rewards(), opened.environments(), heldOutJudge(session));
            } catch (RuntimeException | Error e) {
                opened.close();
                throw e;
            }
        }

        private @Nullable HeldOutJudge heldOutJudge(TrainingSession<PromptTokens> session) {
            String named = options.learning().stopRules().evalReward();
            return named == null
                    ? null
                    : new HeldOutJudge(RewardScorer.open(options.rewards().judging(named), context(session)));
        }

        /** Opens the environments of a run; null where a response is one turn. */
        private @Nullable EnvironmentHost environments(TrainingSession<PromptTokens> session, PpoPlan plan) {
            EnvironmentPlan limits = plan.environment();
            if (limits == null) {
                return null;
            }
            EnvironmentContext context = new EnvironmentContext(limits.episodeTime(), session.log()::note);
            return program.environment == null
                    ? Environments.open(limits.environment(), context)
                    : Environments.of(program.environment, context);
        }

        private RewardScorer judge(TrainingSession<PromptTokens> session) {
            RewardContext run = context(session);
            if (program.reward == null) {
                return RewardScorer.open(options.rewards(), run);
            }
            program.reward.requireRun(run);
            return RewardScorer.of(options.rewards(), new OfProgram(program.reward));
        }

        private RewardContext context(TrainingSession<?> session) {
            BaseModel base = session.policy().base();
            return new RewardContext(
                    base.engine(),
                    base.holding().precision(),
                    base.directory(),
                    base.decoder().vocabulary(),
                    session.budget(),
                    new RewardContext.Terms(
                            options.rewards().rewardKey(),
                            RewardContext.Terms.USUAL.timeout(),
                            session.log()::note,
                            options.rewards().judge().judgeRubric(),
                            options.rewards().judge().judgeKey()));
        }
    }

    /** Counts the bytes of a reference that is another model, as it lies on disk. */
    private static long referenceBytes(PpoPlan plan) {
        return plan.reference().is(ReferenceChoice.Kind.MODEL)
                ? new RewardPlace(ModelPlace.of(plan.reference().toString(), null)).bytes()
                : 0;
    }

    /** Hashes models and rows by names that are the same wherever the rewards lie. */
    private static Map<String, String> hashes(TrainingSession<?> session, RewardOptions rewards) {
        Map<String, String> hashes = new LinkedHashMap<>(session.facts().clusterHashes());
        hashes.keySet().removeIf(name -> name.startsWith(REWARD));
        for (int i = 0; i < rewards.sources().reward().size(); i++) {
            List<RewardPlace> models =
                    RewardPlace.allOf(rewards.sources().reward().get(i));
            for (int m = 0; m < models.size(); m++) {
                String name = REWARD + (i + 1) + (m == 0 ? " " : "." + (m + 1) + " ");
                models.get(m).hashes().forEach((file, hash) -> hashes.put(name + file, hash));
            }
        }
        return hashes;
    }

    /** A reward that stays open: the program closes it. */
    private record OfProgram(RewardFunction own) implements RewardFunction {
        @Override
        public double[] scores(List<Completion> responses) {
            return own.scores(responses);
        }

        @Override
        public Scored scored(List<Completion> responses) {
            return own.scored(responses);
        }

        @Override
        public void requirePrompts(List<PromptTokens> prompts) {
            own.requirePrompts(prompts);
        }

        @Override
        public boolean computesOnEngine() {
            return own.computesOnEngine();
        }
    }

    private static void note(TrainingSession<PromptTokens> session, PpoPlan plan) {
        int most = plan.rollouts().drawing().maxNewTokens();
        int room = session.maxLength() - most;
        int prompts = session.rows().train().size();
        long tight = session.rows().train().stream()
                .filter(prompt -> prompt.tokens() > room)
                .count();
        if (tight > 0) {
            session.log()
                    .note(format(
                            "Note: %d of %d prompts leave less than max-new-tokens (%d) within max-length (%d); responses to"
                                    + " them end there.",
                            tight, prompts, most, session.maxLength()));
        }
        if (prompts > 0 && prompts < plan.rollouts().prompts()) {
            session.log()
                    .note(format(
                            "Note: there are %d prompts but %d rollouts per step, %d to a prompt, take %d; a step answers the same ones"
                                    + " several times. Give more prompts, or a smaller rollouts-per-step.",
                            prompts,
                            plan.rollouts().responses(),
                            plan.rollouts().samples(),
                            plan.rollouts().prompts()));
        }
    }

    private record OfRollouts(TrainingSession<PromptTokens> session, PpoPlan plan, PpoTraining training)
            implements Trainer {
        @Override
        public String config() {
            return OptionsYaml.write(plan.options());
        }

        @Override
        public RunResult train(TrainingRun<?> run) {
            training.keepAnswersIn(run.run().path());
            return run.train(
                    new TrainingLoop(session.plan().training(), training, run.accounted(training)), Supplement.NONE);
        }

        @Override
        public ClusterSource.Work work(TrainingSession<?> own) {
            PpoPlan located = plan.with(plan.rewards().named(RewardPlace::located));
            long models = referenceBytes(plan);
            models += plan.rewards().sources().reward().stream()
                    .flatMap(name -> RewardPlace.allOf(name).stream())
                    .mapToLong(RewardPlace::bytes)
                    .sum();
            return training.work(
                    own.work(OptionsYaml.write(located.options()), hashes(own, located.rewards())), models);
        }

        @Override
        public Evaluation evaluate() {
            return training.evaluate();
        }

        /** Leaves a policy whose log-probabilities are those of its own distribution, whatever rollouts were drawn from. */
        @Override
        public void close() {
            session.policy().setTemperature(1);
            training.close();
        }
    }
}
