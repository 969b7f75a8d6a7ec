package org.align4j.core.cli.env;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cuda.CudaSetup;
import org.align4j.core.cuda.WheelIndex;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;

/** {@code align gpu-setup}: fetches PyTorch's CUDA build into the cache, from which every command then computes. */
public final class GpuSetupCommand extends NamedCommand<GpuSetupCommand.Options> {
    private static final double GIGA = 1e9;

    /** Says whether to fetch or to remove. */
    public record Options(
            @Option(help = "Remove the libraries, so that the CPU's own are used again.", defaultValue = "false")
            boolean remove) {}

    /** Names the command. */
    public GpuSetupCommand() {
        super("gpu-setup", "fetch libtorch's CUDA build into the cache; --remove takes it away", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        CudaSetup setup = CudaSetup.here();
        if (options.remove()) {
            boolean was = setup.isDone();
            setup.remove();
            terminal.print(was ? "removed " + setup.folder() : "nothing was set up in " + setup.folder());
        } else {
            requireNoOther();
            fetch(setup, terminal);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("folder", setup.folder().toString());
        document.put("done", setup.isDone());
        document.put("download_bytes", setup.downloadBytes());
        document.put("unpacked_bytes", setup.unpackedBytes());
        terminal.result(document);
        return 0;
    }

    private static void fetch(CudaSetup setup, Terminal terminal) throws IOException {
        if (setup.isDone()) {
            terminal.print(setup.versions() + " is set up already in " + setup.folder());
            return;
        }
        WheelIndex index = WheelIndex.of(System.getenv());
        terminal.log(format(
                "%s: %.1f GB from %s, %.1f GB on the disk afterwards, in %s.",
                setup.versions(), setup.downloadBytes() / GIGA, index, setup.unpackedBytes() / GIGA, setup.folder()));
        try (ConsoleLog log = new ConsoleLog(terminal)) {
            setup.run(index, log::show);
        }
        terminal.print(setup.versions() + " is set up in " + setup.folder());
        terminal.print("see what it finds with: align env");
    }

    /** Refuses to set up what would not be used, because the environment names another libtorch. */
    private static void requireNoOther() {
        String given = System.getenv("PYTORCH_LIBRARY_PATH");
        if (given != null) {
            throw new InputException(format(
                    "PYTORCH_LIBRARY_PATH is %s, and that libtorch is used whatever is set up; unset it, then run gpu-setup again.",
                    given));
        }
    }
}
