package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Positional;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Resumption;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;

/** {@code align resume RUN}: goes on with a stopped or killed run, or takes a finished one further. */
public final class ResumeCommand extends NamedCommand<ResumeCommand.Options> {
    /**
     * The options of {@code align resume}.
     *
     * @param run the directory of the run that goes on
     * @param continuation how
     */
    public record Options(
            @Positional(label = "RUN", help = "The run directory.")
            Path run,

            Continuation continuation) {}

    /** Names the command. */
    public ResumeCommand() {
        super("resume", "go on with a stopped run, or take a finished one further", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        try (RunDirectory run = RunDirectory.open(options.run())) {
            Object name = run.manifest().get("command");
            TrainingMethod<?> method = TrainingMethod.named(String.valueOf(name))
                    .orElseThrow(() -> new InputException(format(
                            "%s was begun by align %s, which is no training command here; resume it with the program that began it.",
                            run.path(), name)));
            return resume(new TrainCommand<>(method), run, options, terminal);
        }
    }

    private static <O extends Record> int resume(
            TrainCommand<O> command, RunDirectory run, Options asked, Terminal terminal) throws IOException {
        O options;
        try (ConsoleLog log = new ConsoleLog(terminal)) {
            options = new Resumption(run, asked.continuation(), new TrainingLog(log)).options(command.options());
        }
        return command.resume(options, run, terminal);
    }
}
