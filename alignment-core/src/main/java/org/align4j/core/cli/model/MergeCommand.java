package org.align4j.core.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.options.Option;
import org.align4j.core.policy.MergedWeights;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.FullModelFiles;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.EngineOptions.DeviceChoice;
import org.align4j.core.session.options.EngineOptions.DtypeChoice;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.StoredDtype;
import org.jspecify.annotations.Nullable;

/** {@code align merge}: a plain Hugging Face directory in which the adapter is part of the weights, added in fp32. */
public final class MergeCommand extends NamedCommand<MergeCommand.Options> {
    /** Files of a reward model next to its weights: how scores are normalised, how answers are cut into steps. */
    private static final List<String> SUPPLEMENTS = List.of(ScoreNormalization.FILE_NAME, "process_reward.json");

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
        RunDirectory.requireNewOrEmpty(options.out());
        ModelOptions model = inFullPrecision(options);
        try (ModelSession session = ModelSession.openOriginal(model, ConsoleLog.of(terminal))) {
            Path adapter = session.place().adapter();
            if (adapter == null) {
                throw new InputException("adapter is not given and model is " + options.model()
                        + ", which brings none; give the adapter to merge, or a run directory.");
            }
            FullModelFiles files = new FullModelFiles(
                    session.base().decoder(),
                    new MergedWeights(session.policy())::write,
                    session.place().model(),
                    stored(options.dtype()));
            ScoreNormalization.read(adapter); // a broken one is refused before anything is written
            publish(files, adapter, options.out());
        }
        terminal.print("wrote " + options.out());
        terminal.result(Map.of("out", options.out().toString()));
        return 0;
    }

    private static ModelOptions inFullPrecision(Options options) {
        return new ModelOptions(
                options.model(),
                options.adapter(),
                null,
                new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, null, 0),
                TemplateOptions.USUAL);
    }

    private static @Nullable StoredDtype stored(Options.MergedDtype choice) {
        return switch (choice) {
            case AUTO -> null;
            case BF16 -> StoredDtype.BF16;
            case FP16 -> StoredDtype.F16;
            case FP32 -> StoredDtype.F32;
        };
    }

    /** Writes next to the directory and renames, so that half a model is never seen. */
    private static void publish(FullModelFiles files, Path adapter, Path asked) throws IOException {
        Path out = OutputFile.folderBehindLinks(asked);
        Path parent = out.getParent();
        if (parent == null) {
            throw new InputException("out is " + out + ", the root of a file system; give a new directory.");
        }
        Folders.make(parent);
        AtomicDirectory.replace(out, aside -> {
            files.write(aside);
            for (String name : SUPPLEMENTS) {
                if (Files.isRegularFile(adapter.resolve(name))) {
                    FreshFile.copy(adapter.resolve(name), aside.resolve(name));
                }
            }
            Folders.deleteIfExists(out); // fails where something came into it meanwhile, which then stays
        });
    }
}
