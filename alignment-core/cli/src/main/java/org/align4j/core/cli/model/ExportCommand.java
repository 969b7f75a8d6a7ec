package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.export.AdapterExport;
import org.align4j.core.export.ExportCheck;
import org.align4j.core.export.GgufExport;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.Option;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align export}: a model as a GGUF file for llama.cpp and Ollama, measured as what was written, or an adapter for vLLM. */
public final class ExportCommand extends NamedCommand<ExportCommand.Options> {
    /** The options of {@code align export}. */
    public record Options(
            ModelOptions model,

            @Option(
                    help =
                            "Program that the result is for: gguf is for llama.cpp and Ollama, vllm for adapters served by vLLM.")
            Target to,

            @Option(help = "File to write, or for vllm the adapter's directory, which must be new or empty.")
            Path out,

            @Option(
                    help = "How the matrices are held; the blocks of q8_0 and q4_0 are smaller and less exact.",
                    defaultValue = "f16")
            Held type,

            @Option(help = "Write the adapter alone, to be applied to the base's own GGUF file.")
            boolean adapterOnly,

            @Option(help = "Read the file back and measure it beside the model.", defaultValue = "true")
            boolean check,

            @Option(
                    help = "Held-out pairs that the check measures; a run's own eval-data where not given.",
                    defaultValue = "")
            List<String> data,

            LayoutOptions layout) {

        /** Copies the names. */
        public Options {
            data = List.copyOf(data);
            if (to == Target.VLLM && adapterOnly) {
                throw new InputException("adapter-only is given, but vllm always takes the adapter alone; drop it.");
            }
        }

        /** Programs that models are written for. */
        public enum Target {
            GGUF,
            VLLM
        }

        /** Types that are written. */
        public enum Held {
            F32,
            F16,
            BF16,
            Q8_0,
            Q4_0
        }

        GgufType ggufType() {
            return GgufType.valueOf(type.name());
        }
    }

