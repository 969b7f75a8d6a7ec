package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.compare.ComparisonFiles;
import org.align4j.core.compare.ModelAnswers;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.frontier.Frontier.EqualDivergence;
import org.align4j.desk.frontier.FrontierCurve.FrontierPoint;
import org.align4j.desk.frontier.FrontierRun.Checkpoint;
import org.align4j.desk.frontier.SequenceDivergence.AnswerPlace;
import org.align4j.desk.frontier.SequenceDivergence.Estimate;
import org.jspecify.annotations.Nullable;

/** {@code align frontier RUN… --prompts F --judge J --out DIR}: what a held-out judge's score costs in divergence, a point per checkpoint. */
public final class FrontierCommand extends NamedCommand<FrontierOptions> {
    /** The figures' file in the folder that {@code --out} names. */
    static final String DOCUMENT = "frontier.json";

    /** The page beside it. */
    static final String PAGE = "frontier.html";

    /** Names the command. */
    public FrontierCommand() {
        super(
                "frontier",
                "a held-out judge's score against divergence, one point per checkpoint: where a run is over-optimised",
                FrontierOptions.class);
    }

    @Override
    public int run(FrontierOptions options, Terminal terminal) throws IOException {
        DataFiles.download(options.prompts(), terminal);
        TrainingLog log = ConsoleLog.of(terminal);
        Path out = options.out();
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new InputException(format("out is %s, which is a file; give a folder.", out));
        }
        List<FrontierRun> runs = FrontierRun.find(options.runs(), log);
        Frontier frontier = new Measuring(options, runs, log).frontier();
        OutputFile.write(out.resolve(DOCUMENT), Json.document(FrontierDocument.of(frontier)));
        FrontierPage.write(out.resolve(PAGE), frontier);
        frontier.notes().forEach(note -> terminal.print("Note: " + note));
        frontier.sentences().forEach(terminal::print);
        terminal.print("Page: " + out.resolve(PAGE));
        terminal.result(FrontierDocument.of(frontier));
        return 0;
    }

    /** Answers the prompts by every checkpoint, and measures the answers. */
    private record Measuring(FrontierOptions options, List<FrontierRun> runs, TrainingLog log) {
        Frontier frontier() throws IOException {
            Map<ComparedModel, Path> files = files();
            MatchedAnswers answers = MatchedAnswers.of(
                    new ModelAnswers(options.answers(), log).answer(files), PromptBook.read(options.source()));
            List<ComparedModel> models = List.copyOf(files.keySet());
            List<AnswerPlace> keys = keys(answers);
            AnswerScores scores = scores(options.judge(), answers);
            AnswerScores proxies = options.proxy() == null ? null : scores(options.proxy(), answers);
            Map<ComparedModel, Path> trained = new LinkedHashMap<>(files);
            trained.remove(models.get(0));
            Map<ComparedModel, Map<AnswerPlace, Estimate>> divergences =
                    new SequenceDivergence(options.answers(), log).of(models.get(0), trained);
            List<AnswerValues> values = new ArrayList<>();
            for (int system = 0; system < models.size(); system++) {
                values.add(values(
                        keys,
                        divergences.getOrDefault(models.get(system), Map.of()),
                        scores.figure(system, models.get(system).name()),
                        proxies == null ? null : proxies.values()[system]));
            }
            return frontier(answers, keys, models, values, scores.relative());
        }

        private Map<ComparedModel, Path> files() {
            Map<ComparedModel, Path> files = new LinkedHashMap<>();
            ComparedModel start = runs.get(0).start();
            files.put(start, ComparisonFiles.answers(options.out(), start.name()));
            for (FrontierRun run : runs) {
                run.checkpoints()
                        .forEach(point -> files.put(
                                point.model(),
                                ComparisonFiles.answers(
                                        options.out(), point.model().name())));
            }
            return files;
        }

        private AnswerScores scores(String judge, MatchedAnswers answers) {
            return AnswerScores.of(judge, answers, new JudgeSetting(options.engine(), options.judging(), log));
        }

        private static List<AnswerPlace> keys(MatchedAnswers answers) {
            List<AnswerPlace> keys = new ArrayList<>();
            for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
                for (int sample = 0; sample < answers.texts(0, prompt).size(); sample++) {
                    keys.add(new AnswerPlace(answers.prompts().get(prompt).row(), sample));
                }
            }
            return keys;
        }

        private static AnswerValues values(
                List<AnswerPlace> keys,
                Map<AnswerPlace, Estimate> divergences,
                ScaledFigure scores,
                double @Nullable [] proxies) {
            List<Estimate> estimates = keys.stream()
                    .map(key -> divergences.isEmpty() ? Estimate.NONE : Objects.requireNonNull(divergences.get(key)))
                    .toList();
            return new AnswerValues(
                    scores,
                    proxies,
                    estimates.stream().mapToDouble(Estimate::k1).toArray(),
                    estimates.stream().mapToDouble(Estimate::k3).toArray(),
                    estimates.stream().mapToDouble(Estimate::tokens).toArray());
        }

        private Frontier frontier(
                MatchedAnswers answers,
                List<AnswerPlace> keys,
                List<ComparedModel> models,
                List<AnswerValues> values,
                boolean relative) {
            List<String> notes = new ArrayList<>(answers.notes());
            int[] kept = IntStream.range(0, keys.size())
                    .filter(place -> values.stream().allMatch(each -> each.isWhole(place)))
                    .toArray();
            if (kept.length < keys.size()) {
                notes.add(format(
                        "%,d of %,d answers of some checkpoint could not be scored; they are left out of all.",
                        keys.size() - kept.length, keys.size()));
            }
            int[] prompts =
                    IntStream.of(kept).map(place -> keys.get(place).row()).toArray();
            if (IntStream.of(prompts).distinct().count() < 2) {
                throw new InputException(
                        "Fewer than two prompts were answered and scored by all checkpoints, so that nothing is known"
                                + " of other prompts; give more prompts.");
            }
            Map<ComparedModel, AnswerValues> byModel = new HashMap<>();
            IntStream.range(0, models.size())
                    .forEach(i -> byModel.put(models.get(i), values.get(i).only(kept)));
            List<FrontierCurve> curves =
                    runs.stream().map(run -> curve(run, byModel, prompts)).toList();
            return new Frontier(
                    AddressSecrets.removed(options.judge()),
                    relative,
                    options.proxy() == null ? null : AddressSecrets.removed(options.proxy()),
                    prompts,
                    curves,
                    EqualDivergence.of(
                            curves, prompts, run -> new Run(run.path()).result().status() == RunResult.Status.FAILED),
                    notes);
        }

        private FrontierCurve curve(FrontierRun run, Map<ComparedModel, AnswerValues> values, int[] prompts) {
            AnswerValues start = Objects.requireNonNull(values.get(runs.get(0).start()));
            List<FrontierPoint> points = new ArrayList<>();
            points.add(FrontierPoint.of(0, start, start, prompts));
            for (Checkpoint checkpoint : run.checkpoints()) {
                points.add(FrontierPoint.of(
                        checkpoint.step(), Objects.requireNonNull(values.get(checkpoint.model())), start, prompts));
            }
            return FrontierCurve.of(run.run(), run.setting(), points, prompts);
        }
    }
}
