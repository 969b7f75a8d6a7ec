package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Resumption;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;

/** {@code align resume RUN}: goes on with a stopped or killed run, or takes a finished one further. */
public final class ResumeCommand extends NamedCommand<ResumeOptions> {
    /** Names the command. */
    public ResumeCommand() {
        super("resume", "go on with a stopped run, or take a finished one further", ResumeOptions.class);
    }

    @Override
    public int run(ResumeOptions options, Terminal terminal) throws IOException {
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
            TrainCommand<O> command, RunDirectory run, ResumeOptions asked, Terminal terminal) throws IOException {
        O options;
        try (ConsoleLog log = new ConsoleLog(terminal)) {
            options = new Resumption(run, asked.continuation(), log).options(command.options());
        }
        return command.resume(options, run, terminal);
    }
}
