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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.export.AdapterExport;
import org.align4j.core.export.ExportCheck;
import org.align4j.core.export.GgufExport;
import org.align4j.core.export.HeldOutPairs;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.options.Option;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.ActivityBar;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.StoredDtype;
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
                    help =
                            "How the matrices are held; the blocks of q8_0 and q4_0 are smaller and less exact; auto is f16.",
                    unset = "auto")
            @Nullable
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
            if (to == Target.VLLM || adapterOnly) {
                String what = type != null ? "type" : data.isEmpty() ? "" : "data";
                if (!what.isEmpty()) {
                    throw new InputException(what + " is given, but "
                            + (adapterOnly ? "an adapter alone is written in fp32" : "for vllm the adapter is copied")
                            + " and not checked; drop it.");
                }
            }
            if (!check && !data.isEmpty()) {
                throw new InputException("data is " + String.join(",", data)
                        + ", which the check measures, but check is false; drop one.");
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
            return type == null ? GgufType.F16 : GgufType.valueOf(type.name());
        }
    }

    /** Names the command. */
    public ExportCommand() {
        super("export", "write a model for llama.cpp, Ollama or vLLM, and measure what was written", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        if (options.to() == Options.Target.GGUF) {
            OutputFile.behindLinks(options.out()); // refuses a folder, before anything is read
        }
        ModelPlace place = GgufExport.place(options.model(), ConsoleLog.of(terminal));
        if (options.to() == Options.Target.VLLM) {
            vllm(options, place, terminal);
        } else if (options.adapterOnly()) {
            GgufWriter writer = AdapterExport.gguf(place, name(options));
            write(writer.bytes(), options.out(), progress -> writer.write(options.out(), progress), terminal);
            ollama(
                    options.out(),
                    "FROM " + base(options, place) + "\nADAPTER " + local(options.out()) + "\n",
                    terminal);
        } else if (place.adapter() == null) {
            gguf(options, place.model(), terminal);
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
    private static void merged(Options options, ModelPlace place, Terminal terminal) throws IOException {
        GgufExport planned = GgufExport.of(place.model(), name(options), options.ggufType());
        requireRoom(planned.bytes() + Float.BYTES * planned.elements(), options.out());
        Path folder = options.out()
                .toAbsolutePath()
                .resolveSibling("." + options.out().getFileName() + ".merged");
        Folders.deleteTree(folder); // of a run that was killed
        try {
            terminal.log("merging " + place.adapter() + " into a copy of its model in fp32 first");
            MergedModel.write(
                    place.model().toString(),
                    String.valueOf(place.adapter()),
                    StoredDtype.F32,
                    folder,
                    ConsoleLog.of(terminal));
            gguf(options, folder, terminal);
        } finally {
            Folders.deleteTree(folder);
        }
    }

    private static void gguf(Options options, Path model, Terminal terminal) throws IOException {
        GgufExport export = GgufExport.of(model, name(options), options.ggufType());
        terminal.notes(export.notes());
        Optional<ExportCheck> check = check(options, model, export, terminal);
        write(export.bytes(), options.out(), progress -> export.write(options.out(), progress), terminal);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("out", options.out().toString());
        result.put("notes", export.notes());
        if (check.isPresent()) {
            ExportCheck.Result found = check.get().check(options.out(), options.ggufType());
            terminal.print(ExportCheck.sentence(options.ggufType(), found));
            result.put("before", found.before().document());
            result.put(options.ggufType().label(), found.after().document());
        }
        ollama(options.out(), "FROM " + local(options.out()) + "\n", terminal);
        terminal.result(result);
    }

    /** Makes the check ready, with the rows that it measures; empty where it is not asked for, or the disk has no room for it. */
    private static Optional<ExportCheck> check(Options options, Path model, GgufExport export, Terminal terminal) {
        if (!options.check()) {
            return Optional.empty();
        }
        ExportCheck.Room room = ExportCheck.Room.of(export, options.ggufType());
        OptionalLong usable = usable(options.out());
        if (usable.isPresent() && usable.getAsLong() < export.bytes() + room.disk()) {
            terminal.log(format(
                    "the check is left out: it reads the file into %,d bytes beside it, and %,d are left on the disk",
                    room.disk(), Math.max(0, usable.getAsLong() - export.bytes())));
            return Optional.empty();
        }
        Residency weights = room.weights(MemoryLedger.shared().account().freeBesideOthers());
        EngineOptions engine = options.model().engine().with(Precision.of(Dtype.F32));
        if (weights == Residency.MAPPED) {
            terminal.log("the check reads each model a layer at a time from the disk, because its weights in fp32, "
                    + Memory.text(room.memory()) + ", have no room in memory");
            engine = new EngineOptions(
                    DeviceChoice.parse("cpu"), engine.dtype(), engine.products(), engine.threads(), engine.seed());
        }
        ModelOptions before = new ModelOptions(
                model.toString(),
                null,
                options.model().maxLength(),
                engine,
                options.model().template());
        return Optional.of(
                new ExportCheck(before, heldOut(options, before, terminal), weights, ConsoleLog.of(terminal)));
    }

    private static void write(long bytes, Path out, Consumer<LongConsumer> write, Terminal terminal) {
        terminal.log(format("writing %,d bytes to %s", bytes, out));
        requireRoom(bytes, out);
        try (ActivityBar bar = new ActivityBar(terminal)) {
            bar.show("export", 0, bytes, false);
            write.accept(written -> bar.show("export", written, bytes, false));
        }
        terminal.print("wrote " + out);
    }

    private static void requireRoom(long bytes, Path out) {
        OptionalLong usable = usable(out);
        if (usable.isPresent() && usable.getAsLong() < bytes) {
            throw new InputException(format(
                    "out needs %,d bytes, but %,d are left on the disk of %s; take another folder, or a smaller type.",
                    bytes, usable.getAsLong(), out));
        }
    }

    private static OptionalLong usable(Path out) {
        Path folder = out.toAbsolutePath().getParent();
        try {
            return folder != null && Files.isDirectory(folder)
                    ? OptionalLong.of(Files.getFileStore(folder).getUsableSpace())
                    : OptionalLong.empty();
        } catch (IOException unknown) {
            return OptionalLong.empty(); // the writing says so
        }
    }

    /** The name that the file has for its model: that of the run, directory or file, or on the hub. */
    private static String name(Options options) {
        String given = options.model().model();
        return Files.exists(Path.of(given))
                ? String.valueOf(Path.of(given).toAbsolutePath().normalize().getFileName())
                        .replaceFirst("\\.gguf$", "")
                : given.replaceFirst("@.*$", "").replaceFirst("^.*/", "");
    }

    private static HeldOutPairs heldOut(Options options, ModelOptions model, Terminal terminal) {
        Run run = Run.of(options.model().model()).orElse(null);
        if (!options.data().isEmpty()) {
            return HeldOutPairs.of(options.layout().once("data", options.data()), model, run);
        }
        if (run == null) {
            return HeldOutPairs.NONE;
        }
        try {
            return HeldOutPairs.of(run, model);
        } catch (InputException unreadable) {
            terminal.log("the run's held-out rows aren't measured: " + unreadable.getMessage());
            return HeldOutPairs.NONE;
        }
    }

    /** The base that an adapter's Modelfile names: the GGUF file that was given or trained on, else the model's directory. */
    private static Path base(Options options, ModelPlace place) {
        String given = Run.of(options.model().model())
                .flatMap(run -> run.text("model"))
                .orElse(options.model().model());
        Path named = Path.of(given);
        return (GgufFile.isOne(named) ? named : place.model()).toAbsolutePath().normalize();
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
