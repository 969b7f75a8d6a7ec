package org.align4j.core.cli;

import java.io.IOException;
import java.util.Map;
import org.align4j.core.cli.options.Option;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;

/** A command that says or throws what it is told. */
public final class EchoCommand implements Command<EchoCommand.Options> {
    /** What happens at the end. */
    enum Fate {
        DONE,
        STOPPED,
        INPUT,
        RUN,
        HEAP,
        ENGINE,
        DISK,
        BUG
    }

    record Options(
            @Option(help = "What to say.", defaultValue = "hello")
            String text,

            @Option(help = "How it ends.", defaultValue = "done")
            Fate fate,

            EngineOptions engine) {}

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String summary() {
        return "say it";
    }

    @Override
    public Class<Options> options() {
        return Options.class;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        terminal.print(options.text());
        terminal.result(Map.of("text", options.text()));
        return switch (options.fate()) {
            case DONE -> 0;
            case STOPPED -> 143;
            case INPUT -> throw new InputException("beta is -1 but must be positive.");
            case RUN -> throw new RunException("Loss became NaN at step 3.");
            case HEAP -> throw new OutOfMemoryError("Java heap space");
            case ENGINE -> throw new IllegalStateException("DefaultCPUAllocator: can't allocate memory\nmore");
            case DISK -> throw new IOException("No space left on device");
            case BUG -> throw new IllegalArgumentException("surprise");
        };
    }
}
