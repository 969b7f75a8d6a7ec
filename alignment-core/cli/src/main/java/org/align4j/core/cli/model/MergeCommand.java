package org.align4j.core.cli.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.options.Option;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.StoredDtype;
import org.jspecify.annotations.Nullable;

/** {@code align merge}: a plain Hugging Face directory in which the adapter is part of the weights, added in fp32. */
public final class MergeCommand extends NamedCommand<MergeCommand.Options> {
    /** The options of {@code align merge}. */
    public record Options(
            @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
            String model,

            @Option(help = "The adapter to merge: a PEFT, run or checkpoint directory; without it the run's own.")
            @Nullable
            String adapter,

            @Option(help = "Directory for the merged model; must be new or empty.")
            Path out,

            @Option(help = "Of the weights written; auto is what the model's own files have.", defaultValue = "auto")
            MergedDtype dtype) {

        /** Element types of a merged model's files; {@code AUTO} is that of the base, weight by weight. */
        public enum MergedDtype {
            AUTO,
            BF16,
            FP16,
            FP32
        }
    }

    /** Names the command. */
    public MergeCommand() {
        super("merge", "write a plain model directory with the adapter merged in", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        MergedModel.write(
                options.model(), options.adapter(), stored(options.dtype()), options.out(), ConsoleLog.of(terminal));
        terminal.print("wrote " + options.out());
        terminal.result(Map.of("out", options.out().toString()));
        return 0;
    }

    private static @Nullable StoredDtype stored(Options.MergedDtype choice) {
        return switch (choice) {
            case AUTO -> null;
            case BF16 -> StoredDtype.BF16;
            case FP16 -> StoredDtype.F16;
            case FP32 -> StoredDtype.F32;
        };
    }
}
