package org.align4j.core.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.terminal.Terminal;

/** A command that says or throws what it is told. */
public final class EchoCommand implements Command<EchoCommand.Options> {
    /** What happens at the end. */
    enum Fate {
        DONE,
        STOPPED,
        INPUT,
        OPTION,
        RUN,
        HEAP,
        OS,
        ENGINE,
        DISK,
        BUG,
        NESTED,
        SIGNAL,
        LOST,
        LINK,
        CUT
    }

    record Options(
            @Option(help = "What to say.", defaultValue = "hello")
            String text,

            @Option(help = "How it ends.", defaultValue = "done")
            Fate fate,

            @Option(help = "Whether to give no result.", defaultValue = "false")
            boolean silent,

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
        if (!options.silent()) {
            terminal.result(Map.of("text", options.text()));
        }
        return switch (options.fate()) {
            case DONE -> 0;
            case STOPPED -> 143;
            case INPUT -> throw new InputException("beta is -1 but must be positive.");
            case OPTION -> throw new InputException("seed is 42 but this run has 43.");
            case RUN -> throw new RunException("Loss became NaN at step 3.");
            case HEAP -> throw new OutOfMemoryError("Java heap space");
            case OS -> throw new OutOfMemoryError("unable to create native thread");
            case ENGINE -> throw new IllegalStateException("DefaultCPUAllocator: can't allocate memory\nmore");
            case DISK -> throw new IOException("No space left on device");
            case BUG -> throw new IllegalArgumentException("surprise");
            case NESTED ->
                throw new IllegalStateException(
                        "the kernels are malformed",
                        new UncheckedIOException(new NoSuchFileException("/tmp/kernels.pt")));
            case SIGNAL -> throw new StoppedException("SIGINT", 130);
            case LOST -> throw new UncheckedIOException("The report", new AccessDeniedException("/runs/report.html"));
            case LINK ->
                throw new CompletionException(
                        new UnsatisfiedLinkError("/a/libx.so: failed to map segment from shared object"));
            case CUT -> {
                NoClassDefFoundError later = new NoClassDefFoundError("Could not initialize class X");
                later.initCause(new ExceptionInInitializerError(
                        "Exception java.lang.UnsatisfiedLinkError: /a/libx.so: failed to map [in thread \"encode\"]"));
                throw new CompletionException(later);
            }
        };
    }
}
