package org.align4j.reward;

import java.util.List;
import java.util.function.BiFunction;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Round;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.TrainingLog;

/**
 * Reward modelling with its options, as {@code align reward} and Java programs train by it: on pairs of which one is better, or on steps
 * that are right or wrong. The rows say which.
 *
 * @param options as they were asked
 * @param steps whether rows are answers in steps, else pairs
 * @param supervision what the training rows teach
 */
record RewardMethod<T extends TokenRow>(
        RewardOptions options,
        boolean steps,
        Recipe<T> recipe,
        BiFunction<RewardPlan, List<T>, Supervision<T>> supervision)
        implements TrainingMethod<T> {
    private static final String NAME = "reward";
    private static final double LORA_RATE = 1e-4;
    private static final double FULL_RATE = 1e-5;

    /**
     * Returns the method for the rows that the options name.
     *
     * @throws org.align4j.core.error.InputException where the options don't fit them
     */
    static RewardMethod<?> of(RewardOptions options, TrainingLog log) {
        DataFiles.download(options.recipe().data().names(), log.downloads());
        boolean steps = options.recipe().data().source().stepwise();
        options.requireFor(steps);
        return steps ? steps(options) : pairs(options);
    }

    private static RewardMethod<PairTokens> pairs(RewardOptions options) {
        return new RewardMethod<>(
                options,
                false,
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, RowEncoder::comparisons, ScoreHead.REWARD),
                PreferenceSupervision::of);
    }

    private static RewardMethod<StepTokens> steps(RewardOptions options) {
        StepForm form = options.stepForm();
        Recipe.Reading<StepTokens> reading = (encoder, source) -> encoder.steps(source, form.separator());
        return new RewardMethod<>(
                options,
                true,
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, reading, ScoreHead.STEPS),
                (plan, training) -> new StepSupervision(form, plan.lastStepOnly()));
    }

    @Override
    public RecipeOptions asked() {
        return options.recipe();
    }

    @Override
    public void requireTakenElsewhere(ClusterOptions cluster) {}

    @Override
    public Trainer trainer(TrainingSession<T> session) {
        RewardPlan plan = options.plan(session.plan(), steps);
        RewardTraining<T> training = new RewardTraining<>(
                session, supervision.apply(plan, session.rows().train()));
        return new OfRewards(OptionsYaml.write(plan.options()), training);
    }

    private record OfRewards(String config, RewardTraining<?> training) implements Trainer {
        @Override
        public RunResult train(TrainingRun<?> run) {
            training.reportInto(run.run().path());
            return run.train(training, training.supplement());
        }

        @Override
        public List<Round<?, ?>> rounds() {
            return training.rounds();
        }

        @Override
        public Evaluation evaluate() {
            return training.evaluate();
        }
    }
}
