package org.align4j.ppo;

import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.OpenTraining;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.train.TrainingLog;
import org.align4j.ppo.rollout.RolloutListener;

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

    /** Takes forwards of any run, one of a Java program's reward too: only rewards that are models are opened here. */
    @Override
    public Taker taker(String config) {
        PpoOptions options = OptionsYaml.parse(config, "config.yaml of the driver", PpoOptions.class);
        return OpenTraining.taker(new PpoMethod(options, null, RolloutListener.NONE));
    }
}
