package org.align4j.core.policy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.TensorEntry;

/**
 * An adapter's values, ready to stand over a base: low-rank pairs added to matrices, whole modules instead of the base's.
 *
 * @param targets what is adapted
 * @param values fp32, row-major, one array a tensor of the adapter file, in its order
 * @param start of pairs that start large (PiSSA, OLoRA): what is taken off them, A as it is and B of the opposite sign; empty
 *     for all others
 */
public record AdapterValues(
        LoraTargets targets, Map<AdapterTensor, float[]> values, Map<AdapterTensor, float[]> start) {
    private static final String PEFT_PREFIX = "base_model.model.";

    public AdapterValues {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        start = Collections.unmodifiableMap(new LinkedHashMap<>(start));
    }

    /** An adapter from which nothing is taken off. */
    public AdapterValues(LoraTargets targets, Map<AdapterTensor, float[]> values) {
        this(targets, values, Map.of());
    }

    /** The modules of a decoder as adapters see them, in the order of the forward pass. */
    public static List<AdaptableModule> modules(Decoder decoder) {
        List<AdaptableModule> modules = new ArrayList<>();
        modules.add(module(decoder.embedding(), AdaptableModule.ModuleType.EMBEDDING, false));
        decoder.linears()
                .forEach(linear -> modules.add(new AdaptableModule(
                        linear.module(),
                        linear.transposed() ? AdaptableModule.ModuleType.CONV1D : AdaptableModule.ModuleType.LINEAR,
                        List.of(linear.weight().shape()[0], linear.weight().shape()[1]),
                        linear.bias() != null)));
        Linear scores = decoder.scores();
        boolean biased = scores != null && scores.bias() != null;
        modules.add(module(decoder.output(), AdaptableModule.ModuleType.OUTPUT, biased));
        return List.copyOf(modules);
    }

    private static AdaptableModule module(Parameter weight, AdaptableModule.ModuleType kind, boolean biased) {
        return new AdaptableModule(weight.module(), kind, List.of(weight.shape()[0], weight.shape()[1]), biased);
    }

    /** A new adapter, each tensor's random numbers following from the seed and its name alone; see {@link InitialAdapter}. */
    public static AdapterValues initial(LoraTargets targets, BaseModel base, long seed) {
        return new InitialAdapter(targets, base, seed).values();
    }

    /**
     * Reads a PEFT folder for a model.
     *
     * @param model directory of the model
     * @param decoder of the model
     * @param modelType of its config
     * @throws InputException naming both, and what of the adapter doesn't fit
     */
    public static AdapterValues read(Path folder, Path model, Decoder decoder, String modelType) {
        try {
            return read(folder, decoder, modelType);
        } catch (InputException e) {
            throw new InputException(
                    "adapter " + folder + " can't be used with model " + model + ": " + e.getMessage(), e);
        }
    }

    private static AdapterValues read(Path folder, Decoder decoder, String modelType) {
        AdapterFolder opened = AdapterFolder.open(folder, modules(decoder), modelType);
        requireWholeScores(folder, opened.targets(), decoder);
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        opened.tensors().forEach((tensor, entry) -> {
            if (tensor.part() != AdapterTensor.Part.BASE_WEIGHT) {
                values.put(tensor, finite(entry));
            }
        });
        return new AdapterValues(opened.targets(), values);
    }

    private static float[] finite(TensorEntry entry) {
        float[] values = entry.floats();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new InputException(entry.file() + ": " + entry.name()
                        + " holds NaN or infinite values; the adapter is damaged, fetch or train it again.");
            }
        }
        return values;
    }

    private static void requireWholeScores(Path folder, LoraTargets targets, Decoder decoder) {
        Linear scores = decoder.scores();
        if (scores != null
                && targets.adapted().stream()
                        .anyMatch(target -> target.module().name().equals(scores.module()))) {
            throw new InputException(folder + " has a low-rank pair on " + scores.module()
                    + ", but a head of scores is trained and saved in full (modules_to_save); merge this adapter with PEFT"
                    + " and give the merged model.");
        }
    }

    /** The base's parameter that a whole tensor of an adapter stands for. */
    static Parameter parameter(AdapterTensor tensor, BaseModel base) {
        return parameter(parameterName(tensor), base);
    }

    /** The base's matrix beside which a module's pair stands. */
    static Parameter matrix(AdaptableModule module, BaseModel base) {
        return parameter(module.name() + ".weight", base);
    }

    private static Parameter parameter(String name, BaseModel base) {
        Parameter parameter = base.parameter(name);
        if (parameter == null) {
            throw new InputException("The adapter is made for " + name + ", but the model in " + base.directory()
                    + " has no weight of its own of that name; give the model that it was trained on.");
        }
        return parameter;
    }

    /** A tensor's place in the model: the name in the adapter file without PEFT's additions. */
    static String parameterName(AdapterTensor tensor) {
        return tensor.name().substring(PEFT_PREFIX.length()).replace(".base_layer.", ".");
    }

    /** Values with which a base is as it is without an adapter, by tensor name; a pair's first matrix stays what it is here. */
    public Map<String, float[]> withoutEffect(BaseModel base) {
        return new InitialAdapter(targets, base, 0).withoutEffect(this);
    }

    /** Returns these pairs with the values that training has given them by now; what is taken off stays. */
    public AdapterValues valued(Trainables trainables) {
        Map<String, Trainables.Trainable> trained = trainables.byName();
        Map<AdapterTensor, float[]> now = new LinkedHashMap<>();
        values.keySet()
                .forEach(tensor -> now.put(
                        tensor, trainables.values(Objects.requireNonNull(trained.get(tensor.name()), tensor.name()))));
        return new AdapterValues(targets, now, start);
    }

    /** The configuration of the adapter. */
    public LoraConfig config() {
        return targets.config();
    }
}
