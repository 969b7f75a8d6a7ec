package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.AnswerLines;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.core.generate.InputOrder;
import org.align4j.core.generate.Sampling;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.options.Option;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerSource;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.GenerationBatch;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** {@code align generate}: answers the prompts of rows. */
public final class GenerateCommand extends NamedCommand<GenerateCommand.Options> implements TakerSource {
    /** Batches that are reported together: enough for many executors, few enough to be reported of soon. */
    private static final int WINDOW = 64;

    /**
     * The options of {@code align generate}.
     *
     * @param executors who makes the answers
     */
    public record Options(
            ModelOptions model,
            ExecutorOptions executors,

            @Option(
                    help =
                            "Rows whose prompts are answered: .jsonl, .json, .parquet; files, globs, hf:org/name:split, comma separated; - is standard input.")
            List<String> prompts,

            LayoutOptions layout,

            @Option(help = "File for the lines; without it they are printed.") @Nullable
            Path out,

            @Option(help = ShownExamples.HELP, defaultValue = "")
            List<String> examples,

            AnswerOptions answers) {
        /** The options for how many answers of which length a prompt gets. */
        public record AnswerOptions(
                @Option(
                        help = "Tokens that an answer may have; more cut fewer answers and take longer.",
                        defaultValue = "128")
                int maxNewTokens,

                Sampling sampling,

                @Option(help = "Answers to each prompt; more take longer.", defaultValue = "1")
                int samples,

                @Option(help = GenerationBatch.HELP, unset = "auto") @Nullable
                Integer generationBatch,

                @Option(help = AnswerEnds.STOP_HELP, defaultValue = "", escapes = true)
                List<String> stop,

                @Option(help = "Go on past the end-of-sequence token.", defaultValue = "false")
                boolean ignoreEos) {
            /** Copies what may change. */
            public AnswerOptions {
                stop = List.copyOf(stop);
            }
        }

        /** Checks ranges. */
        public Options {
            prompts = List.copyOf(prompts);
            examples = List.copyOf(examples);
            new GenerationSettings(
                    answers.maxNewTokens(),
                    answers.sampling(),
                    answers.samples(),
                    0,
                    answers.stop(),
                    answers.ignoreEos());
            new GenerationBatch(answers.generationBatch(), executors);
        }

        GenerationSettings settings() {
            return new GenerationSettings(
                    answers.maxNewTokens(),
                    answers.sampling(),
                    answers.samples(),
                    model.engine().seed(),
                    answers.stop(),
                    answers.ignoreEos());
        }

        GenerationBatch batch() {
            return new GenerationBatch(answers.generationBatch(), executors);
        }

        ClusterOptions cluster() {
            return ClusterOptions.of(executors);
        }

        RowSource source() {
            return layout.once("prompts", prompts);
        }
    }

    /** Names the command. */
    public GenerateCommand() {
        super("generate", "answer the prompts of rows, one JSON line per answer", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        ClusterSource.require(options.cluster());
        DataFiles.download(options.prompts(), terminal);
        TrainingLog log = ConsoleLog.of(terminal);
        try (ModelSession session = ModelSession.open(options.model(), log)) {
            ShownExamples.show(options.examples(), session, terminal);
            EncodedRows<PromptTokens> rows =
                    session.rows(options.layout().badRows()).prompts(options.source());
            terminal.notes(rows.report().noteSentences());
            Generator generator = session.generator();
            GenerationSpeed speed = new GenerationSpeed(session.base().engine());
            ResultLines.write(
                    options.out(),
                    terminal,
                    sink -> {
                        int answers = rows.rows().size() * options.answers().samples();
                        try (Progress progress = terminal.progress("generate", answers)) {
                            AnswerLines lines = new AnswerLines(session::text, rows.drops(), sink::line);
                            InOrder order = new InOrder(lines, speed, progress, terminal);
                            ClusterSource.taking(
                                    options.cluster(), () -> work(session, options, rows.rows()), log, () -> {
                                        speed.start();
                                        order.answer(options, session, generator, rows.rows());
                                        speed.stop();
                                    });
                            lines.finish();
                        }
                    },
                    () -> options.out() == null ? Map.of() : speed.figures());
            terminal.log(speed.text());
            return 0;
        }
    }

    /** Reports answers in the order of their prompts. */
    private record InOrder(AnswerLines lines, GenerationSpeed speed, Progress progress, Terminal terminal) {
        void answer(Options options, ModelSession session, Generator generator, List<PromptTokens> prompts) {
            int together = options.batch().answers();
            if (together == 0) {
                answer(options, generator, prompts);
                return;
            }
            generator.require(prompts, options.settings());
            List<PromptBatch> batches = PromptBatch.of(prompts, options.settings(), together);
            for (int from = 0; from < batches.size(); from += WINDOW) {
                List<PromptBatch> some = batches.subList(from, Math.min(batches.size(), from + WINDOW));
                session.policy()
                        .take(generator.answers(), some)
                        .forEach(all -> all.completions().forEach(completion -> {
                            made(completion);
                            lines.line(completion);
                        }));
            }
        }

        private void answer(Options options, Generator generator, List<PromptTokens> prompts) {
            InputOrder order = new InputOrder(prompts, options.answers().samples(), lines::line);
            generator.generate(prompts, options.settings(), new Generator.Listener() {
                @Override
                public void prepared(String how) {
                    terminal.log("Steps: " + how + ".");
                }

                @Override
                public void completed(Completion completion) {
                    made(completion);
                    order.completed(completion);
                }
            });
        }

        private void made(Completion completion) {
            speed.add(completion);
            progress.advance(1);
        }
    }

    private ClusterSource.Work work(ModelSession session, Options options, List<PromptTokens> prompts) {
        IntToLongFunction reading = session.memoryOfTaker(prompts);
        int longest = prompts.stream().mapToInt(PromptTokens::tokens).max().orElse(1)
                + options.answers().maxNewTokens();
        long answering = session.generator().bytes(options.batch().answers(), longest);
        return session.work(name(), cores -> reading.applyAsLong(cores) + cores * answering);
    }

    @Override
    public boolean serves(String command) {
        return command.equals(name());
    }

    @Override
    public Taker taker(String command, String config) {
        ModelSession session = ModelSession.ofDriver(config);
        return session.taker(session.generator().answers());
    }

    /** Measures how fast answers are made: tokens of answers per second, in a time that includes reading the prompts. */
    private static final class GenerationSpeed {
        private static final double NANOS = 1e-9;

        private final DeviceGauge device;
        private long started;
        private double seconds;
        private long tokens;

        /** @param device that makes the answers */
        GenerationSpeed(DeviceGauge device) {
            this.device = device;
        }

        void start() {
            started = device.nanoTime();
        }

        void add(Completion completion) {
            tokens += completion.ids().length;
        }

        void stop() {
            seconds = (device.nanoTime() - started) * NANOS;
        }

        private double perSecond() {
            return seconds > 0 ? tokens / seconds : 0;
        }

        /** Returns the figures of speed as {@code --json} gives them. */
        Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("tokens", tokens);
            figures.put("seconds", seconds);
            figures.put("tokens_per_second", perSecond());
            device.peakBytes().ifPresent(peak -> figures.put("peak_memory_bytes", peak));
            return figures;
        }

        /** Returns the figures of speed in one line for people. */
        String text() {
            return format("%,d tokens in %.1f s: %,.1f a second.", tokens, seconds, perSecond());
        }
    }
}
