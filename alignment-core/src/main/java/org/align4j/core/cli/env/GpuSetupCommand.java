package org.align4j.core.cli.env;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cuda.CudaSetup;
import org.align4j.core.cuda.WheelIndex;
import org.align4j.core.cuda.WheelLock;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Natives;
import org.align4j.core.options.Option;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align gpu-setup}: fetches PyTorch's CUDA build into the cache, from which every command then computes. */
public final class GpuSetupCommand extends NamedCommand<GpuSetupCommand.Options> {
    private static final double GIGA = 1e9;

    /** Says whether to fetch or to remove, and what from where. */
    public record Options(
            @Option(help = "Remove the libraries, so that the CPU's own are used again.", defaultValue = "false")
            boolean remove,

            @Option(
                    help =
                            "CUDA's version: 12.6, by the program's own lock file, or 12.8, for cards from 2025 on, by the hashes that the index"
                                    + " names.",
                    unset = WheelLock.CUDA)
            @Nullable
            Cuda cuda,

            @Option(
                    help =
                            "A package index of Python's, such as a mirror; auto is PIP_INDEX_URL, else pypi.org, for CUDA 12.8 PyTorch's own.",
                    unset = "auto")
            @Nullable
            String index) {

        /** Refuses what would do nothing. */
        public Options {
            if (remove && (cuda != null || index != null)) {
                throw new InputException((cuda != null ? "cuda" : "index")
                        + " is given but remove fetches nothing; leave one of them out.");
            }
        }
    }

    /** A version of CUDA that PyTorch was built for and that DJL's part of the libraries fits. */
    public record Cuda(String version) {
        private static final List<String> ALL = List.of(WheelLock.CUDA, "12.8");

        /** Reads a version. */
        public static Cuda parse(String text) {
            if (!ALL.contains(text)) {
                throw new InputException("it must be " + String.join(" or ", ALL) + ": PyTorch " + Natives.PYTORCH
                        + " was built for these, and DJL's part of it for CUDA 12.");
            }
            return new Cuda(text);
        }

        /** Returns the other form of the option's value for {@code --help}, which names the usual one. */
        public static String describe() {
            return ALL.get(1);
        }

        @Override
        public String toString() {
            return version;
        }
    }

    /** Names the command. */
    public GpuSetupCommand() {
        super("gpu-setup", "fetch libtorch's CUDA build into the cache; --remove takes it away", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        CudaSetup.requireSystem();
        Map<String, Object> document = new LinkedHashMap<>();
        if (options.remove()) {
            remove(terminal, document);
        } else {
            requireNoOther();
            fetch(options, terminal, document);
        }
        terminal.result(document);
        return 0;
    }

    private static void remove(Terminal terminal, Map<String, Object> document) throws IOException {
        CudaSetup setup = CudaSetup.here(WheelLock.read());
        boolean was = setup.isDone();
        setup.remove();
        terminal.print(was ? "removed " + setup.folder() : "nothing was set up in " + setup.folder());
        describe(setup, document);
    }

    private static void fetch(Options options, Terminal terminal, Map<String, Object> document) throws IOException {
        String cuda = options.cuda() == null ? WheelLock.CUDA : options.cuda().version();
        Optional<String> present = CudaSetup.present();
        if (present.isPresent() && !present.get().equals(CudaSetup.versions(Natives.PYTORCH, cuda))) {
            throw new InputException(format(
                    "cuda is %s but %s is set up; remove that first with: align gpu-setup --remove",
                    cuda, present.get()));
        }
        WheelIndex index = WheelIndex.of(Optional.ofNullable(options.index()), System.getenv(), cuda);
        boolean locked = cuda.equals(WheelLock.CUDA);
        CudaSetup setup = CudaSetup.here(locked || present.isPresent() ? WheelLock.read() : index.lock(cuda));
        if (present.isPresent()) {
            terminal.print(present.get() + " is set up already in " + setup.folder());
        } else {
            fetch(setup, index, locked, terminal);
        }
        describe(setup, document);
        if (!locked && present.isPresent()) {
            document.keySet().retainAll(Set.of("folder", "done")); // what the lock file says is of another version
        }
    }

    private static void fetch(CudaSetup setup, WheelIndex index, boolean locked, Terminal terminal) throws IOException {
        terminal.log(format(
                "%s: %.1f GB from %s, %.1f GB on the disk afterwards, in %s.",
                setup.versions(), setup.downloadBytes() / GIGA, index, setup.unpackedBytes() / GIGA, setup.folder()));
        if (!locked) {
            terminal.log("Note: what is fetched is compared with the hashes that this index names.");
        }
        try (ConsoleLog log = new ConsoleLog(terminal)) {
            setup.run(index, log::show);
        }
        terminal.print(setup.versions() + " is set up in " + setup.folder());
        terminal.print("see what it finds with: align env");
    }

    private static void describe(CudaSetup setup, Map<String, Object> document) {
        document.put("folder", setup.folder().toString());
        document.put("done", setup.isDone());
        document.put("download_bytes", setup.downloadBytes());
        document.put("unpacked_bytes", setup.unpackedBytes());
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
