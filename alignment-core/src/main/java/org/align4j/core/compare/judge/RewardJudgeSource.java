package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.Rewards;
import org.align4j.core.session.Computing;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.session.options.TemplateOptions;

/**
 * {@code reward:DIR}: a reward model or process reward model, which reads answers with its own tokenizer and template; and every
 * other value that {@code align ppo --reward} takes, such as {@code reward:lexicon:FILE}.
 */
public final class RewardJudgeSource implements JudgeSource {
    private static final int BYTES = 256;

    @Override
    public String usage() {
        return "reward:DIR";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        if (!ModelPlace.isModel(named)) {
            Rewards.require(named);
            Rewards.requireNew(List.of(named), Judges.asksService(named) ? options.rewardKey() : null);
        }
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        if (named.startsWith(ImplicitJudgeSource.BEGIN)) {
            return ofModel(named, named.substring(ImplicitJudgeSource.BEGIN.length()), setting);
        }
        return ModelPlace.isModel(named) ? ofModel(named, named, setting) : ofRule(named, setting);
    }

    /**
     * Opens a reward that runs a model.
     *
     * @param reward as {@code --reward} takes it
     * @param named the model, run or adapter whose tokenizer and template read the answers
     */
    static Judge ofModel(String reward, String named, JudgeSetting setting) {
        Computing computing = Computing.of(setting.engine());
        Path model = ModelPlace.ofAny(named, setting.log().downloads()).model();
        Decoder decoder = Families.decoder(ConfigJson.read(model.resolve("config.json")));
        TokenBudget budget = new TokenBudget(
                Footprint.usualTokens(
                        decoder,
                        computing.dtype(),
                        computing.engine().profile(),
                        Holding.resident(computing.dtype()).bytes(decoder)),
                decoder.maxPositions(),
                setting.log()::note);
        RewardFunction opened =
                Rewards.open(reward, new RewardContext(computing.engine(), computing.dtype(), model, 0, budget));
        return new RewardJudge(opened, new CandidateTokens(TemplateOptions.USUAL.encoder(model)));
    }

    private static Judge ofRule(String named, JudgeSetting setting) {
        Rewards.require(named);
        Computing computing = Computing.of(setting.engine());
        RewardContext context = new RewardContext(
                        computing.engine(), computing.dtype(), Path.of(""), BYTES, TokenBudget.of(Integer.MAX_VALUE))
                .withKey(setting.options().rewardKey());
        return new RewardJudge(Rewards.open(named, context), new CandidateTokens(null));
    }
}
