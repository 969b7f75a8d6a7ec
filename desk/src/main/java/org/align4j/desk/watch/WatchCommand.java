package org.align4j.desk.watch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;

/** {@code align watch RUN|DIR}: serves a live page on this machine until it is ended. */
public final class WatchCommand extends NamedCommand<WatchCommand.Options> {
    private static final int MOST_PORT = 65535;

    /**
     * The options of {@code align watch}.
     *
     * @param run what is watched
     * @param port 0 for any that is free
     */
    public record Options(
            @Positional(
                    label = "RUN",
                    help = "A run's directory, a sweep's, or a folder that holds runs; it may not be there yet.")
            Path run,

            @Option(help = "The port on 127.0.0.1; 0 takes any that is free.", defaultValue = "0")
            int port) {
        /** Checks ranges. */
        public Options {
            if (port < 0 || port > MOST_PORT) {
                throw new InputException("port is " + port + " but must be 0 to 65535; 0 takes any that is free.");
            }
        }
    }

    /** Names the command. */
    public WatchCommand() {
        super("watch", "a live page of a run, a sweep or a folder of runs", Options.class);
    }

    @Override
    public boolean waitsForPeople() {
        return true;
    }

    @Override
    public int run(Options options, Terminal terminal) {
        return StopSignal.keeping(() -> {
            try (WatchPage page = WatchPage.open(options.run(), options.port())) {
                terminal.resultLine(document(page));
                terminal.print(page.address().toString());
                terminal.log(
                        (Files.exists(options.run()) ? "" : options.run() + " isn't there yet; the page waits for it. ")
                                + "Open the address in a browser on this machine. Ctrl-C ends the page, and no run.");
                return StopSignal.awaitStop();
            }
        });
    }

    private static Map<String, Object> document(WatchPage page) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("url", page.address().toString());
        document.put("pid", ProcessHandle.current().pid());
        return document;
    }
}
