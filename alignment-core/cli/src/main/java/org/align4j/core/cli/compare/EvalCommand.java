package org.align4j.core.cli.compare;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.options.Option;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.task.EarlierTasks;
import org.align4j.core.task.EvalPage;
import org.align4j.core.task.TaskFiles;
import org.align4j.core.task.TaskItem;
import org.align4j.core.task.TaskReport;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSettings;
import org.align4j.core.task.TaskSettings.AnswerSettings;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** {@code align eval}: how well a model does tasks that have right answers, and by how much it differs from another model. */
public final class EvalCommand extends NamedCommand<EvalCommand.EvalOptions> {
    /** Names the command. */
    public EvalCommand() {
        super(
                "eval",
                "evaluate a model on tasks: multiple choice, exact answers, IFEval, perplexity",
                EvalOptions.class);
    }

    @Override
    public int run(EvalOptions options, Terminal terminal) throws IOException {
        DataFiles.download(options.tasks(), terminal);
        TaskSuite suite = TaskSuite.read("tasks", options.tasks(), options.settings());
        Path out = options.out();
        TaskFiles files = out == null ? null : TaskFiles.in(out, suite.tasks());
        EarlierTasks earlier = earlier(options, suite, terminal);
        List<TaskResult> results = results(options, suite, terminal);
        List<TaskDifference> differences = new ArrayList<>();
        Map<String, Map<Integer, TaskItem>> before = new HashMap<>();
        if (earlier != null) {
            for (TaskResult result : results) {
                differences.addAll(earlier.against(result));
                before.put(result.name(), earlier.items(result));
            }
        }
        TaskReport report = new TaskReport(about(options, earlier), suite.settings(), results, differences);
        if (files != null) {
            EvalPage.write(files.resolve(EvalPage.FILE_NAME), report, before);
            files.write(report);
        }
        EvalText.print(report, terminal);
        if (files != null) {
            terminal.print("wrote " + files.resolve(TaskFiles.DOCUMENT) + " and " + files.resolve(EvalPage.FILE_NAME));
        }
        terminal.result(report.document());
        return 0;
    }

    private static @Nullable EarlierTasks earlier(EvalOptions options, TaskSuite suite, Terminal terminal) {
        Path against = options.against();
        if (against == null) {
            return null;
        }
        EarlierTasks earlier = EarlierTasks.read(against);
        suite.tasks().forEach(earlier::requireSame);
        List<String> notes = new ArrayList<>();
        earlier.missing(suite.tasks())
                .forEach(task -> notes.add(
                        format("the evaluation in %s doesn't have %s, which gets no difference.", against, task)));
        earlier.differingSettings(suite.settings())
                .forEach(difference ->
                        notes.add(format("the evaluation in %s was made otherwise: %s.", against, difference)));
        terminal.notes(notes);
        return earlier;
    }

    private static List<TaskResult> results(EvalOptions options, TaskSuite suite, Terminal terminal) {
        TrainingLog log = ConsoleLog.of(terminal);
        try (ModelSession session = ModelSession.open(options.model(), log)) {
            session.requireLanguageModel();
            long items =
                    suite.tasks().stream().mapToLong(task -> task.rows().size()).sum();
            try (Progress progress = terminal.progress("eval", items)) {
                return suite.run(session.tasks(options.microBatchTokens(), log), progress::advance);
            }
        }
    }

    private static Map<String, Object> about(EvalOptions options, @Nullable EarlierTasks earlier) {
        ModelOptions model = options.model();
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("model", model.model());
        if (model.adapter() != null) {
            about.put("adapter", model.adapter());
        }
        if (earlier != null) {
            about.put("against", String.valueOf(options.against()));
        }
        return about;
    }

    /** Prints an evaluation for people: a line per task with its figures, a line a difference. */
    private static final class EvalText {
        private static final String INTERVAL = "_interval";

        private EvalText() {}

        static void print(TaskReport report, Terminal terminal) {
            for (TaskResult result : report.results()) {
                String dropped = result.dropped() == 0 ? "" : format(", %,d left out as too long", result.dropped());
                terminal.print(format(
                        "%s (%s): %,d items%s",
                        result.name(),
                        result.task().kind().text(),
                        result.items().size(),
                        dropped));
                if (result.unscored() > 0) {
                    terminal.print(format(
                            "  %,d tokens are unscored: nothing stands before the first one of a window or of a text",
                            result.unscored()));
                }
                result.figures().forEach((name, value) -> figure(name, value, result.figures(), terminal));
            }
            for (TaskDifference difference : report.differences()) {
                terminal.print(format(
                                "%s %s: %+.4f against the earlier evaluation (95 %% interval %+.4f to %+.4f), %,d items higher, %,d lower, sign test p %.3g%s",
                                difference.task(),
                                difference.measure(),
                                difference.difference().mean(),
                                difference.difference().interval().low(),
                                difference.difference().interval().high(),
                                difference.signs().higher(),
                                difference.signs().lower(),
                                difference.signs().pValue(),
                                difference.difference().clear() ? "" : ": no clear difference")
                        .replace("Infinity", "∞"));
            }
        }

