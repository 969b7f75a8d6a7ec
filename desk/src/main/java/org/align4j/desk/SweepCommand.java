package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.train.LivePage;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Memory;
import org.align4j.core.page.Wording;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.SweepRecord.Failure;
import org.align4j.desk.SweepRecord.Outcome;

/** {@code align sweep COMMAND --set KEY=V1,V2 … --out DIR}: many runs of a training command, and one page about all of them. */
public final class SweepCommand extends NamedCommand<SweepOptions> {
    /** Names the command. */
    public SweepCommand() {
        super("sweep", "train with many settings and seeds, and tell which is better", SweepOptions.class);
    }

    @Override
    public int run(SweepOptions options, Terminal terminal) throws IOException {
        Path out = options.shown().out();
        if (out != null) {
            RunDirectory.requireNewOrEmpty(out);
        }
        if (options.shown().watch() && out == null) {
            throw new InputException(
                    "watch is true but out is missing: without the sweep's folder there is nothing to watch.");
        }
        SweepPlan plan = new SweepPlanning(options, TrainingLog.SILENT).plan();
        forecast(plan, terminal);
        if (out == null || options.dryRun()) {
            terminal.result(document(plan));
            return 0;
        }
        Files.createDirectories(out);
        plan.write(out);
        if (!options.shown().watch()) {
            return run(out, terminal);
        }
        try (LivePage page = LivePage.Source.find().open(out)) {
            terminal.log("Watch the sweep at " + page.address());
            return run(out, terminal);
        }
    }

    /** Runs what is left of a sweep, and prints what it came to. */
    static int run(Path folder, Terminal terminal) throws IOException {
        Outcome outcome;
        try (ConsoleLog log = new ConsoleLog(terminal)) {
            outcome = Sweep.run(folder, new TrainingLog(log));
        }
        outcome.sentences().forEach(terminal::print);
        for (Failure failure : outcome.failures()) {
            terminal.print(format("Trial %s (%s) failed: %s", failure.trial(), failure.options(), failure.reason()));
        }
        terminal.print("Page: " + folder.resolve(SweepRecord.PAGE));
        terminal.result(outcome.document());
        return outcome.failures().isEmpty() ? 0 : 1;
    }

    private static void forecast(SweepPlan plan, Terminal terminal) {
        long bytes = plan.trials().stream().mapToLong(Trial::bytes).max().orElse(0);
        terminal.print(format(
                "%s of %s, %,d optimizer steps in all%s; %s at the peak of one%s.",
                Wording.count(plan.trials().size(), "trial", "trials"),
                Wording.count(plan.settings(), "setting", "settings"),
                plan.plannedSteps(),
                plan.secondsPerStep() > 0
                        ? ", about " + Wording.seconds(plan.plannedSteps() * plan.secondsPerStep() / plan.atOnce())
                        : "",
                Memory.text(bytes),
                plan.atOnce() > 1 ? format(", up to %d side by side where the memory has room", plan.atOnce()) : ""));
    }

    private static Map<String, Object> document(SweepPlan plan) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("command", plan.command());
        List<Map<String, Object>> trials = plan.trials().stream()
                .<Map<String, Object>>map(trial -> {
                    Map<String, Object> entry = new LinkedHashMap<>();
                    entry.put("id", trial.id());
                    entry.put("options", Objects.requireNonNull(trial.options()));
                    entry.put("rungs", trial.rungs());
                    entry.put("peak_bytes", trial.bytes());
                    return entry;
                })
                .toList();
        document.put("trials", trials);
        document.put("steps", plan.plannedSteps());
        document.put("seconds", plan.plannedSteps() * plan.secondsPerStep() / plan.atOnce());
        return document;
    }
}
