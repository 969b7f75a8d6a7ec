package org.align4j.reward;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.AnswersInOrder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerSource;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.implicit.ImplicitReward;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;

/**
 * {@code align score}: writes what a reward model says of the answers of rows, and how often it prefers the chosen one. Of a
 * process reward model it writes what it says of steps, and how often it is right; of either how good it is on a reward bench.
 */
public final class ScoreCommand extends NamedCommand<ScoreOptions> implements TakerSource {
    /** Names the command. */
    public ScoreCommand() {
        super(
                "score",
                "a reward model's scores of the answers of rows, or of their steps, one JSON line per row",
                ScoreOptions.class);
    }

    @Override
    public int run(ScoreOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        ClusterSource.require(options.cluster());
        TrainingLog log = ConsoleLog.of(terminal);
        if (options.reading().implicit() != null) {
            options.requireFor(false);
            try (ImplicitReward reward = ImplicitReward.open(options.opened(), log)) {
                score(AnswerJudge.of(reward), options, terminal);
            }
            return 0;
        }
        try (ModelSession session = ModelSession.open(options.opened(), log)) {
            score(judge(session, options), options, terminal);
            return 0;
        }
    }

    private static AnswerJudge judge(ModelSession session, ScoreOptions options) {
        session.requireScores();
        boolean steps = ProcessRewardModel.isOne(session);
        options.requireFor(steps);
        return steps ? AnswerJudge.ofSteps(session, options) : AnswerJudge.of(session, options);
    }

    @Override
    public boolean serves(String command) {
        return command.equals(name());
    }

    @Override
    public Taker taker(String command, String config) {
        ScoreOptions options = OptionsYaml.parse(config, "options of the driver", ScoreOptions.class);
        AnswerJudge judge = options.reading().implicit() == null
                ? judge(ModelSession.open(options.opened(), TrainingLog.SILENT), options)
                : AnswerJudge.of(ImplicitReward.open(options.opened(), TrainingLog.SILENT));
        return new Taker(
                judge.hashes(),
                List.of(judge.session().policy()),
                List.of(judge.forward().round()));
    }

    private ClusterSource.Work work(AnswerJudge judge, List<TokenRow> rows, ScoreOptions options) {
        return new ClusterSource.Work(
                name(),
                OptionsYaml.write(options.settled(judge.session().settled())),
                judge.hashes(),
                judge.session().memoryOfTaker(rows),
                List.of(judge.session().policy()));
    }

    private void score(AnswerJudge judge, ScoreOptions options, Terminal terminal) {
        if (options.reading().subsets() != null) {
            scoreBench(judge, options.reading().subsets(), options, terminal);
            return;
        }
        EncodedRows<TokenRow> rows = judge.rows(options);
        write(judge, rows, options, terminal, new ScoreOutput(sink -> sink, judge.summary()));
        judge.words().get().forEach(terminal::print);
    }

    private void scoreBench(AnswerJudge judge, String field, ScoreOptions options, Terminal terminal) {
        BenchRows bench =
                BenchRows.read(judge.session().rows(options.rows().layout().badRows()), options.source(), field);
        if (bench.leftOut() > 0) {
            terminal.print(bench.leftOut() + " rows left out: neither answer is better");
        }
        List<BenchLines> lines = new ArrayList<>();
        List<BenchFigures> figures = new ArrayList<>();
        ScoreOutput told = new ScoreOutput(
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
    private record ScoreOutput(
            java.util.function.UnaryOperator<ResultLines.Sink> lines, Supplier<Map<String, Object>> summary) {}

    private void write(
            AnswerJudge judge,
            EncodedRows<TokenRow> encoded,
            ScoreOptions options,
            Terminal terminal,
            ScoreOutput told) {
        List<TokenRow> rows = encoded.rows();
        terminal.notes(encoded.report().noteSentences());
        TrainingLog log = ConsoleLog.of(terminal);
        AnswersInOrder<?> answers = new AnswersInOrder<>(
                judge.session().layout(),
                judge.session().budget(rows, log),
                judge.session().policy(),
                judge.forward());
        ResultLines.write(
                options.out(),
                terminal,
                sink -> {
                    try (Progress progress = terminal.progress("score", rows.size())) {
                        ResultLines.Sink lines = told.lines.apply(sink);
                        ClusterSource.taking(
                                options.cluster(),
                                () -> work(judge, rows, options),
                                log,
                                () -> answers.write(encoded, lines::line, progress));
                    }
                },
                told.summary);
    }

    /** Gathers the lines of a bench's answers into one line per row, and their scores into items. */
    private static final class BenchLines implements ResultLines.Sink {
        private static final String ANSWER = "completion";

        private final List<BenchRows.Members> rows;
        private final ResultLines.Sink sink;
        private final List<BenchItem> items = new ArrayList<>();
        private final List<Map<String, Object>> waiting = new ArrayList<>();

        /**
         * Begins with the first row.
         *
         * @param sink takes the rows' lines
         */
        BenchLines(List<BenchRows.Members> rows, ResultLines.Sink sink) {
            this.rows = rows;
            this.sink = sink;
        }

        /** The rows reported so far. */
        List<BenchItem> items() {
            return items;
        }

        @Override
        public void line(Map<String, Object> fields) {
            if (fields.containsKey("dropped")) {
                sink.line(fields);
                return;
            }
            waiting.add(fields);
            BenchRows.Members row = rows.get(items.size());
            if (waiting.size() == row.fields().answers()) {
                List<Map<String, Object>> chosen =
                        waiting.subList(0, row.fields().chosen());
                List<Map<String, Object>> rejected =
                        waiting.subList(row.fields().chosen(), waiting.size());
                BenchItem item = new BenchItem(
                        row.fields().subset(),
                        row.fields().id(),
                        row.prompt(),
                        side(chosen),
                        side(rejected),
                        row.fields().pair());
                items.add(item);
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("row", row.row());
                line.put("subset", row.fields().subset());
                put(line, "chosen", chosen, item.pair());
                put(line, "rejected", rejected, item.pair());
                line.put("credit", item.credit());
                sink.line(line);
                waiting.clear();
            }
        }

        private static BenchItem.Side side(List<Map<String, Object>> lines) {
            return new BenchItem.Side(numbers(lines, ANSWER), numbers(lines, ANSWER + "_tokens"));
        }

        private static double[] numbers(List<Map<String, Object>> lines, String key) {
            return lines.stream()
                    .mapToDouble(line -> ((Number) line.getOrDefault(key, Double.NaN)).doubleValue())
                    .toArray();
        }

        private static void put(
                Map<String, Object> line, String side, List<Map<String, Object>> answers, boolean pair) {
            for (String key : answers.get(0).keySet()) {
                if (key.startsWith(ANSWER)) {
                    List<Object> values = answers.stream()
                            .map(answer -> answer.getOrDefault(key, 0))
                            .toList();
                    line.put(side + key.substring(ANSWER.length()), pair ? values.get(0) : values);
                }
            }
        }
    }
}
