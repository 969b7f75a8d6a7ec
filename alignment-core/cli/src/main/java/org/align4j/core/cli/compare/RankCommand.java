package org.align4j.core.cli.compare;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.compare.AnswerRanking;
import org.align4j.core.compare.AnswerRanking.RankResult;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;

/** {@code align rank}: best and worst of several answers to each prompt, as preference rows to train on. */
public final class RankCommand extends NamedCommand<RankCommand.RankOptions> {
    /** Names the command. */
    public RankCommand() {
        super("rank", "best and worst of several answers to each prompt, as preference rows", RankOptions.class);
    }

    @Override
    public int run(RankOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        DataFiles.download(options.prompts(), terminal);
        Path file = DataFiles.resolve("answers", List.of(options.answers())).get(0);
        requireApart(options.out(), file);
        PromptBook book = options.prompts().isEmpty() ? null : PromptBook.read(options.source());
        MatchedAnswers answers = MatchedAnswers.of(List.of(SystemAnswers.read(file, null)), book);
        terminal.notes(answers.notes());
        RankResult result = rank(options, answers, terminal);
        if (result.pairs().isEmpty()) {
            requireUsable(options, result);
            throw new InputException(format(
                    "No prompt of %s gives a preference: %s. Give several different answers to each prompt, such as those of align"
                            + " generate --samples 8.",
                    file, leftOut(result)));
        }
        Map<String, Object> figures = new LinkedHashMap<>(result.figures());
        ResultLines.write(
                options.out(), terminal, sink -> result.pairs().forEach(pair -> sink.line(pair.row())), () -> figures);
        terminal.print(format(
                "%,d of %,d prompts give a preference, mean margin %.3f; %s",
                result.pairs().size(), result.prompts(), result.meanMargin(), leftOut(result)));
        requireUsable(options, result);
        return 0;
    }

    private static void requireUsable(RankOptions options, RankResult result) {
        if (Judges.isRecord(options.judge())) {
            return;
        }
        options.judging().requireUsable(AddressSecrets.removed(options.judge()), result.unusable(), result.asked(), "");
    }

    private static void requireApart(Path out, Path answers) {
        if (out.toAbsolutePath().normalize().equals(answers.toAbsolutePath().normalize())) {
            throw new InputException(
                    format("out is %s, which is the file of answers; give another file for the preferences.", out));
        }
    }

    private static RankResult rank(RankOptions options, MatchedAnswers answers, Terminal terminal) {
        JudgeSetting setting = new JudgeSetting(options.engine(), options.judging(), ConsoleLog.of(terminal));
        try (Judge judge = Judges.open(options.judge(), setting);
                Progress progress = terminal.progress("rank", 0)) {
            RankResult result = AnswerRanking.rank(answers, judge, progress::advance);
            if (!judge.cost().isEmpty()) {
                terminal.notes(List.of(judge.cost()));
            }
            return result;
        }
    }

    private static String leftOut(RankResult result) {
        return format(
                "%,d have one answer only or equal ones, %,d are ties, %,d could not be judged; %,d verdicts or scores were"
                        + " unusable",
                result.single(), result.tied(), result.unjudged(), result.unusable());
    }

    /**
     * The options of {@code align rank}.
     *
     * @param form how the files are written
     */
    record RankOptions(
            @Option(help = "Several answers to each prompt, as align generate --samples writes them.")
            String answers,

            @Option(help = "Who ranks: reward:DIR, implicit:RUN, openai:URL#model, class:NAME or recorded:FILE.")
            String judge,

            @Option(help = "File for the preference rows.") Path out,

            @Option(
                    help = "The rows that were answered; the preferences then have their prompts as they were given.",
                    defaultValue = "")
            List<String> prompts,

            @Option(
                    help = "Layout of the prompts; auto recognises it by the first row of each file.",
                    defaultValue = "auto")
            RowFormat format,

            @Option(help = "What the prompts' files call the columns, such as prompt=question.", defaultValue = "")
            Map<String, String> columns,

            FileForm form,

            JudgeOptions judging,
            EngineOptions engine) {

        /** Checks the judge's kind and the names of columns. */
        public RankOptions {
            Judges.require(List.of(judge), judging);
            columns = new Columns(columns).names();
        }

        RowSource source() {
            return RowSource.of("prompts", prompts, format, new Columns(columns))
                    .with(form);
        }
    }
}
