package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.eval.MethodFacts;
import org.align4j.core.model.BaseModel;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.Rewards;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLoop;
import org.align4j.ppo.options.PpoOptions;
import org.align4j.ppo.options.PpoPlan;
import org.align4j.ppo.rollout.Judge;
import org.align4j.ppo.train.PpoTraining;

/** {@code align ppo}: a policy that answers prompts, learns from how its answers are scored, and answers again. */
public final class PpoCommand implements TrainingCommand<PpoOptions> {
    private static final double LORA_RATE = 1e-5;
    private static final double FULL_RATE = 1e-6;

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
    public int run(PpoOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        options.rewards().reward().forEach(Rewards::require);
        try (TrainingSession<PromptTokens> session = open(options, terminal)) {
            PpoPlan plan = options.plan(session.plan());
            noteShortRooms(session, plan, terminal);
            noteFewPrompts(session.rows().train().size(), plan, terminal);
            if (options.recipe().dryRun()) {
                try (Judge judge = Judge.open(plan.rewards(), context(session))) {
                    judge.requirePrompts(session.withText(session.rows().train()));
                }
                session.describe(terminal);
                return 0;
            }
            try (PpoTraining training = training(session, plan);
                    RunDirectory run = session.create(OptionsYaml.write(plan.options()))) {
                train(session, training, run, terminal);
                terminal.log("Wrote " + run.path() + ".");
                return 0;
            }
        }
    }

    @Override
    public int resume(PpoOptions options, RunDirectory run, Terminal terminal) {
        try (TrainingSession<PromptTokens> session = open(options, terminal);
                PpoTraining training = training(session, options.plan(session.plan()))) {
            session.facts().requireUnchanged(run, session.rows());
            train(session, training, run, terminal);
            return 0;
        }
    }

    private static TrainingSession<PromptTokens> open(PpoOptions options, Terminal terminal) {
        boolean fromAdapter = options.recipe().policy().adapter() != null;
        Recipe<PromptTokens> recipe = new Recipe<>("ppo", LORA_RATE, FULL_RATE, fromAdapter, RowEncoder::prompts)
                .inTurn()
                .besides(rewardModels(options))
                .readAs(MethodFacts.of("ppo")
                        .warning(options.rollouts().drawing().warnings()));
        return TrainingSession.open(recipe, options.session(), terminal);
    }

    /** The rewards that are models, so that a run doesn't go on under another one. */
    private static Map<String, String> rewardModels(PpoOptions options) {
        Map<String, String> models = new LinkedHashMap<>();
        options.rewards().reward().stream()
                .filter(ModelPlace::isDirectory)
                .forEach(name -> models.put("reward " + name, name));
        return models;
    }

    private static PpoTraining training(TrainingSession<PromptTokens> session, PpoPlan plan) {
        Judge judge = Judge.open(plan.rewards(), context(session));
        try {
            return new PpoTraining(session, plan, judge);
        } catch (RuntimeException | Error e) {
            judge.close();
            throw e;
        }
    }

    private static RewardContext context(TrainingSession<PromptTokens> session) {
        BaseModel base = session.policy().base();
        return new RewardContext(
                base.engine(), base.dtype(), base.directory(), base.decoder().vocabulary(), session.budget());
    }

    private static void train(
            TrainingSession<PromptTokens> session, PpoTraining training, RunDirectory run, Terminal terminal) {
        training.keepAnswersIn(run.path());
        session.train(run, new TrainingLoop(session.plan().training(), training, training), terminal);
    }

    private static void noteFewPrompts(int prompts, PpoPlan plan, Terminal terminal) {
        int asked = plan.rollouts().prompts();
        if (prompts < asked) {
            terminal.log(format(
                    "Note: there are %d prompts but %d rollouts a step, %d to a prompt, take %d; a step answers the same ones"
                            + " several times. Give more prompts, or a smaller rollouts-per-step.",
                    prompts, plan.rollouts().responses(), plan.rollouts().samples(), asked));
        }
    }

    private static void noteShortRooms(TrainingSession<PromptTokens> session, PpoPlan plan, Terminal terminal) {
        int most = plan.rollouts().drawing().maxNewTokens();
        int room = session.maxLength() - most;
        long tight = session.rows().train().stream()
                .filter(prompt -> prompt.tokens() > room)
                .count();
        if (tight > 0) {
            terminal.log(format(
                    "Note: %d of %d prompts leave less than max-new-tokens (%d) within max-length (%d); responses to"
                            + " them end there.",
                    tight, session.rows().train().size(), most, session.maxLength()));
        }
    }
}
