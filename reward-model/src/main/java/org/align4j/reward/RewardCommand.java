package org.align4j.reward;

import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.train.TrainingLog;

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
