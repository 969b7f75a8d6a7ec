package org.align4j.core.lora;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraTargets.LayerNumbers;
import org.align4j.core.lora.LoraTargets.LoraTarget;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/**
 * A PEFT adapter folder that fits a model: {@code adapter_config.json} applied to the model's modules and, for each
 * tensor this asks for, where it is in {@code adapter_model.safetensors}.
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

    /** Returns whether a directory is an adapter folder. */
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

    /**
     * A tensor of an adapter file.
     *
     * @param name its name in {@code adapter_model.safetensors}
     * @param module the module it belongs to
     * @param part what it is there
     * @param shape its dimensions
     */
    public record AdapterTensor(String name, AdaptableModule module, Part part, List<Long> shape) {
        private static final String PREFIX = "base_model.model.";

        /** The parts of a module's adapter that are tensors. */
        public enum Part {
            /** LoRA's matrix A, [rank, in]. */
            A(".lora_A.weight"),
            /** LoRA's matrix B, [out, rank]. */
            B(".lora_B.weight"),
            /** An embedding's A, [rank, entries]. */
            EMBEDDING_A(".lora_embedding_A"),
            /** An embedding's B, [width, rank]. */
            EMBEDDING_B(".lora_embedding_B"),
            /** DoRA's vector of magnitudes, [out]. */
            MAGNITUDE(".lora_magnitude_vector"),
            /** The bias of an adapted module, trained along. */
            ADAPTED_BIAS(".base_layer.bias"),
            /** A bias trained along, or that of a module trained in full. */
            BIAS(".bias"),
            /** The weight of a module trained in full. */
            WEIGHT(".weight"),
            /** The frozen weight below an adapted embedding or output, which PEFT may write next to it. */
            BASE_WEIGHT(".base_layer.weight");

            private final String ending;

            Part(String ending) {
                this.ending = ending;
            }
        }

        public AdapterTensor {
            shape = List.copyOf(shape);
        }

        /** Counts the numbers of this adapter tensor. */
        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        private static AdapterTensor of(AdaptableModule module, Part part, List<Long> shape) {
            return new AdapterTensor(PREFIX + module.name() + part.ending, module, part, shape);
        }

        /** The tensors that an adapter of these targets has, module by module. */
        public static List<AdapterTensor> of(LoraTargets targets) {
            List<AdapterTensor> tensors = new ArrayList<>();
            targets.adapted()
                    .forEach(target ->
                            addPair(tensors, target, targets.config().start().dora()));
            List<String> adapted = targets.adapted().stream()
                    .map(target -> target.module().name())
                    .toList();
            LoraBias bias = targets.config().bias();
            for (AdaptableModule module : targets.modules()) {
                boolean hasPair = adapted.contains(module.name());
                if (targets.saved().contains(module)) {
                    tensors.add(of(module, Part.WEIGHT, module.weightShape()));
                    if (module.hasBias()) {
                        tensors.add(of(module, Part.BIAS, List.of(module.outFeatures())));
                    }
                } else if (module.hasBias() && (bias == LoraBias.ALL || (bias == LoraBias.LORA_ONLY && hasPair))) {
                    tensors.add(of(module, hasPair ? Part.ADAPTED_BIAS : Part.BIAS, List.of(module.outFeatures())));
                }
            }
            return tensors;
        }

        private static void addPair(List<AdapterTensor> tensors, LoraTarget target, boolean dora) {
            AdaptableModule module = target.module();
            boolean embedding = module.type() == AdaptableModule.ModuleType.EMBEDDING;
            tensors.add(of(module, embedding ? Part.EMBEDDING_A : Part.A, target.rank()));
            tensors.add(of(module, embedding ? Part.EMBEDDING_B : Part.B, target.rank()));
            if (dora) {
                tensors.add(of(module, Part.MAGNITUDE, target.rank()));
            }
        }

        /** A part of a module's low-rank pair. */
        public static AdapterTensor of(AdaptableModule module, Part part, long rank) {
            return switch (part) {
                case A, EMBEDDING_A -> of(module, part, List.of(rank, module.inFeatures()));
                case B, EMBEDDING_B -> of(module, part, List.of(module.outFeatures(), rank));
                case MAGNITUDE -> of(module, part, List.of(module.outFeatures()));
                default -> throw new IllegalArgumentException(part + " is no part of a pair.");
            };
        }

        /** Tensors that may be there too: the frozen weights below adapted embeddings and outputs. */
        static List<AdapterTensor> optional(LoraTargets targets) {
            return targets.adapted().stream()
                    .map(LoraTarget::module)
                    .filter(module -> !module.innerLinear())
                    .map(module -> of(module, Part.BASE_WEIGHT, module.weightShape()))
                    .toList();
        }
    }

    /** An adapter's file held against what its configuration needs on a model. */
    private static final class AdapterFit {
        private static final int LISTED = 5;

        private final SafetensorsFile file;
        private final LoraTargets targets;
        private final Map<AdapterTensor, TensorEntry> tensors = new LinkedHashMap<>();
        private final List<AdapterTensor> missing = new ArrayList<>();
        private final Map<AdapterTensor, TensorEntry> mismatched = new LinkedHashMap<>();
        private final TreeSet<String> unexpected;

        AdapterFit(SafetensorsFile file, LoraTargets targets) {
            this.file = file;
            this.targets = targets;
            this.unexpected = new TreeSet<>(file.tensors().keySet());
            AdapterTensor.of(targets).forEach(tensor -> take(tensor, true));
            AdapterTensor.optional(targets).forEach(tensor -> take(tensor, false));
        }

        private void take(AdapterTensor tensor, boolean required) {
            TensorEntry entry = file.find(tensor.name());
            unexpected.remove(tensor.name());
            if (entry == null) {
                if (required) {
                    missing.add(tensor);
                }
            } else if (!Arrays.stream(entry.shape()).boxed().toList().equals(tensor.shape())) {
                mismatched.put(tensor, entry);
            } else {
                tensors.put(tensor, entry);
            }
        }

        /**
         * Returns the tensors of the adapter's file.
         *
         * @throws InputException when the file doesn't fit
         */
        Map<AdapterTensor, TensorEntry> tensors() {
            if (missing.isEmpty() && mismatched.isEmpty() && unexpected.isEmpty()) {
                return tensors;
            }
            List<String> problems = new ArrayList<>();
            if (!missing.isEmpty()) {
                problems.add("has no tensor for "
                        + LayerNumbers.describe(missing.get(0).module().name()) + " ("
                        + missing.size() + " missing: "
                        + sample(missing.stream().map(AdapterTensor::name).toList()) + ")");
            }
            if (!unexpected.isEmpty()) {
                problems.add("has tensors that the model or adapter_config.json does not account for ("
                        + unexpected.size() + ": " + sample(List.copyOf(unexpected)) + ")");
            }
            if (!mismatched.isEmpty()) {
                problems.add("has tensors of another shape (" + mismatched.size() + ": "
                        + sample(mismatched.entrySet().stream()
                                .map(entry -> entry.getKey().name() + " "
                                        + Arrays.toString(entry.getValue().shape()) + ", not "
                                        + entry.getKey().shape())
                                .toList())
                        + ")");
            }
            throw new InputException(file.path() + " " + String.join(", ", problems) + "; " + reason() + ".");
        }

        private String reason() {
            int modelLayers = LayerNumbers.count(
                    targets.modules().stream().map(AdaptableModule::name).toList());
            int adapterLayers = LayerNumbers.count(List.copyOf(file.tensors().keySet()));
            boolean onlyLaterLayers = !missing.isEmpty()
                    && missing.stream()
                            .allMatch(tensor ->
                                    LayerNumbers.count(List.of(tensor.module().name())) > adapterLayers);
            if (adapterLayers > modelLayers || onlyLaterLayers) {
                return "this adapter was made for a model with " + adapterLayers + " layers, not " + modelLayers;
            }
            for (Map.Entry<AdapterTensor, TensorEntry> entry : mismatched.entrySet()) {
                return mismatch(entry.getKey(), entry.getValue().shape());
            }
            return "file and adapter_config.json must be of one adapter, made for this model";
        }

        /** The rank or the width that differs. */
        private static String mismatch(AdapterTensor tensor, long[] shape) {
            boolean isA = tensor.part() == AdapterTensor.Part.A || tensor.part() == AdapterTensor.Part.EMBEDDING_A;
            boolean isB = tensor.part() == AdapterTensor.Part.B || tensor.part() == AdapterTensor.Part.EMBEDDING_B;
            if (shape.length == 2 && (isA || isB)) {
                int rankAt = isA ? 0 : 1;
                if (shape[rankAt] != tensor.shape().get(rankAt)) {
                    return "the tensors have rank " + shape[rankAt] + " but adapter_config.json says "
                            + tensor.shape().get(rankAt);
                }
                return "this adapter was made for a model whose "
                        + LayerNumbers.describe(tensor.module().name()) + " has " + (isA ? "input" : "output")
                        + " width "
                        + shape[1 - rankAt] + ", not " + tensor.shape().get(1 - rankAt);
            }
            return "this adapter was made for another model";
        }

        private static String sample(List<String> names) {
            String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
            return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
        }
    }
}
