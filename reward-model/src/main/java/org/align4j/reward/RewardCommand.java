package org.align4j.reward;

import org.align4j.core.cli.Terminal;
import org.align4j.core.cli.options.OptionsYaml;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.command.TrainingCommand;

/** {@code align reward}: trains a model that scores responses, on pairs of which one is better. */
public final class RewardCommand implements TrainingCommand<RewardOptions> {
    private static final Recipe<PairTokens> RECIPE =
            new Recipe<>("reward", 1e-4, 1e-5, false, RowEncoder::comparisons, ScoreHead.REWARD);

    @Override
    public String name() {
        return "reward";
    }

    @Override
    public String summary() {
        return "train a reward model on chosen and rejected answers";
    }

    @Override
    public Class<RewardOptions> options() {
        return RewardOptions.class;
    }

    @Override
    public int run(RewardOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        try (TrainingSession<PairTokens> session = TrainingSession.open(RECIPE, options.recipe(), terminal)) {
            if (options.recipe().dryRun()) {
                session.describe(terminal);
                return 0;
            }
            RewardTraining training = new RewardTraining(session, options);
            try (RunDirectory run = session.create(OptionsYaml.write(options.resolved(session.options())))) {
                train(session, training, run, terminal);
                terminal.log("Wrote " + run.path() + ".");
                return 0;
            }
        }
    }

    @Override
    public int resume(RewardOptions options, RunDirectory run, Terminal terminal) {
        try (TrainingSession<PairTokens> session = TrainingSession.open(RECIPE, options.recipe(), terminal)) {
            session.facts().requireUnchanged(run, session.rows());
            train(session, new RewardTraining(session, options), run, terminal);
            return 0;
        }
    }

    private static void train(
            TrainingSession<PairTokens> session, RewardTraining training, RunDirectory run, Terminal terminal) {
        training.judgeInto(run.path());
        session.train(run, training, folder -> training.normalization().write(folder), terminal);
    }
}
