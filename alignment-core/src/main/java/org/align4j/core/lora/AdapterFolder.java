package org.align4j.core.lora;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/**
 * A PEFT adapter folder that fits a model: {@code adapter_config.json} applied to the model's modules and, for each
 * tensor this asks for, where it lies in {@code adapter_model.safetensors}.
 *
 * @param path the folder
 * @param targets the configuration on the model
 * @param tensors the adapter's tensors and where to read them
 */
public record AdapterFolder(Path path, LoraTargets targets, Map<AdapterTensor, TensorEntry> tensors) {
    /** The weights' file in an adapter folder. */
    public static final String WEIGHTS_NAME = "adapter_model.safetensors";

    public AdapterFolder {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** Tells whether a directory is an adapter folder. */
    public static boolean isOne(Path directory) {
        return Files.exists(directory.resolve(AdapterConfigFile.FILE_NAME));
    }

    /**
     * Opens a folder for a model and checks that each tensor is there with the right shape and none is left over.
     *
     * @param modules the model's modules
     * @param modelType {@code model_type} of the model's configuration
     * @throws InputException listing all that is missing, left over or of another shape, with the likely reason
     */
    public static AdapterFolder open(Path folder, List<AdaptableModule> modules, @Nullable String modelType) {
        LoraTargets targets = LoraTargets.ofFile(AdapterConfigFile.read(folder), modules, modelType);
        SafetensorsFile file = SafetensorsFile.open(weights(folder));
        AdapterFit fit = new AdapterFit(file, targets);
        return new AdapterFolder(folder, targets, fit.tensors());
    }

    private static Path weights(Path folder) {
        Path weights = folder.resolve(WEIGHTS_NAME);
        if (!Files.exists(weights)) {
            throw new InputException(folder + " has no " + WEIGHTS_NAME
                    + (Files.exists(folder.resolve("adapter_model.bin"))
                            ? "; adapter_model.bin is not read, save the adapter as safetensors."
                            : "; an adapter folder as PEFT writes it is required."));
        }
        return weights;
    }

    /**
     * Writes a folder that PEFT loads: float32 tensors, configuration and model card.
     *
     * @param values where each tensor's values come from, asked for while writing
     */
    public static void write(
            Path folder,
            LoraTargets targets,
            Function<AdapterTensor, SafetensorsWriter.Source> values,
            ModelCard card) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (AdapterTensor tensor : AdapterTensor.of(targets)) {
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            writer.add(tensor.name(), StoredDtype.F32, shape, values.apply(tensor));
        }
        writer.write(folder.resolve(WEIGHTS_NAME));
        AdapterConfigFile.write(folder, targets.writtenConfig(), targets.spelledOut());
        card.write(folder);
    }
}
