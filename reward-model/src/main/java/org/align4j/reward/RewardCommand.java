package org.align4j.reward;

import java.util.List;
import java.util.function.BiFunction;
import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.reward.steps.StepForm;
import org.align4j.reward.steps.StepSupervision;
import org.align4j.reward.train.RewardTraining;
import org.align4j.reward.train.Supervision;

/**
 * {@code align reward}: trains a model that scores responses, on pairs of which one is better, or one that scores the steps of
 * answers, on steps that are right or wrong. The rows say which.
 */
public final class RewardCommand implements MethodCommand<RewardOptions> {
    @Override
    public String name() {
        return "reward";
    }

    @Override
    public String summary() {
        return "train a reward model on chosen and rejected answers, or on steps that are right or wrong";
    }

    @Override
    public Class<RewardOptions> options() {
        return RewardOptions.class;
    }

    @Override
    public TrainingMethod<?> method(RewardOptions options, TrainingLog log) {
        return RewardMethod.of(options, log);
    }
}
