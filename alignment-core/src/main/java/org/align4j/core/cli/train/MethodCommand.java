package org.align4j.core.cli.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.align4j.core.cli.SharedCommand;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.method.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.OpenTraining;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;

/**
 * A command that trains by a {@link TrainingMethod}, as Java programs do.
 *
 * @param <O> the record whose components are the options
 */
public interface MethodCommand<O extends Record> extends TrainingCommand<O>, SharedCommand {
    /**
     * Makes the method that the options ask for. May look at the first row, but loads no model.
     *
     * @throws org.align4j.core.error.InputException where the options don't fit the rows
     */
    TrainingMethod<?> method(O options, TrainingLog log);

    @Override
    default int run(O options, Terminal terminal) {
        RecipeOptions recipe = recipe(options);
        recipe.requireDirectory();
        method(options, TrainingLog.SILENT).requireNew();
        return opened(options, terminal, training -> {
            if (recipe.dryRun()) {
                training.describe(terminal);
            } else {
                training.begin();
                print(training.run(), terminal);
            }
            return 0;
        });
    }

    @Override
    default int resume(O options, RunDirectory run, Terminal terminal) {
        return opened(options, terminal, training -> {
            training.resume(run);
            print(training.run(), terminal);
            return 0;
        });
    }

    @Override
    default Taker taker(String config) {
        O options = OptionsYaml.parse(config, "config.yaml of the driver", options());
        return OpenTraining.taker(method(options, TrainingLog.SILENT));
    }

    /** Prints what the run came to, as its result.json has it: status, figures, verdict and the verdict's evidence. */
    private static void print(Path run, Terminal terminal) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("run", run.toString());
        result.putAll(new Run(run).resultDocument());
        terminal.result(result);
    }

    private int opened(O options, Terminal terminal, ToIntFunction<OpenTraining<?>> work) {
        try (ConsoleLog log = new ConsoleLog(
                        terminal,
                        recipe(options).keeping().logEvery(),
                        MethodReports.of(name()).figures());
                OpenTraining<?> training = OpenTraining.open(method(options, log), null, log)) {
            return work.applyAsInt(training);
        }
    }

    private RecipeOptions recipe(O options) {
        return OptionsSpec.of(options()).group(options, RecipeOptions.class).orElseThrow();
    }
}
