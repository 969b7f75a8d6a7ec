package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.binding.SettledOptions;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.terminal.Terminal;

/** {@code align resume RUN}: goes on with a stopped or killed run, or takes a finished one further. */
public final class ResumeCommand implements Command<ResumeOptions> {
    @Override
    public String name() {
        return "resume";
    }

    @Override
    public String summary() {
        return "go on with a stopped run, or take a finished one further";
    }

    @Override
    public Class<ResumeOptions> options() {
        return ResumeOptions.class;
    }

    @Override
    public int run(ResumeOptions options, Terminal terminal) throws IOException {
        try (RunDirectory run = RunDirectory.open(options.run())) {
            return resume(methodOf(run), run, options, terminal);
        }
    }

    private static TrainingCommand<?> methodOf(RunDirectory run) {
        Object name = run.manifest().get("command");
        Command<?> command = name == null ? null : Align.commands().get(name.toString());
        if (command instanceof TrainingCommand<?> method) {
            return method;
        }
        throw new InputException(format(
                "%s was begun by align %s, which is no training command here; resume it with the program that began it.",
                run.path(), name));
    }

    private static <O extends Record> int resume(
            TrainingCommand<O> method, RunDirectory run, ResumeOptions asked, Terminal terminal) throws IOException {
        RunResult result = run.result();
        if (result.status() == RunResult.Status.DONE && !asked.goesFurther()) {
            throw new InputException(format(
                    "%s is done (step %d of %d); give epochs or max-steps to take it further.",
                    run.path(), result.step(), result.totalSteps()));
        }
        String config = lengthened(Files.readString(run.configFile()), asked);
        O options = OptionsYaml.parse(config, run.configFile().toString(), method.options());
        Optional<EngineOptions> engine = OptionsSpec.of(method.options()).group(options, EngineOptions.class);
        String settled = OptionsYaml.write(options);
        new ResumeCheck(run, asked, terminal)
                .require(SettledOptions.ofYaml(settled), engine.map(EngineOptions::threads));
        if (asked.goesFurther()) {
            run.lengthen(settled);
        }
        return method.resume(options, run, terminal);
    }

    /** The options with the length that is asked for, one line each. */
    private static String lengthened(String config, ResumeOptions asked) {
        if (!asked.goesFurther()) {
            return config;
        }
        String others = config.replaceAll("(?m)^(epochs|max-steps):.*\\R?", "");
        String gap = others.isEmpty() || others.endsWith("\n") ? "" : "\n";
        return others
                + gap
                + (asked.epochs() != null ? "epochs: " + asked.epochs() : "max-steps: " + asked.maxSteps())
                + "\n";
    }
}
