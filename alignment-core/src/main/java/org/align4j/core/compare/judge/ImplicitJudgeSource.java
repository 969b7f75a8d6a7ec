package org.align4j.core.compare.judge;

/** {@code implicit:RUN}: the log-ratio of a policy that was trained by DPO to its reference, times the run's beta. */
public final class ImplicitJudgeSource implements JudgeSource {
    static final String BEGIN = "implicit:";

    @Override
    public String usage() {
        return BEGIN + "RUN";
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return RewardJudgeSource.ofModel(BEGIN + named, named, setting);
    }
}
