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
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.task.EarlierTasks;
import org.align4j.core.task.EvalPage;
import org.align4j.core.task.TaskDifference;
import org.align4j.core.task.TaskFiles;
import org.align4j.core.task.TaskItem;
import org.align4j.core.task.TaskReport;
import org.align4j.core.task.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align eval}: how well a model does tasks that have right answers, and by how much it differs from another model. */
public final class EvalCommand extends NamedCommand<EvalOptions> {
    /** Names the command. */
    public EvalCommand() {
        super(
                "eval",
                "evaluate a model on tasks: multiple choice, exact answers, IFEval, perplexity",
                EvalOptions.class);
    }

    @Override
    public int run(EvalOptions options, Terminal terminal) throws IOException {
        DataDownload.run(options.tasks(), terminal);
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
        ConsoleLog log = new ConsoleLog(terminal);
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
}
