package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.GgufCheckpoint;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.LockFile;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.hub.Hub;
import org.align4j.core.hub.ModelFolder;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.run.Run;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.StorageOptions;
import org.align4j.core.text.gguf.GgufTokenizerFiles;
import org.align4j.core.web.Transfer;
import org.align4j.core.weights.FileHash;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * Holds where a model and its adapter lie, and how a run held them.
 *
 * @param model a Hugging Face style directory
 * @param adapter a PEFT directory, or null for none
 * @param quantization how the run that the model's name stands for held the matrices, or null for as they are
 * @param precision of the run that the model's name stands for, or null where it stands for no run
 */
public record ModelPlace(
        Path model,
        @Nullable Path adapter,
        @Nullable Quantization quantization,
        @Nullable Precision precision) {
    /** Returns whether the model can read and write text; rows of token ids need no tokenizer. */
    public boolean hasTokenizer() {
        return Files.isRegularFile(model.resolve("tokenizer.json"));
    }

    /**
     * Finds a model: a model directory, a GGUF file, which is read into a directory of the cache, or a run or checkpoint directory, which stands for the policy that it made, its model with its
     * adapter.
     *
     * @param model as given
     * @param adapter as given, or null
     * @throws InputException where nothing usable is there, or where the model is a run that has an adapter and another one is given
     */
    public static ModelPlace of(String model, @Nullable String adapter) {
        return of(model, adapter, Transfer.UNHEARD);
    }

    /**
     * Finds a model and adapter; one that is no path here and is named {@code org/name[@revision]} comes from the Hugging
     * Face cache, and is downloaded there where it is missing.
     *
     * @param follower hears of downloads
     */
    public static ModelPlace of(String model, @Nullable String adapter, Consumer<Transfer> follower) {
        Hub hub = Hub.ofEnvironment(follower);
        Path found = ModelFolder.path(model, hub::resolve);
        ModelPlace place = place(GgufFile.isOne(found) ? GgufFolder.of(found) : found, model);
        if (adapter == null) {
            return place;
        }
        if (place.adapter != null) {
            throw new InputException("model is " + Shortened.path(model) + ", which stands for " + place.model
                    + " with the adapter " + place.adapter + ", but adapter is " + Shortened.path(adapter)
                    + "; leave adapter out, or give model " + place.model + ".");
        }
        return place.with(ModelFolder.adapterOf(ModelFolder.path(adapter, hub::resolve)));
    }

    private ModelPlace with(Path other) {
        return new ModelPlace(model, other, quantization, precision);
    }

    /** Returns the policy that this place stands for, over its model in memory; nothing of it trains. */
    public Policy policy(BaseModel base) {
        if (adapter == null) {
            return Policy.frozen(base);
        }
        String type = ConfigJson.read(model.resolve("config.json")).modelType();
        return Policy.fixed(base, AdapterValues.read(adapter, model, base.decoder(), type));
    }

    /** Returns another policy over this model, which is held as this one is. */
    public ModelPlace withStorageOf(ModelPlace other) {
        return new ModelPlace(other.model, other.adapter, quantization, precision);
    }

    /**
     * Finds a model as {@link #of} does, and the model and adapter of a PEFT directory, whose configuration names its model.
     *
     * @param follower hears of downloads
     * @throws InputException where nothing usable is there, or an adapter names no model
     */
    public static ModelPlace ofAny(String given, Consumer<Transfer> follower) {
        if (isDirectory(given) || !isAdapter(given)) {
            return of(given, null, follower);
        }
        String base = AdapterConfigFile.read(Path.of(given)).origin().baseModel();
        if (base == null) {
            throw new InputException(Shortened.path(given) + " is an adapter whose " + AdapterConfigFile.FILE_NAME
                    + " names no base_model_name_or_path; give the run that made it, or merge it"
                    + " (align merge) and give the merged model.");
        }
        return of(base, given, follower);
    }

    /** Whether a name is that of a model, run or adapter directory on this machine, or of a model on the hub. */
    public static boolean isModel(String given) {
        return isDirectory(given) || isAdapter(given) || Hub.isName(given);
    }

    private static boolean isAdapter(String given) {
        try {
            return AdapterFolder.isOne(Path.of(given));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Whether a name is that of a model or run directory on this machine. */
    public static boolean isDirectory(String given) {
        try {
            Path directory = Path.of(given);
            return GgufFile.isOne(directory)
                    || Files.isRegularFile(directory.resolve("config.json"))
                    || Run.isOne(directory);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The directory on this machine that a model's or adapter's name stands for.
     *
     * @param given as one types it
     */
    public static Path local(String given) {
        return ModelFolder.path(given, Hub.ofEnvironment(Transfer.UNHEARD)::resolve)
                .toAbsolutePath();
    }

    /** Reads a GGUF file again that a run was trained on, where the directory that it was read into was deleted from the cache. */
    private static void restore(Path given) {
        Path run = ModelFolder.isRun(given)
                ? given
                : ModelFolder.runOfCheckpoint(given).orElse(given);
        Map<String, Object> manifest = ModelFolder.manifestOf(run);
        if (manifest.get("model") instanceof String model
                && manifest.get("options") instanceof Map<?, ?> options
                && options.get("model") instanceof String file
                && !Files.exists(Path.of(model))
                && GgufFile.isOne(Path.of(file))) {
            GgufFolder.of(Path.of(file));
        }
    }

    private static ModelPlace place(Path given, String name) {
        restore(given);
        ModelFolder found = ModelFolder.of(given, name);
        Map<String, Object> manifest = found.manifest();
        // A model that was trained in full is held as it was written, whatever its training held.
        @Nullable Quantization held = found.adapter() == null ? null : quantization(manifest.get("quantization"));
        return new ModelPlace(found.model(), found.adapter(), held, precision(manifest));
    }

    /** A run of before products had a dtype of their own computed in that of its weights. */
    private static @Nullable Precision precision(Map<String, Object> manifest) {
        Dtype stored = dtype(manifest.get("dtype"));
        Dtype products = dtype(manifest.getOrDefault("products", manifest.get("dtype")));
        return stored == null || products == null ? null : new Precision(stored, products);
    }

    private static @Nullable Dtype dtype(@Nullable Object recorded) {
        return switch (String.valueOf(recorded)) {
            case "bf16" -> Dtype.BF16;
            case "fp32" -> Dtype.F32;
            default -> null;
        };
    }

    private static @Nullable Quantization quantization(@Nullable Object recorded) {
        if (!(recorded instanceof Map<?, ?> held)) {
            return null;
        }
        String scheme = String.valueOf(held.get("scheme")).toUpperCase(Locale.ROOT);
        return new Quantization(Quantization.Scheme.valueOf(scheme), Boolean.TRUE.equals(held.get("double")));
    }

    /** Where the weights trained last lie, and what is kept next to them: the adapter, or the model where there is none. */
    public Path trained() {
        return adapter == null ? model : adapter;
    }

    /** Where and how a model of scores computes: in the dtype that its run computed in, where the options leave that open. */
    EngineOptions engineForScores(EngineOptions asked) {
        boolean open = asked.dtype() == DtypeChoice.AUTO && asked.products() == DtypeChoice.AUTO;
        return precision == null || !open ? asked : asked.with(precision);
    }

    /** How the model is held, as it was in the run that it comes from. */
    public Holding holding(Precision asked, Residency residency) {
        return StorageOptions.holding(asked, quantization, residency);
    }

    /** A GGUF file as a model directory of the cache, named by the hash of its bytes: the numbers that its blocks stand for, its tokenizer and its template. */
    public static final class GgufFolder {
        private static final int NAME = 32;

        private GgufFolder() {}

        /**
         * Returns the directory that a file was read into, now or before.
         *
         * @throws org.align4j.core.error.InputException naming what of the file isn't read
         */
        public static Path of(Path file) {
            return of(file, CacheFolder.gguf());
        }

        static Path of(Path file, Path cache) {
            Path folder = cache.resolve(FileHash.sha256(file).substring(0, NAME));
            if (isWhole(folder)) {
                return folder;
            }
            try {
                Folders.makeParent(folder);
                try (LockFile held = LockFile.await(folder.resolveSibling(folder.getFileName() + ".lock"))) {
                    if (!held.isHeld() || !isWhole(folder)) {
                        write(file, folder);
                    }
                }
            } catch (IOException e) {
                throw unwritten(file, folder, e);
            }
            return folder;
        }

        /** Whether a directory has all of its files, of which none was cut. */
        private static boolean isWhole(Path folder) {
            if (!Files.isRegularFile(folder.resolve("config.json"))
                    || !Files.isRegularFile(folder.resolve("tokenizer.json"))) {
                return false;
            }
            try {
                WeightStore.open(folder);
                return true;
            } catch (InputException damaged) {
                return false;
            }
        }

        private static RunException unwritten(Path file, Path folder, IOException e) {
            return new RunException(
                    file + " could not be read into " + folder + ": " + FileFailure.reason(e)
                            + ". Check the free space, or set ALIGN4J_CACHE to a folder with room.",
                    e);
        }

        /**
         * Reads a file into a directory, which appears when it is whole.
         *
         * @param folder is made or replaced
         */
        public static void write(Path file, Path folder) {
            GgufFile opened = GgufFile.open(file);
            GgufCheckpoint checkpoint = GgufCheckpoint.of(opened);
            try {
                Folders.makeParent(folder);
                AtomicDirectory.replace(folder, aside -> {
                    checkpoint.write(aside);
                    GgufTokenizerFiles.write(file, opened.fields(), aside);
                });
            } catch (IOException e) {
                throw unwritten(file, folder, e);
            }
        }
    }
}
