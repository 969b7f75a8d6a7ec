package org.align4j.core.session;

import java.util.List;
import java.util.function.Supplier;
import org.align4j.core.policy.Round;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.TrainedMethod.Evaluation;

/**
 * Takes the steps of a method whose step is one gradient.
 *
 * @param config every option as settled, as YAML
 * @param objective makes what the steps minimise, once there is a run
 */
public record ObjectiveTrainer(String config, Supplier<? extends Objective> objective) implements Trainer {
    @Override
    public RunResult train(TrainingRun<?> run) {
        Objective made = objective.get();
        made.prepare();
        made.keepIn(run.run().path());
        return run.train(made, Supplement.NONE);
    }

    @Override
    public List<Round<?, ?>> rounds() {
        return objective.get().rounds();
    }

    @Override
    public Evaluation evaluate() {
        return objective.get().evaluate();
    }
}
