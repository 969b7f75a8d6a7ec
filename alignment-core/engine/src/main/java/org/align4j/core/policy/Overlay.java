package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.LoraKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.AdapterFolder.AdapterTensor.Part;
import org.align4j.core.lora.LoraTargets.LoraTarget;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/** Puts something over a base: an adapter's values, to train or frozen, or every weight again, to train. */
final class Overlay {
    private final AdapterValues adapter;
    private final BaseModel base;
    private final Scope scope;
    private final @Nullable Trainables trainables;
    private final Map<String, NDArray> placed = new HashMap<>();
    private final Map<String, NDArray> startPlaced = new HashMap<>();

    private Overlay(AdapterValues adapter, BaseModel base, Scope scope, @Nullable Trainables trainables) {
        this.adapter = adapter;
        this.base = base;
        this.scope = scope;
        this.trainables = trainables;
    }

    /** Puts an adapter over a base, its tensors added to {@code trainables}; what else there is belongs to {@code scope}. */
    public static Weights trained(AdapterValues adapter, BaseModel base, Trainables trainables, Scope scope) {
        return new Overlay(adapter, base, scope, trainables).weights();
    }

    /** Puts an adapter over a base, frozen; tensors belong to {@code scope}. */
    public static Weights frozen(AdapterValues adapter, BaseModel base, Scope scope) {
        return new Overlay(adapter, base, scope, null).weights();
    }

    /** Puts every weight that can train over the base, from fp32 masters; the base keeps the values of the start. */
    public static Weights everyWeight(BaseModel base, Trainables trainables) {
        Map<String, NDArray> values = new HashMap<>();
        base.decoder().parameters().stream().filter(Parameter::trains).forEach(parameter -> {
            String name = parameter.name();
            try (Scope inner = base.scope().inner()) {
                Trainable member = trainables.add(
                        name, name, base.value(inner, parameter), parameter.decays(), base.dtype(parameter));
                values.put(name, member.leaf());
            }
        });
        return new OverlaidWeights(base, values, Map.of());
    }

    /** Whether a module's weight lies as [in, out]. */
    static boolean transposed(AdaptableModule module) {
        return module.type() == AdaptableModule.ModuleType.CONV1D
                || module.type() == AdaptableModule.ModuleType.EMBEDDING;
    }

    private Weights weights() {
        Map<String, NDArray> whole = new HashMap<>();
        adapter.values().forEach((tensor, numbers) -> {
            NDArray value = place(tensor, numbers);
            placed.put(tensor.name(), value);
            switch (tensor.part()) {
                case A, B, EMBEDDING_A, EMBEDDING_B, MAGNITUDE -> {}
                default -> whole.put(AdapterValues.parameter(tensor, base).name(), value);
            }
        });
        adapter.start().forEach((tensor, numbers) -> startPlaced.put(tensor.name(), placeStart(tensor, numbers)));
        Map<String, LoraPair> pairs = new HashMap<>();
        for (LoraTarget target : adapter.targets().adapted()) {
            String matrix = AdapterValues.matrix(target.module(), base).name();
            pairs.put(matrix, pair(target));
        }
        requireSeparate(whole.keySet(), pairs.keySet());
        return new OverlaidWeights(base, whole, pairs);
    }

    /** A tied output has no matrix of its own, and one that a trained table takes the place of has no pair. */
    private void requireSeparate(Set<String> whole, Set<String> pairs) {
        Decoder decoder = base.decoder();
        String output = decoder.output().name();
        boolean replaced =
                pairs.contains(output) && whole.contains(decoder.embedding().name());
        if (decoder.tied() && (whole.contains(output) || replaced)) {
            throw new InputException("modules-to-save has "
                    + (replaced ? decoder.embedding() : decoder.output()).module() + ", but the model in "
                    + base.directory() + " has one matrix for the lookup of tokens and the output"
                    + (replaced
                            ? ", to which lora-targets adds a pair; drop one of the two."
                            : "; name it in lora-targets."));
        }
    }

