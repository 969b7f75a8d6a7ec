package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.policy.MergedWeights;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.weights.StoredDtype;
import org.jspecify.annotations.Nullable;

/** A plain Hugging Face directory in which an adapter is part of the weights, added in fp32. */
public final class MergedModel {
    /** Files of a reward model next to its weights: how scores are normalised, how answers are cut into steps. */
    private static final List<String> SUPPLEMENTS = List.of(ScoreNormalization.FILE_NAME, "process_reward.json");

    private MergedModel() {}

    /**
     * Merges an adapter into its model and writes the result, which appears when it is whole.
     *
     * @param model a directory, a name on the hub, or a run
     * @param adapter a PEFT, run or checkpoint directory; null takes the run's own
     * @param dtype of the weights written; null is that of the model's own files, weight by weight
     * @param out new or empty
     * @param log hears of downloads
     * @throws InputException where there is no adapter, it doesn't fit, or {@code out} holds something; nothing was written
     */
    public static void write(
            String model, @Nullable String adapter, @Nullable StoredDtype dtype, Path out, TrainingLog log)
            throws IOException {
        RunDirectory.requireNewOrEmpty(out);
        EngineOptions precise = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, null, 0);
        ModelOptions options = new ModelOptions(model, adapter, null, precise, TemplateOptions.USUAL);
        // Each weight is asked for once: none needs to stay in memory.
        try (ModelSession session = ModelSession.openOriginal(options, Residency.MAPPED, log)) {
            Path merged = session.place().adapter();
            if (merged == null) {
                throw new InputException("adapter is not given and model is " + model
                        + ", which brings none; give the adapter to merge, or a run directory.");
            }
            FullModelFiles files = new FullModelFiles(
                    session.base().decoder(),
                    new MergedWeights(session.policy())::write,
                    session.place().model(),
                    dtype);
            ScoreNormalization.read(merged); // a broken one is refused before anything is written
            publish(files, merged, out);
        }
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
