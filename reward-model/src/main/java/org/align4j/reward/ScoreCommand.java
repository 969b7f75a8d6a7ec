package org.align4j.reward;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.align4j.core.session.implicit.ImplicitReward;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.reward.bench.BenchFigures;
import org.align4j.reward.steps.ProcessRewardModel;

/**
 * {@code align score}: what a reward model says of the answers of rows, and how often it prefers the chosen one; what a process
 * reward model says of their steps, and how often it is right; how good either is on a reward bench.
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
        if (options.implicit() != null) {
            options.requireFor(false);
            try (ImplicitReward reward = ImplicitReward.open(options.opened(), new ConsoleLog(terminal))) {
                score(AnswerJudge.of(reward), options, terminal);
            }
            return 0;
        }
        try (ModelSession session = ModelSession.open(options.opened(), new ConsoleLog(terminal))) {
            session.requireScores();
            boolean steps = ProcessRewardModel.isOne(session);
            options.requireFor(steps);
            score(steps ? AnswerJudge.ofSteps(session, options) : AnswerJudge.of(session, options), options, terminal);
            return 0;
        }
    }

    private static void score(AnswerJudge judge, ScoreOptions options, Terminal terminal) {
        if (options.subsets() != null) {
            scoreBench(judge, options.subsets(), options, terminal);
            return;
        }
        EncodedRows<TokenRow> rows = judge.rows(options);
        write(judge, rows, options, terminal, new Told(sink -> sink, judge.summary()));
        judge.words().get().forEach(terminal::print);
    }

    private static void scoreBench(AnswerJudge judge, String field, ScoreOptions options, Terminal terminal) {
        BenchRows bench = BenchRows.read(judge.session().rows(options.badRows()), options.source(), field);
        if (bench.leftOut() > 0) {
            terminal.print(bench.leftOut() + " rows left out: neither answer is better");
        }
        List<BenchLines> lines = new ArrayList<>();
        List<BenchFigures> figures = new ArrayList<>();
        Told told = new Told(
                sink -> {
                    lines.add(new BenchLines(bench.rows(), sink));
                    return lines.get(0);
                },
                () -> {
                    figures.add(BenchFigures.of(lines.get(0).items(), judge.logOdds()));
                    Map<String, Object> summary =
                            new LinkedHashMap<>(figures.get(0).summary());
                    summary.put("left_out", bench.leftOut());
                    return summary;
                });
        write(judge, judge.prepared().apply(bench.answers()), options, terminal, told);
        figures.get(0).lines().forEach(terminal::print);
    }

    /** Takes the lines of answers, and figures over all of them. */
    private record Told(
            java.util.function.UnaryOperator<ResultLines.Sink> lines, Supplier<Map<String, Object>> summary) {}

    private static void write(
            AnswerJudge judge, EncodedRows<TokenRow> encoded, ScoreOptions options, Terminal terminal, Told told) {
        List<TokenRow> rows = encoded.rows();
        terminal.notes(encoded.report().noteSentences());
        AnswersInOrder answers = new AnswersInOrder(
                judge.session().layout(), judge.session().budget(rows, new ConsoleLog(terminal)), judge.forward());
        ResultLines.write(
                options.out(),
                terminal,
                sink -> {
                    try (Progress progress = terminal.progress("score", rows.size())) {
                        answers.write(encoded, told.lines.apply(sink), progress);
                    }
                },
                told.summary);
    }
}
