package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.export.GgufExport;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.options.Option;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align export}: a model as a GGUF file for llama.cpp and Ollama. */
public final class ExportCommand extends NamedCommand<ExportCommand.Options> {
    /** The options of {@code align export}. */
    public record Options(
            @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
            String model,

            @Option(help = "File to write.") Path out,

            @Option(help = "How the matrices are held.", defaultValue = "f16")
            Held type) {

        /** Types that are written. */
        public enum Held {
            F32,
            F16,
            BF16,
            Q8_0,
            Q4_0
        }
    }

    /** Names the command. */
    public ExportCommand() {
        super("export", "write a model as a GGUF file for llama.cpp and Ollama", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        ModelPlace place = ModelPlace.of(options.model(), null);
        GgufExport export = GgufExport.of(
                place.model(), String.valueOf(place.model().toAbsolutePath().normalize().getFileName()), GgufType.valueOf(options.type().name()));
        terminal.notes(export.notes());
        terminal.log(format("writing %,d bytes to %s", export.bytes(), options.out()));
        try (Progress progress = terminal.progress("export", export.bytes())) {
            long[] before = {0};
            export.write(options.out(), written -> {
                progress.advance(written - before[0]);
                before[0] = written;
            });
        }
        terminal.print("wrote " + options.out());
        terminal.result(Map.of("out", options.out().toString()));
        return 0;
    }
}
