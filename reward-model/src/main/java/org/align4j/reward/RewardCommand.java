package org.align4j.reward;

import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;
import org.align4j.core.cli.Terminal;
import org.align4j.core.cli.options.OptionsYaml;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.DataDownload;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Objective;
import org.align4j.core.train.command.TrainingCommand;
import org.align4j.reward.steps.StepForm;
import org.align4j.reward.steps.StepTraining;

/**
 * {@code align reward}: trains a model that scores responses, on pairs of which one is better, or one that scores the steps of
 * answers, on steps that are right or wrong. The rows say which.
 */
public final class RewardCommand implements TrainingCommand<RewardOptions> {
    private static final String NAME = "reward";
    private static final double LORA_RATE = 1e-4;
    private static final double FULL_RATE = 1e-5;

    @Override
    public String name() {
        return NAME;
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
    public boolean isSideBySide(RewardOptions options) {
        return options.recipe().isSideBySide();
    }

    @Override
    public int run(RewardOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        return stepwise(options, terminal)
                ? run(steps(options), options, true, terminal)
                : run(pairs(options), options, false, terminal);
    }

    @Override
    public int resume(RewardOptions options, RunDirectory run, Terminal terminal) {
        return stepwise(options, terminal)
                ? resume(steps(options), options, run, terminal)
                : resume(pairs(options), options, run, terminal);
    }

    private static boolean stepwise(RewardOptions options, Terminal terminal) {
        DataDownload.run(options.recipe().data().data(), terminal);
        boolean steps = options.recipe().data().source().stepwise();
        options.requireFor(steps);
        return steps;
    }

    /** What is trained on rows of one kind. */
    private record Method<T extends TokenRow>(Recipe<T> recipe, Function<TrainingSession<T>, Training> training) {}

    /**
     * The training of one run.
     *
     * @param judgeInto told of the run's directory, for its report
     * @param supplement what else stands beside the weights
     */
    private record Training(Objective objective, Consumer<Path> judgeInto, RunDirectory.Content supplement) {}

    private static Method<PairTokens> pairs(RewardOptions options) {
        return new Method<>(
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, false, RowEncoder::comparisons, ScoreHead.REWARD), session -> {
                    RewardTraining training = new RewardTraining(session, options);
                    return new Training(
                            training,
                            training::judgeInto,
                            folder -> training.normalization().write(folder));
                });
    }

    private static Method<StepTokens> steps(RewardOptions options) {
        StepForm form = options.stepForm();
        Recipe.Reading<StepTokens> reading = (encoder, source) -> encoder.steps(source, form.separator());
        return new Method<>(new Recipe<>(NAME, LORA_RATE, FULL_RATE, false, reading, ScoreHead.STEPS), session -> {
            StepTraining training = new StepTraining(session, form, options.lastStepOnly());
            return new Training(training, training::judgeInto, training::supplement);
        });
    }

    private static <T extends TokenRow> int run(
            Method<T> method, RewardOptions options, boolean steps, Terminal terminal) {
        try (TrainingSession<T> session = TrainingSession.open(method.recipe, options.recipe(), terminal)) {
            if (options.recipe().dryRun()) {
                session.describe(terminal);
                return 0;
            }
            Training training = method.training.apply(session);
            try (RunDirectory run = session.create(OptionsYaml.write(options.resolved(session.options(), steps)))) {
                train(session, training, run, terminal);
                terminal.log("Wrote " + run.path() + ".");
                return 0;
            }
        }
    }

    private static <T extends TokenRow> int resume(
            Method<T> method, RewardOptions options, RunDirectory run, Terminal terminal) {
        try (TrainingSession<T> session = TrainingSession.open(method.recipe, options.recipe(), terminal)) {
            session.facts().requireUnchanged(run, session.rows());
            train(session, method.training.apply(session), run, terminal);
            return 0;
        }
    }

    private static void train(TrainingSession<?> session, Training training, RunDirectory run, Terminal terminal) {
        training.judgeInto.accept(run.path());
        session.train(run, training.objective, training.supplement, terminal);
    }
}
