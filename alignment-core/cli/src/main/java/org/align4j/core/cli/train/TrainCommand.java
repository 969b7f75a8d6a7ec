package org.align4j.core.cli.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.cli.Command;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.options.CheckpointOptions;
import org.jspecify.annotations.Nullable;

/**
 * The command that trains by a method: {@code align sft}, and one for each {@link TrainingMethod} of another module.
 *
 * @param <O> the record whose components are the options
 */
public record TrainCommand<O extends Record>(TrainingMethod<O> method) implements Command<O> {
    @Override
    public String name() {
        return method.name();
    }

    @Override
    public String summary() {
        return method.summary();
    }

    @Override
    public Class<O> options() {
        return method.options();
    }

    @Override
    public int run(O options, Terminal terminal) {
        Optional<RecipeOptions> recipe = OptionsSpec.of(options()).group(options, RecipeOptions.class);
        try (ConsoleLog log = log(options, terminal)) {
            if (recipe.isPresent() && recipe.get().output().dryRun()) {
                method.describe(options, terminal, new TrainingLog(log));
            } else {
                watched(recipe, recipe.map(one -> one.output().out()).orElse(null), terminal, () -> {
                    print(method.begin(options, new TrainingLog(log)), terminal);
                });
            }
        }
        return 0;
    }

    /** Goes on with a run, by the options that it has now. */
    int resume(O options, RunDirectory run, Terminal terminal) {
        Optional<RecipeOptions> recipe = OptionsSpec.of(options()).group(options, RecipeOptions.class);
        try (ConsoleLog log = log(options, terminal)) {
            watched(recipe, run.path(), terminal, () -> {
                method.resume(options, run, new TrainingLog(log));
                print(run.path(), terminal);
            });
        }
        return 0;
    }

    /** Trains, and serves the run's page meanwhile where that is asked for. The address holds a secret, so the console alone hears it. */
    private static void watched(
            Optional<RecipeOptions> recipe, @Nullable Path run, Terminal terminal, Runnable training) {
        boolean asked = recipe.isPresent() && recipe.get().learning().watching().watch();
        if (!asked || run == null) {
            training.run();
            return;
        }
        try (LivePage page = LivePage.Source.find().open(run)) {
            terminal.log("Watch the run at " + page.address());
            training.run();
        }
    }

    private ConsoleLog log(O options, Terminal terminal) {
        CheckpointOptions keeping = OptionsSpec.of(options())
                .group(options, CheckpointOptions.class)
                .orElseThrow();
        return new ConsoleLog(
                terminal, keeping.shown().logEvery(), MethodReports.of(name()).figures());
    }

    /** Prints what the run came to, as its result.json has it: status, figures, verdict and the verdict's evidence. */
    private static void print(Path run, Terminal terminal) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("run", run.toString());
        result.putAll(new Run(run).resultDocument());
        terminal.result(result);
    }
}