        private static void figure(String name, Object value, Map<String, Object> figures, Terminal terminal) {
            if (!(value instanceof Double number) || name.endsWith("_stderr")) {
                return;
            }
            String interval = figures.get(name + INTERVAL) instanceof List<?> bounds
                            && bounds.get(0) instanceof Double low
                            && bounds.get(1) instanceof Double high
                    ? format(" (95 %% interval %.4f to %.4f)", low, high)
                    : "";
            terminal.print(format("  %-26s %.4f%s", name, number, interval));
        }
    }

    /** The options of {@code align eval}. */
    record EvalOptions(
            ModelOptions model,

            @Option(
                    help =
                            "Tasks: .jsonl, .json, .parquet of {query, choices, gold}, {prompt, answer}, IFEval's rows or {text}, or .txt; files, globs, comma separated.")
            List<String> tasks,

            @Option(help = "Folder for eval.json and items-NAME.jsonl.") @Nullable
            Path out,

            @Option(help = "Folder of an earlier evaluation (its --out) to take paired differences from.") @Nullable
            Path against,

            AskingOptions asking,
            AnswerOptions answers,

            @Option(
                    help =
                            "Tokens in one forward; more take more memory and save some time; never changes a result beyond rounding.",
                    unset = "auto")
            @Nullable
            Integer microBatchTokens) {

        /** Checks ranges. */
        public EvalOptions {
            tasks = List.copyOf(tasks);
            InputException.requireAtLeast(1, "micro-batch-tokens", microBatchTokens, "");
        }

        /** Returns how the model is asked. */
        TaskSettings settings() {
            return asking.settings(model.engine().seed(), answers.settings());
        }

        /** Says how answers are written and compared: a group of options. */
        record AnswerOptions(
                @Option(
                        help =
                                "Tokens that an answer may have; more cut fewer answers and take longer; by default 256, for IFEval 1280.",
                        unset = "auto")
                @Nullable
                Integer maxNewTokens,

                @Option(
                        help =
                                "Divides the scores of answers' tokens; a higher one makes answers more varied, 0 always takes the likeliest.",
                        defaultValue = "0")
                double temperature,

                @Option(help = AnswerEnds.STOP_HELP, defaultValue = "", escapes = true)
                List<String> stop,

                @Option(
                        help =
                                "A pattern with a group, whose last match is compared with the answer, such as ####\\s*(\\S+).")
                @Nullable
                String answerPattern) {

            /** Checks ranges. */
            public AnswerOptions {
                stop = List.copyOf(stop);
                new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
            }

            AnswerSettings settings() {
                return new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
            }
        }

        /** Says how a model is asked the items of tasks: a group of options. */
        record AskingOptions(
                @Option(
                        help =
                                "Examples before each item, drawn as lm-evaluation-harness draws them; more show the form better and take longer.",
                        defaultValue = "0")
                int fewShot,

                @Option(help = "A task of the same kind that examples are drawn from.", unset = "none") @Nullable
                Path fewShotData,

                @Option(
                        help = "Ask by the model's chat template; auto: for IFEval, and for prompts that are messages.",
                        unset = "auto")
                @Nullable
                Boolean applyChatTemplate,

                @Option(
                        help = "Only the first items of each task; more narrow the intervals and take longer.",
                        unset = "all")
                @Nullable
                Integer limit,

                @Option(
                        help = "End at an item that is longer than max-length, or drop and count it.",
                        defaultValue = "error")
                BadRows tooLong) {

            /** Checks ranges, and that examples are asked for where a file of them is named. */
            public AskingOptions {
                new TaskSettings(fewShot, fewShotData, applyChatTemplate, 0, limit, true, AnswerSettings.USUAL);
            }

            TaskSettings settings(long seed, AnswerSettings answers) {
                return new TaskSettings(
                        fewShot, fewShotData, applyChatTemplate, seed, limit, tooLong == BadRows.DROP, answers);
            }
        }
    }
}
