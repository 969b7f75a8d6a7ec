package org.align4j.core.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/** An adapter's file held against what its configuration needs on a model. */
final class AdapterFit {
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
     * The adapter's tensors.
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
            problems.add("has tensors that the model or adapter_config.json does not account for (" + unexpected.size()
                    + ": " + sample(List.copyOf(unexpected)) + ")");
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
                    + LayerNumbers.describe(tensor.module().name()) + " has " + (isA ? "input" : "output") + " width "
                    + shape[1 - rankAt] + ", not " + tensor.shape().get(1 - rankAt);
        }
        return "this adapter was made for another model";
    }

    private static String sample(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
    }
}
