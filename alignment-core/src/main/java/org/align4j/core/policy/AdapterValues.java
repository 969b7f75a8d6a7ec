package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.LoraConfig;
import org.align4j.core.lora.LoraInitialization;
import org.align4j.core.lora.LoraTarget;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.peft.AdapterFolder;
import org.align4j.core.lora.peft.AdapterTensor;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.model.Weights.LoraPair;

/**
 * An adapter's values, ready to stand over a base: low-rank pairs beside linear layers, whole modules instead of the base's.
 *
 * @param targets what is adapted
 * @param values fp32, row-major, one array a tensor of the adapter file, in its order
 */
public record AdapterValues(LoraTargets targets, Map<AdapterTensor, float[]> values) {
    private static final String PEFT_PREFIX = "base_model.model.";

    /** Refuses kinds of adapters that can't be applied exactly. */
    public AdapterValues {
        if (targets.config().dora()) {
            throw new InputException("the adapter uses DoRA, which can't be applied yet; use plain or rslora.");
        }
        for (LoraTarget target : targets.adapted()) {
            if (!target.module().innerLinear()) {
                throw new InputException(
                        "the adapter stands on " + target.module().name()
                                + ", but low-rank pairs can stand on the inner linear layers only; leave it out of the targets.");
            }
        }
    }

    /** The modules of a decoder as adapters see them, in the order of the forward pass. */
    public static List<AdaptableModule> modules(Decoder decoder) {
        List<AdaptableModule> modules = new ArrayList<>();
        modules.add(module(decoder.embedding(), AdaptableModule.Kind.EMBEDDING));
        decoder.linears()
                .forEach(linear -> modules.add(new AdaptableModule(
                        linear.module(),
                        linear.transposed() ? AdaptableModule.Kind.CONV1D : AdaptableModule.Kind.LINEAR,
                        List.of(linear.weight().shape()[0], linear.weight().shape()[1]),
                        linear.bias() != null)));
        if (!decoder.tied()) {
            modules.add(module(decoder.head(), AdaptableModule.Kind.OUTPUT));
        }
        return List.copyOf(modules);
    }

    private static AdaptableModule module(Parameter weight, AdaptableModule.Kind kind) {
        String name = weight.name().replaceAll("\\.weight$", "");
        return new AdaptableModule(name, kind, List.of(weight.shape()[0], weight.shape()[1]), false);
    }

    /**
     * A new adapter: A Kaiming-uniform as PEFT draws it (or Gaussian), B zero; each tensor's numbers follow from the seed and
     * its name alone. Modules trained in full start from the base.
     */
    public static AdapterValues initial(LoraTargets targets, BaseModel base, long seed) {
        LoraInitialization initialization = targets.config().initialization();
        if (initialization.changesBase()) {
            throw new InputException("lora-variant " + initialization.peftName()
                    + " can't be trained yet, since it changes the base; use plain or rslora.");
        }
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        for (AdapterTensor tensor : AdapterTensor.of(targets)) {
            values.put(
                    tensor,
                    switch (tensor.part()) {
                        case A -> kaimingUniform(tensor, seed);
                        case B -> new float[elements(tensor)];
                        default -> baseValues(tensor, base);
                    });
        }
        return new AdapterValues(targets, values);
    }

    /**
     * Reads a PEFT folder.
     *
     * @throws InputException where it doesn't fit the decoder
     */
    public static AdapterValues read(Path folder, Decoder decoder, String modelType) {
        AdapterFolder opened = AdapterFolder.open(folder, modules(decoder), modelType);
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        opened.tensors().forEach((tensor, entry) -> {
            if (tensor.part() != AdapterTensor.Part.BASE_WEIGHT) {
                values.put(tensor, entry.floats());
            }
        });
        return new AdapterValues(opened.targets(), values);
    }

    /** PyTorch's {@code kaiming_uniform_(a=sqrt(5))}: uniform within {@code ±1/sqrt(in)}. */
    private static float[] kaimingUniform(AdapterTensor tensor, long seed) {
        long hash = Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putString(tensor.name(), StandardCharsets.UTF_8)
                .hash()
                .asLong();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(hash);
        double bound = 1 / Math.sqrt(tensor.shape().get(1));
        float[] values = new float[elements(tensor)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return values;
    }

    private static float[] baseValues(AdapterTensor tensor, BaseModel base) {
        try (Scope scope = base.engine().open()) {
            return TensorKernels.toFloats(scope, base.value(scope, parameter(tensor, base.decoder())));
        }
    }

    private static int elements(AdapterTensor tensor) {
        return Math.toIntExact(tensor.shape().stream().reduce(1L, Math::multiplyExact));
    }

    /** The base's parameter that a whole tensor stands for. */
    private static Parameter parameter(AdapterTensor tensor, Decoder decoder) {
        String name = parameterName(tensor);
        return decoder.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new InputException("the adapter holds " + tensor.name()
                        + ", but the model has no weight of its own of that name."));
    }

    private static String parameterName(AdapterTensor tensor) {
        return tensor.name().substring(PEFT_PREFIX.length()).replace(".base_layer.", ".");
    }

    /** The configuration of the adapter. */
    public LoraConfig config() {
        return targets.config();
    }

    /** Trained tensors over the base, added to {@code trainables}. */
    Weights trainedOver(BaseModel base, Trainables trainables, Scope scope) {
        return over(base, scope, (tensor, values) -> {
            boolean decays =
                    tensor.part() != AdapterTensor.Part.BIAS && tensor.part() != AdapterTensor.Part.ADAPTED_BIAS;
            return trainables
                    .add(tensor.name(), parameterName(tensor), values, decays, base.dtype())
                    .leaf();
        });
    }

    /** The same values over the base, frozen; tensors belong to {@code scope}. */
    Weights frozenOver(BaseModel base, Scope scope) {
        return over(base, scope, (tensor, values) -> {
            try (Scope inner = scope.inner()) {
                return scope.keep(TensorKernels.copy(inner, values, base.dtype()));
            }
        });
    }

    private interface Placement {
        NDArray place(AdapterTensor tensor, NDArray values);
    }

    private Weights over(BaseModel base, Scope scope, Placement placement) {
        Map<String, NDArray> whole = new HashMap<>();
        Map<String, NDArray> a = new HashMap<>();
        Map<String, NDArray> b = new HashMap<>();
        values.forEach((tensor, numbers) -> {
            try (Scope inner = scope.inner()) {
                long[] shape =
                        tensor.shape().stream().mapToLong(Long::longValue).toArray();
                NDArray placed = placement.place(tensor, inner.floats(numbers, shape));
                switch (tensor.part()) {
                    case A -> a.put(tensor.module().name(), placed);
                    case B -> b.put(tensor.module().name(), placed);
                    default -> whole.put(parameter(tensor, base.decoder()).name(), placed);
                }
            }
        });
        Map<String, LoraPair> pairs = new HashMap<>();
        for (LoraTarget target : targets.adapted()) {
            String module = target.module().name();
            NDArray down = Objects.requireNonNull(a.get(module), module);
            NDArray up = Objects.requireNonNull(b.get(module), module);
            pairs.put(module, new LoraPair(down, up, target.scaling(), config().dropout()));
        }
        return new OverlaidWeights(base, whole, pairs);
    }
}
