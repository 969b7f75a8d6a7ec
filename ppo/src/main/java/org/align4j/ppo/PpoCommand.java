package org.align4j.ppo;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.Rewards;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.TrainingLoop;
import org.align4j.ppo.options.PpoOptions;
import org.align4j.ppo.options.PpoPlan;
import org.align4j.ppo.report.PpoReport;
import org.align4j.ppo.rollout.Judge;
import org.align4j.ppo.train.PpoTraining;
import static org.align4j.core.error.RootFormat.format;

/** {@code align ppo}: a policy that answers prompts, learns from how its answers are scored, and answers again. */
public final class PpoCommand implements MethodCommand<PpoOptions> {
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
    public TrainingMethod<?> method(PpoOptions options, TrainingLog log) {
        return PpoMethod.of(options);
    }
}
