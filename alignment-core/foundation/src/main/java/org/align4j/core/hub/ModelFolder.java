package org.align4j.core.hub;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.web.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * Where the name of a model leads: to a model directory, or to a run or checkpoint directory, which stands for its model with its adapter.
 *
 * @param model a Hugging Face style directory
 * @param adapter a PEFT directory, or null for none
 * @param manifest what the run's manifest.json says; empty where the name stands for no run
 */
public record ModelFolder(Path model, @Nullable Path adapter, Map<String, Object> manifest) {
    private static final String RUN_OPTIONS = "config.yaml";
    private static final String RUN_MANIFEST = "manifest.json";
    private static final String CHECKPOINTS = "checkpoints";
    private static final String ADAPTER = "adapter";
    private static final String ADAPTER_CONFIG = "adapter_config.json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

    /** Copies the manifest. */
    public ModelFolder {
        manifest = Collections.unmodifiableMap(new LinkedHashMap<>(manifest));
    }

    /**
     * Finds where a model's tokenizer and template lie: weights need not be there, and are not downloaded.
     *
     * @param name a path, or {@code org/name[@revision]} of a model on the hub
     * @param follower hears of downloads
     * @throws InputException where nothing usable is there
     */
    public static Path ofText(String name, Consumer<Transfer> follower) {
        Path given = path(name, Hub.ofEnvironment(follower)::resolveText);
        boolean itself = !Files.exists(given) || Files.isRegularFile(given.resolve("tokenizer.json"));
        boolean ofRun = isRun(given) || Files.isDirectory(given.resolve(ADAPTER));
        return itself || !ofRun ? given : of(given, name).model();
    }

    /**
     * Returns the path that a name stands for: as given or in the folder of Align4J, else a model from the hub, else the path that isn't there.
     *
     * @param fromHub where a model on the hub lies on this machine
     */
    public static Path path(String name, Function<String, Path> fromHub) {
        Path plain = Path.of(name);
        if (Files.exists(plain)) {
            return plain;
        }
        Path coming = Path.of(System.getProperty("align4j.home", ".")).resolve(name);
        if (Files.exists(coming)) {
            return coming;
        }
        return Hub.isName(name) ? fromHub.apply(name) : plain;
    }

    /**
     * Finds the model and adapter of a directory.
     *
     * @param name as it was given, for messages
     * @throws InputException where nothing usable is there
     */
    public static ModelFolder of(Path given, String name) {
        if (Files.isRegularFile(given.resolve("config.json"))) {
            return new ModelFolder(given, null, Map.of());
        }
        if (isRun(given)) {
            // A reward run's merged model is rounded to the base's dtype: the run stands for base and adapter, as
            // others do.
            boolean full = Files.isDirectory(given.resolve("model")) && !isAdapter(given.resolve(ADAPTER));
            return full
                    ? new ModelFolder(given.resolve("model"), null, manifestOf(given))
                    : ofAdapterRun(given, adapterOf(given));
        }
        Optional<Path> run = runOfCheckpoint(given);
        if (run.isPresent()) {
            return ofAdapterRun(run.get(), adapterOf(given));
        }
        if (!Files.exists(given)) {
            throw new InputException("model is " + Shortened.path(name)
                    + ", which does not exist; give a model directory with config.json, weights and a tokenizer, or"
                    + " org/name[@revision] of a model on the hub.");
        }
        throw new InputException("model is " + Shortened.path(name)
                + ", which holds no config.json; give a model directory with config.json, weights and a tokenizer.");
    }

    /**
     * Finds the adapter of a PEFT, run or checkpoint directory.
     *
     * @throws InputException where it has none
     */
    public static Path adapterOf(Path given) {
        if (isAdapter(given)) {
            return given;
        }
        Path inside = given.resolve(ADAPTER);
        if (isAdapter(inside)) {
            return inside;
        }
        if (isRun(given)) {
            throw new InputException(
                    given + " is a run that has no adapter yet; give one of its checkpoints, or finish it"
                            + " with: align resume " + given);
        }
        throw new InputException("adapter is " + Shortened.path(given)
                + ", which holds no adapter_config.json; give a PEFT, run or checkpoint directory.");
    }

    private static ModelFolder ofAdapterRun(Path run, Path adapter) {
        Map<String, Object> manifest = manifestOf(run);
        String model = String.valueOf(manifest.getOrDefault("model", ""));
        if (model.isEmpty()) {
            throw new InputException(run.resolve(RUN_MANIFEST) + " names no model; this is no run that can be read.");
        }
        if (!Files.exists(Path.of(model))) {
            throw new InputException(run + " was trained on " + model
                    + ", which is not there; put the model back, or give another place of it" + " as model and "
                    + adapter + " as adapter.");
        }
        return new ModelFolder(Path.of(model), adapter, manifest);
    }

    /**
     * Returns the tokens of the longest sequence that a model was made for, as its config.json says; no limit where it says none.
     *
     * @throws InputException where config.json can't be read
     */
    public static int maxPositions(Path model) {
        Map<String, Object> config = object(model.resolve("config.json"), "get the file again");
        List<Object> parts = new ArrayList<>(List.of(config));
        parts.add(config.get("text_config"));
        for (Object part : parts) {
            for (String name : List.of("max_position_embeddings", "n_positions")) {
                if (part instanceof Map<?, ?> fields
                        && fields.get(name) instanceof Integer positions
                        && positions > 0) {
                    return positions;
                }
            }
        }
        return Integer.MAX_VALUE;
    }

    /** Whether a directory is an adapter's, as PEFT writes one. */
    public static boolean isAdapter(Path directory) {
        return Files.exists(directory.resolve(ADAPTER_CONFIG));
    }

    /** Whether a directory is that of a run. */
    public static boolean isRun(Path directory) {
        return Files.isRegularFile(directory.resolve(RUN_OPTIONS));
    }

    /** Finds the directory of the run that a directory is a checkpoint of, whether that is there or not; empty where its name is no checkpoint's. */
    public static Optional<Path> runOfCheckpoint(Path directory) {
        Path folder = directory.toAbsolutePath().normalize().getParent();
        return folder != null && folder.getParent() != null && folder.endsWith(CHECKPOINTS)
                ? Optional.of(folder.getParent())
                : Optional.empty();
    }

    /**
     * Returns what the manifest.json of a run says; empty where there is none.
     *
     * @throws InputException where it can't be read
     */
    public static Map<String, Object> manifestOf(Path run) {
        Path file = run.resolve(RUN_MANIFEST);
        return Files.exists(file)
                ? object(file, "a run writes it whole, so something else changed it: restore it")
                : Map.of();
    }

    private static Map<String, Object> object(Path file, String advice) {
        try {
            Map<String, Object> map = JSON.readValue(Files.readAllBytes(file), MAP);
            return map == null ? Map.of() : map;
        } catch (IOException failed) {
            String why = FileFailure.reason(failed).lines().findFirst().orElse("");
            throw new InputException(format("%s can't be read: %s; %s.", file, why, advice), failed);
        }
    }
}