    private NDArray place(AdapterTensor tensor, float[] numbers) {
        // Magnitudes stay fp32: near 1, a step of bf16 is larger than what they learn.
        Dtype dtype = tensor.part() == Part.MAGNITUDE ? Dtype.F32 : dtype(tensor);
        try (Scope inner = scope.inner()) {
            NDArray values = inner.floats(numbers, shape(tensor));
            if (trainables == null) {
                return scope.keep(TensorKernels.copy(inner, values, dtype));
            }
            boolean decays = tensor.part() != Part.BIAS && tensor.part() != Part.ADAPTED_BIAS;
            return trainables
                    .add(tensor.name(), AdapterValues.parameterName(tensor), values, decays, dtype)
                    .leaf();
        }
    }

    private NDArray placeStart(AdapterTensor tensor, float[] numbers) {
        try (Scope inner = scope.inner()) {
            NDArray values = inner.floats(numbers, shape(tensor));
            return trainables == null
                    ? scope.keep(TensorKernels.copy(inner, values, dtype(tensor)))
                    : trainables.addStart(tensor.name(), values, dtype(tensor)).value();
        }
    }

    /** Returns the dtype of an adapter's tensor: that of the weight beside which it stands. */
    private Dtype dtype(AdapterTensor tensor) {
        return base.dtype(AdapterValues.matrix(tensor.module(), base));
    }

    private static long[] shape(AdapterTensor tensor) {
        return tensor.shape().stream().mapToLong(Long::longValue).toArray();
    }

    private LoraPair pair(LoraTarget target) {
        AdaptableModule module = target.module();
        boolean embedding = module.type() == AdaptableModule.ModuleType.EMBEDDING;
        AdapterTensor a = AdapterTensor.of(module, embedding ? Part.EMBEDDING_A : Part.A, target.rank());
        AdapterTensor b = AdapterTensor.of(module, embedding ? Part.EMBEDDING_B : Part.B, target.rank());
        NDArray startA = startPlaced.get(a.name());
        NDArray startB = startPlaced.get(b.name());
        return new LoraPair(
                Objects.requireNonNull(placed.get(a.name()), a.name()),
                Objects.requireNonNull(placed.get(b.name()), b.name()),
                target.scaling(),
                adapter.config().dropout(),
                transposed(module),
                startA == null || startB == null ? null : new LoraPair.Start(startA, startB),
                adapter.config().start().dora() ? magnitudes(target) : null);
    }

    private LoraPair.Magnitudes magnitudes(LoraTarget target) {
        AdaptableModule module = target.module();
        String name = AdapterTensor.of(module, Part.MAGNITUDE, target.rank()).name();
        try (Scope inner = scope.inner()) {
            NDArray weight = base.value(inner, AdapterValues.matrix(module, base));
            return new LoraPair.Magnitudes(
                    Objects.requireNonNull(placed.get(name), name),
                    scope.keep(LoraKernels.squares(inner, weight, transposed(module))));
        }
    }

    /**
     * Holds values and low-rank pairs laid over the base's weights.
     *
     * @param values by parameter name: instead of the base's
     * @param pairs by parameter name: added to the base's
     */
    record OverlaidWeights(Weights base, Map<String, NDArray> values, Map<String, LoraPair> pairs) implements Weights {

        @Override
        public NDArray value(Scope scope, Parameter parameter) {
            NDArray over = values.get(parameter.name());
            return over == null ? base.value(scope, parameter) : over;
        }

        @Override
        public NDArray stored(Scope scope, Parameter parameter) {
            NDArray over = values.get(parameter.name());
            return over == null ? base.stored(scope, parameter) : over;
        }

        @Override
        public Dtype dtype() {
            return base.dtype();
        }

        @Override
        public boolean replaces(Parameter parameter) {
            return values.containsKey(parameter.name());
        }

        @Override
        public @Nullable LoraPair lora(Parameter matrix) {
            return pairs.get(matrix.name());
        }
    }
}
