package org.align4j.core.cli.compare;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.compare.ComparePage;
import org.align4j.core.compare.ComparisonDocument;
import org.align4j.core.compare.ComparisonFiles;
import org.align4j.core.compare.ComparisonResult;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ModelAnswers;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.compare.SystemComparison;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.Shortened;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.files.Folders;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** {@code align compare}: which of several systems answers the same prompts better, as judges say, and how sure that is. */
public final class CompareCommand extends NamedCommand<CompareOptions> {
    /** Names the command. */
    public CompareCommand() {
        super(
                "compare",
                "compare systems by their answers: win rates, length control, ratings, with intervals",
                CompareOptions.class);
    }

    @Override
    public int run(CompareOptions options, Terminal terminal) throws IOException {
        DataFiles.download(options.systems().prompts(), terminal);
        List<Path> given = options.systems().answers().isEmpty()
                ? List.of()
                : DataFiles.resolve("answers", options.systems().answers());
        Path out = options.out();
        ComparisonFiles files = out == null ? null : new ComparisonFiles(out, given);
        TrainingLog log = ConsoleLog.of(terminal);
        JudgeSetting setting = new JudgeSetting(options.engine(), options.judging(), log);
        AlpacaAnchors alpaca = options.alpaca();
        SystemComparison comparison = new SystemComparison(systems(options, given, log), options.rules());
        if (alpaca != null) {
            comparison.controlledAsAlpacaEval(alpaca);
        }
        options.judge().forEach(judge -> comparison.judge(judge, () -> Judges.open(judge, setting)));
        ComparisonResult result = comparison.run(log);
        if (files != null) {
            files.write(result, comparison.verdicts());
            ComparePage.write(files.folder().resolve(ComparePage.FILE_NAME), result, comparison.verdicts());
        }
        ComparisonText.print(result, terminal);
        if (files != null) {
            terminal.print("");
            terminal.print("Page: " + files.folder().resolve(ComparePage.FILE_NAME));
        }
        terminal.result(ComparisonDocument.of(result));
        result.usability().stream()
                .filter(judge -> !Judges.isRecord(judge.judge()))
                .forEach(judge -> options.judging()
                        .requireUsable(judge.judge(), judge.unusableCount(), judge.verdicts(), judge.problems()));
        return 0;
    }

    private static MatchedAnswers systems(CompareOptions options, List<Path> given, TrainingLog log)
            throws IOException {
        PromptBook book = options.systems().prompts().isEmpty() ? null : PromptBook.read(options.source());
        if (!options.systems().models().isEmpty()) {
            return MatchedAnswers.of(answered(options, log), book);
        }
        List<SystemAnswers> systems = new ArrayList<>();
        if (given.isEmpty()) {
            systems.addAll(SystemAnswers.ofAnnotations(
                    DataFiles.resolve("judge", List.of(options.annotations())).get(0)));
        } else {
            given.forEach(file -> systems.add(SystemAnswers.read(file, null)));
        }
        for (int i = 0; i < options.systems().names().size(); i++) {
            systems.set(i, systems.get(i).named(options.systems().names().get(i)));
        }
        return MatchedAnswers.of(systems, book);
    }

    private static List<SystemAnswers> answered(CompareOptions options, TrainingLog log) throws IOException {
        Path out = options.out();
        Path folder = out == null ? Folders.makeTemporary("align4j-compare-") : out;
        try {
            Map<ComparedModel, Path> files = new LinkedHashMap<>();
            List<String> names = options.modelNames();
            for (int i = 0; i < names.size(); i++) {
                String model = options.systems().models().get(i);
                String name = names.get(i);
                files.put(ComparedModel.find(model, name, log.downloads()), ComparisonFiles.answers(folder, name));
            }
            return new ModelAnswers(options.answerSettings(), log).answer(files);
        } finally {
            if (out == null) {
                Folders.deleteTree(folder);
            }
        }
    }

    /** Shows a comparison on the terminal: a table of win rates, ratings, agreement, and what it comes to in sentences. */
    private static final class ComparisonText {
        private static final String ROW = "%-24s %-24s %7s %8s %16s %18s %6s %9s %11s";

        private ComparisonText() {}

        static void print(ComparisonResult result, Terminal terminal) {
            terminal.print(format(
                    "%,d prompts; win rates are against %s",
                    result.prompts(), result.systems().get(0).name()));
            terminal.print(format(
                    ROW,
                    "judge",
                    "system",
                    "matches",
                    "win rate",
                    "95 % interval",
                    "equal lengths",
                    "ties",
                    "unusable",
                    "consistent"));
            result.judges().forEach(each -> terminal.print(row(each)));
            BradleyTerry ratings = result.ratings();
            if (ratings != null) {
                terminal.print("");
                printRatings(ratings, terminal);
            }
            for (AgreementResult each : result.agreement()) {
                terminal.print(format(
                        "%s and %s agree on %s of %,d matches, kappa %.2f (%.2f to %.2f)",
                        each.one(),
                        each.other(),
                        percent(each.figures().agreed()),
                        each.figures().items(),
                        each.figures().value(),
                        each.figures().interval().low(),
                        each.figures().interval().high()));
            }
            terminal.print("");
            result.sentences().forEach(terminal::print);
        }

        private static String row(JudgeResult result) {
            WinRate wins = result.wins();
            LengthControl control = result.controlled();
            LengthControl.Fit fit = control == null ? null : control.fit();
            Double consistency = result.positionConsistency();
            return format(
                    ROW,
                    shortened(result.judge()),
                    shortened(result.system()),
                    format("%,d", result.matches()),
                    wins == null ? "-" : percent(wins.rate()),
                    wins == null ? "-" : range(wins.clustered()),
                    fit == null ? "-" : percent(fit.rate()),
                    wins == null ? "-" : format("%,d", wins.ties()),
                    format("%,d", result.unusableCount()),
                    consistency == null ? "-" : percent(consistency));
        }

        private static void printRatings(BradleyTerry ratings, Terminal terminal) {
            ratings.ratings()
                    .forEach((system, rating) -> terminal.print(format(
                            "%-24s rated %.0f (%.0f to %.0f)",
                            shortened(system),
                            rating.rating(),
                            rating.interval().low(),
                            rating.interval().high())));
            if (!ratings.comparable()) {
                terminal.print(
                        "No ratings: some systems won or lost every match against the others, so their distance is unknown ("
                                + String.join(
                                        "; ",
                                        ratings.groups().stream()
                                                .map(List::toString)
                                                .toList()) + ").");
            }
        }

        private static String shortened(String name) {
            int longest = 24;
            String text = Shortened.of(name);
            return text.length() <= longest ? text : "…" + text.substring(text.length() - longest + 1);
        }

        private static String percent(double rate) {
            return format("%.1f %%", 100 * rate);
        }

        private static String range(@Nullable Interval interval) {
            return interval == null ? "-" : format("%.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
        }
    }
}
