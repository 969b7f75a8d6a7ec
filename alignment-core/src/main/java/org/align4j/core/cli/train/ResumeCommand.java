package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;
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

/** {@code align resume RUN}: goes on with a stopped or killed run, a sweep of runs, or takes a finished run further. */
public final class ResumeCommand extends NamedCommand<ResumeCommand.Options> {
    /**
     * The options of {@code align resume}.
     *
     * @param run the directory of the run that goes on
     * @param continuation how
     */
    public record Options(
            @Positional(label = "RUN", help = "The run directory, or the folder of a sweep.")
            Path run,

            Continuation continuation) {}

    /** Names the command. */
    public ResumeCommand() {
        super("resume", "go on with a stopped run, or take a finished one further", Options.class);
    }

    /** A folder that holds more than a run and goes on as a whole, such as a sweep's; found by {@link ServiceLoader}. */
    public interface ResumableFolder {
        /** Whether a folder is one of this kind. */
        boolean isOne(Path folder);

        /**
         * Goes on with a folder of this kind.
         *
         * @return the exit code
         * @throws InputException where it can't go on as asked
         */
        int resume(Path folder, Continuation how, Terminal terminal) throws IOException;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        for (ResumableFolder kind : ServiceLoader.load(ResumableFolder.class)) {
            if (kind.isOne(options.run())) {
                return kind.resume(options.run(), options.continuation(), terminal);
            }
        }
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
