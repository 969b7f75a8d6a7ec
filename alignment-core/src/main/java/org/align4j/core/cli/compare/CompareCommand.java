package org.align4j.core.cli.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Command;
import org.align4j.core.compare.ComparisonDocument;
import org.align4j.core.compare.ComparisonFiles;
import org.align4j.core.compare.SystemComparison.ComparisonListener;
import org.align4j.core.compare.ComparisonResult;
import org.align4j.core.compare.SystemComparison;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.Judge.JudgeProgress;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.compare.ModelAnswers;
import org.align4j.core.compare.ComparePage;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.files.Folders;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Terminal;

/** {@code align compare}: which of several systems answers the same prompts better, as judges say, and how sure that is. */
public final class CompareCommand implements Command<CompareOptions> {
    @Override
    public String name() {
        return "compare";
    }

    @Override
    public String summary() {
        return "compare systems by their answers: win rates, length control, ratings, with intervals";
    }

    @Override
    public Class<CompareOptions> options() {
        return CompareOptions.class;
    }

    @Override
    public int run(CompareOptions options, Terminal terminal) throws IOException {
        DataDownload.run(options.prompts(), terminal);
        List<Path> given = options.answers().isEmpty() ? List.of() : DataFiles.resolve("answers", options.answers());
        Path out = options.out();
        ComparisonFiles files = out == null ? null : new ComparisonFiles(out, given);
        ConsoleLog log = new ConsoleLog(terminal);
        JudgeSetting setting = new JudgeSetting(options.engine(), options.judging(), log);
        AlpacaAnchors alpaca = options.alpaca();
        SystemComparison comparison = new SystemComparison(systems(options, given, log), options.rules());
        if (alpaca != null) {
            comparison.controlledAsAlpacaEval(alpaca);
        }
        options.judge().forEach(judge -> comparison.judge(judge, () -> Judges.open(judge, setting)));
        ComparisonResult result = comparison.run(new JudgeBars(terminal));
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

    private static MatchedAnswers systems(CompareOptions options, List<Path> given, ConsoleLog log) throws IOException {
        PromptBook book = options.prompts().isEmpty() ? null : PromptBook.read(options.source());
        if (!options.models().isEmpty()) {
            return MatchedAnswers.of(answered(options, log), book);
        }
        List<SystemAnswers> systems = new ArrayList<>();
        if (given.isEmpty()) {
            systems.addAll(SystemAnswers.ofAnnotations(
                    DataFiles.resolve("judge", List.of(options.annotations())).get(0)));
        } else {
            given.forEach(file -> systems.add(SystemAnswers.read(file, null)));
        }
        for (int i = 0; i < options.names().size(); i++) {
            systems.set(i, systems.get(i).named(options.names().get(i)));
        }
        return MatchedAnswers.of(systems, book);
    }

    private static List<SystemAnswers> answered(CompareOptions options, ConsoleLog log) throws IOException {
        Path out = options.out();
        Path folder = out == null ? Folders.makeTemporary("align4j-compare-") : out;
        try {
            Map<ComparedModel, Path> files = new LinkedHashMap<>();
            List<String> names = options.modelNames();
            for (int i = 0; i < names.size(); i++) {
                String model = options.models().get(i);
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

    /** Shows how far each judge is. */
    private static final class JudgeBars implements ComparisonListener {
        private final Terminal terminal;

        JudgeBars(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public JudgeProgress begun(String judge, int matches) {
            return terminal.progress(judge, matches)::advance;
        }

        @Override
        public void note(String sentence) {
            terminal.notes(List.of(sentence));
        }
    }
}