    /** Names the command. */
    public ExportCommand() {
        super("export", "write a model for llama.cpp, Ollama or vLLM, and measure what was written", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        ModelPlace place = GgufExport.place(options.model(), ConsoleLog.of(terminal));
        if (options.to() == Options.Target.VLLM) {
            vllm(options, place, terminal);
        } else if (options.adapterOnly()) {
            GgufWriter writer = AdapterExport.gguf(place, name(options, place));
            write(writer.bytes(), options.out(), progress -> writer.write(options.out(), progress), terminal);
            ollama(options.out(), "FROM " + place.model() + "\nADAPTER " + local(options.out()) + "\n", terminal);
        } else if (place.adapter() == null) {
            gguf(options, place, terminal);
        } else {
            merged(options, place, terminal);
        }
        return 0;
    }

    private static void vllm(Options options, ModelPlace place, Terminal terminal) throws IOException {
        RunDirectory.requireNewOrEmpty(options.out());
        String name = String.valueOf(options.out().toAbsolutePath().normalize().getFileName());
        AdapterExport.vllm(place, name);
        Path adapter = Objects.requireNonNull(place.adapter());
        AtomicDirectory.replace(OutputFile.folderBehindLinks(options.out()), aside -> {
            for (Path file : Folders.list(adapter)) {
                if (Files.isRegularFile(file)) {
                    FreshFile.copy(file, aside.resolve(file.getFileName()));
                }
            }
            Folders.deleteIfExists(options.out());
        });
        List<String> command = AdapterExport.vllm(
                ModelPlace.of(place.model().toString(), options.out().toString()), name);
        terminal.print("wrote " + options.out() + "; serve it with: " + String.join(" ", command));
        terminal.result(Map.of("out", options.out().toString(), "command", command));
    }

    /** Merges into a directory beside the file, which is there until the file is checked. */
    private void merged(Options options, ModelPlace place, Terminal terminal) throws IOException {
        Path folder = options.out()
                .toAbsolutePath()
                .resolveSibling("." + options.out().getFileName() + ".merged");
        Folders.deleteTree(folder); // of a run that was killed
        try {
            terminal.log("merging " + place.adapter() + " into a copy of its model first");
            MergedModel.write(
                    place.model().toString(), String.valueOf(place.adapter()), null, folder, ConsoleLog.of(terminal));
            gguf(options, new ModelPlace(folder, null, null, null), terminal);
        } finally {
            Folders.deleteTree(folder);
        }
    }

    private static void gguf(Options options, ModelPlace place, Terminal terminal) throws IOException {
        GgufExport export = GgufExport.of(place.model(), name(options, place), options.ggufType());
        terminal.notes(export.notes());
        RowSource rows = rows(options, terminal);
        write(export.bytes(), options.out(), progress -> export.write(options.out(), progress), terminal);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("out", options.out().toString());
        result.put("notes", export.notes());
        if (options.check()) {
            ModelOptions before = new ModelOptions(
                    place.model().toString(),
                    null,
                    options.model().maxLength(),
                    options.model().engine().with(Precision.of(Dtype.F32)),
                    options.model().template());
            ExportCheck.Result found =
                    new ExportCheck(before, rows, ConsoleLog.of(terminal)).check(options.out(), options.ggufType());
            terminal.print(ExportCheck.sentence(options.ggufType(), found));
            result.put("before", found.before().document());
            result.put(options.ggufType().label(), found.after().document());
        }
        ollama(options.out(), "FROM " + local(options.out()) + "\n", terminal);
        terminal.result(result);
    }

    private static void write(long bytes, Path out, Consumer<LongConsumer> write, Terminal terminal) {
        Path folder = out.toAbsolutePath().getParent();
        terminal.log(format("writing %,d bytes to %s", bytes, out));
        requireRoom(bytes, folder);
        try (Progress progress = terminal.progress("export", bytes)) {
            long[] before = {0};
            write.accept(written -> {
                progress.advance(written - before[0]);
                before[0] = written;
            });
        }
        terminal.print("wrote " + out);
    }

    private static void requireRoom(long bytes, @Nullable Path folder) {
        try {
            if (folder != null
                    && Files.isDirectory(folder)
                    && Files.getFileStore(folder).getUsableSpace() < bytes) {
                throw new InputException(format(
                        "out needs %,d bytes, but %s has %,d left; take another folder, or a smaller type.",
                        bytes, folder, Files.getFileStore(folder).getUsableSpace()));
            }
        } catch (IOException unknown) {
            return; // the writing says so
        }
    }

    /** The name that the file has for its model: that of the run or of the directory. */
    private static String name(Options options, ModelPlace place) {
        Path given = Path.of(options.model().model());
        Path named = Files.exists(given) ? given : place.model();
        return String.valueOf(named.toAbsolutePath().normalize().getFileName());
    }

    private static @Nullable RowSource rows(Options options, Terminal terminal) {
        if (!options.data().isEmpty()) {
            return options.layout().once("data", options.data());
        }
        Run run = Run.of(options.model().model()).orElse(null);
        if (run == null || !(run.options().get("eval-data") instanceof List<?> names) || names.isEmpty()) {
            return null;
        }
        try {
            return run.options(DataOptions.class).evalSource();
        } catch (InputException gone) {
            terminal.log("the run's held-out rows aren't measured: " + gone.getMessage());
            return null;
        }
    }

    private static String local(Path file) {
        return "./" + file.getFileName();
    }

    /** Writes what Ollama makes a model of, and says how. */
    private static void ollama(Path out, String lines, Terminal terminal) {
        Path modelfile = out.resolveSibling(out.getFileName() + ".Modelfile");
        OutputFile.write(modelfile, lines.getBytes(StandardCharsets.UTF_8));
        String name =
                String.valueOf(out.getFileName()).replaceFirst("\\.gguf$", "").toLowerCase(Locale.ROOT);
        terminal.print("for Ollama: ollama create " + name + " -f " + modelfile + " && ollama run " + name);
    }
}
