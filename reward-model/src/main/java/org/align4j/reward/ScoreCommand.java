package org.align4j.reward;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.cli.model.AnswersInOrder;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.reward.steps.ProcessRewardModel;
import org.align4j.reward.steps.StepAnswers;

/**
 * {@code align score}: what a reward model says of the answers of rows, and how often it prefers the chosen one; what a process
 * reward model says of their steps, and how often it is right.
 */
public final class ScoreCommand implements Command<ScoreOptions> {
    @Override
    public String name() {
        return "score";
    }

    @Override
    public String summary() {
        return "a reward model's scores of the answers of rows, or of their steps, one JSON line a row";
    }

    @Override
    public Class<ScoreOptions> options() {
        return ScoreOptions.class;
    }

    @Override
    public int run(ScoreOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        try (ModelSession session = ModelSession.open(options.model(), new ConsoleLog(terminal))) {
            session.requireScores();
            options.requireFor(ProcessRewardModel.isOne(session));
            if (ProcessRewardModel.isOne(session)) {
                scoreSteps(session, options, terminal);
            } else {
                scoreAnswers(session, options, terminal);
            }
            return 0;
        }
    }

    private static void scoreAnswers(ModelSession session, ScoreOptions options, Terminal terminal) {
        RewardModel model = RewardModel.of(session);
        EncodedRows<TokenRow> rows = session.rows(options.badRows()).responses(options.source());
        AnswerScores scores = new AnswerScores(options.raw() ? model.raw() : model);
        write(new Scored(session, rows, scores, scores.pairs()::summary), options, terminal);
        scores.pairs().words().ifPresent(terminal::print);
    }

    private static void scoreSteps(ModelSession session, ScoreOptions options, Terminal terminal) {
        ProcessRewardModel model = ProcessRewardModel.of(session, options.stepSeparator(), options.stepAggregate());
        EncodedRows<TokenRow> rows = session.rows(options.badRows())
                .stepsOrResponses(options.source(), model.form().separator());
        StepAnswers scores = new StepAnswers(model);
        write(new Scored(session, scores.prepared(rows), scores, scores::summary), options, terminal);
        scores.words().forEach(terminal::print);
    }

    /** Rows, what scores them, and the figures over all of them. */
    private record Scored(
            ModelSession session,
            EncodedRows<TokenRow> rows,
            AnswersInOrder.Forward scores,
            Supplier<Map<String, Object>> summary) {}

    private static void write(Scored scored, ScoreOptions options, Terminal terminal) {
        List<TokenRow> rows = scored.rows.rows();
        terminal.notes(scored.rows.report().noteSentences());
        AnswersInOrder answers = new AnswersInOrder(
                scored.session.layout(), scored.session.budget(rows, new ConsoleLog(terminal)), scored.scores);
        ResultLines.write(
                options.out(),
                terminal,
                sink -> {
                    try (Progress progress = terminal.progress("score", rows.size())) {
                        answers.write(scored.rows, sink, progress);
                    }
                },
                scored.summary);
    }
}
