package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.session.implicit.ImplicitReward;

/** {@code implicit:RUN}: the log-ratio of a policy that was trained by DPO to its reference, times the run's beta. */
public final class ImplicitJudgeSource implements JudgeSource {
    static final String BEGIN = "implicit:";

    @Override
    public String usage() {
        return BEGIN + "RUN";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        ImplicitReward.requireUsable(named);
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return RewardJudgeSource.ofModel(BEGIN + named, named, setting);
    }
}
