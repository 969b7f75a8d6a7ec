package org.align4j.serve;

import org.align4j.core.cli.NamedCommand;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.align4j.web.ServerThreads;

/** {@code align serve}: answers clients until it is asked to stop. */
public final class ServeCommand extends NamedCommand<ServeOptions> {
    /** Names the command. */
    public ServeCommand() {
        super("serve", "fine-tuning jobs and chats on this machine, for clients of OpenAI's API", ServeOptions.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(ServeOptions options, Terminal terminal) {
        ServerThreads.watchAll();
        return StopSignal.keeping(() -> {
            try (Server server = Server.start(options, ConsoleLog.of(terminal))) {
                terminal.resultLine(server.document());
                terminal.print(server.address() + "/v1");
                terminal.log("Serving " + String.join(", ", options.models().keySet())
                        + "; clients set OPENAI_BASE_URL to the address, and a browser shows jobs, files and chats at "
                        + server.address() + ". Ctrl-C ends it; jobs go on with the next start.");
                return StopSignal.awaitStop();
            }
        });
    }
}
