package org.align4j.reward;

import org.align4j.core.cli.Command;
import org.align4j.core.cli.Progress;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.cli.Terminal;
import org.align4j.core.cli.model.AnswersInOrder;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.session.ModelSession;

/** {@code align score}: what a reward model says of the answers of rows, and how often it prefers the chosen one. */
public final class ScoreCommand implements Command<ScoreOptions> {
    @Override
    public String name() {
        return "score";
    }

    @Override
    public String summary() {
        return "a reward model's scores of the answers of rows, one JSON line a row";
    }

    @Override
    public Class<ScoreOptions> options() {
        return ScoreOptions.class;
    }

    @Override
    public int run(ScoreOptions options, Terminal terminal) {
        try (ModelSession session = ModelSession.open(options.model(), terminal)) {
            RewardModel model = RewardModel.of(session);
            EncodedRows<TokenRow> rows = session.rows(options.badRows()).responses(options.source());
            AnswerScores scores = new AnswerScores(options.raw() ? model.raw() : model);
            AnswersInOrder answers =
                    new AnswersInOrder(session.layout(), session.budget(rows.rows(), terminal), scores);
            ResultLines.write(
                    options.out(),
                    terminal,
                    sink -> {
                        try (Progress progress =
                                terminal.progress("score", rows.rows().size())) {
                            answers.write(rows, sink, progress);
                        }
                    },
                    scores::summary);
            scores.accuracy().ifPresent(terminal::print);
            return 0;
        }
    }
}
