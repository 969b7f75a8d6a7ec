package org.align4j.core.session.implicit;

import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/** The implicit reward of a run under {@code --reward}: {@code implicit:RUN}. It sees the very token ids that the policy made. */
public final class ImplicitRewardSource implements RewardSource {
    private static final String BEGIN = "implicit:";

    @Override
    public String usage() {
        return BEGIN + "RUN";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(BEGIN);
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        EngineOptions engine = EngineOptions.of(context.engine(), context.precision());
        ModelOptions options =
                new ModelOptions(given.substring(BEGIN.length()), null, null, engine, TemplateOptions.USUAL);
        ImplicitReward reward = ImplicitReward.open(options, TrainingLog.SILENT);
        try {
            reward.requireRun(context);
            return reward.within(context.budget());
        } catch (RuntimeException | Error e) {
            reward.close();
            throw e;
        }
    }
}
