package org.align4j.core.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.options.Option;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/** Keeps one tensor in few bits, as the commands do whose model is held so. */
public final class QuantizeCommand implements Command<QuantizeCommand.Options> {
    record Options(
            @Option(help = "A safetensors file with a tensor w.")
            Path data,

            @Option(help = "The file in few bits.") Path out) {}

    @Override
    public String name() {
        return "quantize";
    }

    @Override
    public String summary() {
        return "keep a tensor in few bits";
    }

    @Override
    public Class<Options> options() {
        return Options.class;
    }

    @Override
    public int run(Options options, Terminal terminal) {
        TensorEntry entry =
                Objects.requireNonNull(SafetensorsFile.open(options.data()).find("w"));
        QuantizedFile.openOrMake(
                options.out(),
                new Quantization(Quantization.Scheme.NF4, true),
                Map.of("w", new QuantizedFile.Source(entry, false)));
        return 0;
    }
}
