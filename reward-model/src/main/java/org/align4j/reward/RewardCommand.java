package org.align4j.reward;

import java.util.List;
import java.util.function.BiFunction;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Terminal;
import org.align4j.reward.steps.StepForm;
import org.align4j.reward.steps.StepSupervision;
import org.align4j.reward.train.RewardTraining;
import org.align4j.reward.train.Supervision;

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
    public int run(RewardOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        return stepwise(options, terminal) ? run(steps(options), options, terminal) : run(pairs(), options, terminal);
    }

    @Override
    public int resume(RewardOptions options, RunDirectory run, Terminal terminal) {
        return stepwise(options, terminal)
                ? resume(steps(options), options, run, terminal)
                : resume(pairs(), options, run, terminal);
    }

    private static boolean stepwise(RewardOptions options, Terminal terminal) {
        DataDownload.run(options.recipe().data().data(), terminal);
        boolean steps = options.recipe().data().source().stepwise();
        options.requireFor(steps);
        return steps;
    }

    /** How a model is trained on rows of one kind: what the training rows teach it. */
    private record Method<T extends TokenRow>(
            Recipe<T> recipe, boolean steps, BiFunction<RewardPlan, List<T>, Supervision<T>> supervision) {
        RewardPlan plan(RewardOptions options, TrainingSession<T> session) {
            return options.plan(session.plan(), steps);
        }

        RewardTraining<T> training(RewardPlan plan, TrainingSession<T> session) {
            return new RewardTraining<>(
                    session, supervision.apply(plan, session.rows().train()));
        }
    }

    private static Method<PairTokens> pairs() {
        return new Method<>(
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, RowEncoder::comparisons, ScoreHead.REWARD),
                false,
                PreferenceSupervision::of);
    }

    private static Method<StepTokens> steps(RewardOptions options) {
        StepForm form = options.stepForm();
        Recipe.Reading<StepTokens> reading = (encoder, source) -> encoder.steps(source, form.separator());
        return new Method<>(
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, reading, ScoreHead.STEPS),
                true,
                (plan, training) -> new StepSupervision(form, plan.lastStepOnly()));
    }

    private static <T extends TokenRow> int run(Method<T> method, RewardOptions options, Terminal terminal) {
        try (TrainingSession<T> session = TrainingSession.open(method.recipe, options.recipe(), terminal)) {
            if (options.recipe().dryRun()) {
                session.describe(terminal);
                return 0;
            }
            RewardPlan plan = method.plan(options, session);
            RewardTraining<T> training = method.training(plan, session);
            try (RunDirectory run = session.create(OptionsYaml.write(plan.options()))) {
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
            train(session, method.training(method.plan(options, session), session), run, terminal);
            return 0;
        }
    }

    private static <T extends TokenRow> void train(
            TrainingSession<T> session, RewardTraining<T> training, RunDirectory run, Terminal terminal) {
        training.reportInto(run.path());
        session.train(run, training, training.supplement(), terminal);
    }
}
