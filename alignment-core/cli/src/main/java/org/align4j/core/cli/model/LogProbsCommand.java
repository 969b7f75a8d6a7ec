package org.align4j.core.cli.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.options.Option;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.session.AnswersInOrder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerSource;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** {@code align logprobs}: how likely a model finds the answers of rows. */
public final class LogProbsCommand extends NamedCommand<LogProbsCommand.Options> implements TakerSource {
    /**
     * The options of {@code align logprobs}.
     *
     * @param executors who takes the forwards
     */
    public record Options(
            ModelOptions model,
            ExecutorOptions executors,

            @Option(
                    help =
                            "Rows to score: .jsonl, .json, .csv, .tsv, each also .gz or .zst, .parquet; files, globs, hf:org/name:split, comma separated; - is standard input.")
            List<String> data,

            LayoutOptions layout,

            @Option(help = "File for the lines; without it they are printed.") @Nullable
            Path out,

            @Option(help = "Write each token's log-probability and its text too.")
            boolean perToken) {

        /** Copies the names. */
        public Options {
            data = List.copyOf(data);
        }

        ClusterOptions cluster() {
            return ClusterOptions.of(executors);
        }

        RowSource source() {
            return layout.once("data", data);
        }
    }

    /** Names the command. */
    public LogProbsCommand() {
        super("logprobs", "log-probabilities of the answers of rows, one JSON line per row", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        ClusterSource.require(options.cluster());
        DataFiles.download(options.data(), terminal);
        TrainingLog log = ConsoleLog.of(terminal);
        try (ModelSession session = ModelSession.open(options.model(), log)) {
            session.requireLanguageModel();
            EncodedRows<TokenRow> rows =
                    session.rows(options.layout().badRows()).responses(options.source());
            terminal.notes(rows.report().noteSentences());
            AnswersInOrder<TokenScores> answers = new AnswersInOrder<>(
                    session.layout(),
                    session.budget(rows.rows(), log),
                    session.policy(),
                    new AnswerLogProbs(
                            session.policy(),
                            options.perToken(),
                            options.perToken() ? texts(session, terminal) : null));
            ResultLines.write(options.out(), terminal, sink -> {
                try (Progress progress =
                        terminal.progress("logprobs", rows.rows().size())) {
                    ClusterSource.taking(
                            options.cluster(),
                            () -> session.work(name(), session.memoryOfTaker(rows.rows())),
                            log,
                            () -> answers.write(rows, sink::line, progress));
                }
            });
            return 0;
        }
    }

    @Override
    public boolean serves(String command) {
        return command.equals(name());
    }

    @Override
    public Taker taker(String command, String config) {
        ModelSession session = ModelSession.ofDriver(config);
        return session.taker(new AnswerLogProbs(session.policy(), false, null).round());
    }

    /** Writes tokens as text; rows of token ids are scored without a tokenizer too, and then have no texts. */
    private static @Nullable Function<int[], List<String>> texts(ModelSession session, Terminal terminal) {
        if (!session.place().hasTokenizer()) {
            terminal.log("Note: the model has no tokenizer.json, so that the tokens' texts are left out.");
            return null;
        }
        return session.text().tokenizer()::texts;
    }

    /**
     * Computes log-probabilities of the answers of rows.
     *
     * @param texts writes the text of each token of an answer; null where the tokens are not distinguished, or where there is no tokenizer
     */
    private record AnswerLogProbs(
            Policy policy, boolean perToken, @Nullable Function<int[], List<String>> texts)
            implements AnswersInOrder.Forward<TokenScores> {

        @Override
        public Round<PackedBatch, TokenScores> round() {
            return Round.scoring("logprobs", policy::score);
        }

        @Override
        public AnswersInOrder.Answers answers(RowLayout.Packed packed, TokenScores scores) {
            return (row, spans, line) -> describe(row, scores, spans, line);
        }

        private void describe(
                TokenRow row, TokenScores scores, List<PackedBatch.Span> spans, Map<String, Object> line) {
            List<String> names = AnswersInOrder.names(row);
            for (int answer = 0; answer < names.size(); answer++) {
                line.put(names.get(answer), scores.sum(spans.get(answer)));
            }
            for (int answer = 0; answer < names.size(); answer++) {
                line.put(names.get(answer) + "_tokens", spans.get(answer).length());
            }
            for (int answer = 0; perToken && answer < names.size(); answer++) {
                line.put(names.get(answer) + "_token_log_probs", scores.logProbs(spans.get(answer)));
            }
            for (int answer = 0; texts != null && answer < names.size(); answer++) {
                line.put(
                        names.get(answer) + "_token_texts",
                        texts.apply(row.answers().get(answer).ids()));
            }
        }
    }
}
