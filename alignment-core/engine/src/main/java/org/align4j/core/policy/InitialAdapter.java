package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.LoraKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.AdaptableModule;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.LoraTargets.LoraTarget;
import org.align4j.core.model.BaseModel;

/**
 * An adapter's values before the first step, as PEFT makes them. Plain: A Kaiming-uniform and B zero, for embeddings A zero and
 * B normal; DoRA's magnitudes are the norms of the weight. PiSSA and OLoRA start from the weight itself, and what they start with
 * is taken off again, so that the adapted model starts as the base. Modules trained in full start from the base.
 */
final class InitialAdapter {
    private final LoraTargets targets;
    private final BaseModel base;
    private final long seed;
    private final Map<AdapterTensor, float[]> start = new LinkedHashMap<>();
    private final Map<String, Factors> factors = new HashMap<>();

    /** The low-rank pair that a weight was taken apart into. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Factors(float[] a, float[] b) {}

    InitialAdapter(LoraTargets targets, BaseModel base, long seed) {
        this.targets = targets;
        this.base = base;
        this.seed = seed;
    }

    AdapterValues values() {
        LoraInitialization initialization = targets.config().start().initialization();
        switch (initialization) {
            case ZERO -> {}
            case PISSA, OLORA -> targets.adapted().forEach(target -> decompose(target, initialization));
            default ->
                throw new InputException("the initialization is " + initialization.peftName()
                        + ", from which no training can start; use plain, rslora, dora, pissa or olora.");
        }
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        for (AdapterTensor tensor : AdapterTensor.of(targets)) {
            Factors own = factors.get(tensor.module().name());
            values.put(tensor, own == null ? plain(tensor) : decomposed(tensor, own));
        }
        return new AdapterValues(targets, values, start);
    }

    /** Values with which the base is as it is without an adapter, by tensor name; a pair's first matrix stays what it is. */
    Map<String, float[]> withoutEffect(AdapterValues adapter) {
        Map<String, float[]> values = new HashMap<>();
        adapter.values().forEach((tensor, own) -> {
            boolean kept = tensor.part() == AdapterTensor.Part.A || tensor.part() == AdapterTensor.Part.EMBEDDING_B;
            values.put(tensor.name(), kept ? own : plain(tensor));
        });
        return values;
    }

    private float[] plain(AdapterTensor tensor) {
        return switch (tensor.part()) {
            case A -> kaimingUniform(tensor);
            case B, EMBEDDING_A -> new float[Math.toIntExact(tensor.elements())];
            case EMBEDDING_B -> normal(tensor);
            case MAGNITUDE -> norms(tensor.module());
            default -> baseValues(tensor);
        };
    }

    private float[] decomposed(AdapterTensor tensor, Factors own) {
        return switch (tensor.part()) {
            case A -> {
                start.put(tensor, own.a);
                yield own.a;
            }
            case B -> {
                start.put(tensor, negated(own.b));
                yield own.b;
            }
            default -> plain(tensor);
        };
    }

    private void decompose(LoraTarget target, LoraInitialization initialization) {
        AdaptableModule module = target.module();
        String variant = initialization.peftName();
        if (module.type() == AdaptableModule.ModuleType.EMBEDDING) {
            throw new InputException("lora-variant is " + variant + ", which needs linear layers, but lora-targets has "
                    + module.name() + "; leave the embedding out, or use plain.");
        }
        long most = Math.min(module.inFeatures(), module.outFeatures());
        if (target.rank() > most) {
            throw new InputException("lora-rank is " + target.rank() + " but " + module.name() + " is "
                    + module.outFeatures() + " by " + module.inFeatures() + ", and lora-variant " + variant
                    + " can give it at most " + most + "; lower lora-rank, or lower it there with lora-rank-pattern.");
        }
        boolean transposed = Overlay.transposed(module);
        try (Scope scope = base.engine().open()) {
            NDArray weight = base.value(scope, AdapterValues.matrix(module, base));
            LoraKernels.Pair pair = initialization == LoraInitialization.PISSA
                    ? LoraKernels.singular(scope, weight, target.rank(), target.scaling(), transposed)
                    : LoraKernels.orthonormal(scope, weight, target.rank(), transposed);
            factors.put(
                    module.name(), new Factors(pair.a().toFloatArray(), pair.b().toFloatArray()));
        }
    }

    private static float[] negated(float[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = -values[i];
        }
        return result;
    }

    /** PyTorch's {@code kaiming_uniform_(a=sqrt(5))}: uniform within {@code ±1/sqrt(in)}. */
    private float[] kaimingUniform(AdapterTensor tensor) {
        RandomGenerator random = random(tensor);
        double bound = 1 / Math.sqrt(tensor.shape().get(1));
        float[] values = new float[Math.toIntExact(tensor.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return values;
    }

    private float[] normal(AdapterTensor tensor) {
        RandomGenerator random = random(tensor);
        float[] values = new float[Math.toIntExact(tensor.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private RandomGenerator random(AdapterTensor tensor) {
        long hash = Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putString(tensor.name(), StandardCharsets.UTF_8)
                .hash()
                .asLong();
        return Objects.requireNonNull(RandomGeneratorFactory.of("L64X128MixRandom"))
                .create(hash);
    }

    private float[] norms(AdaptableModule module) {
        try (Scope scope = base.engine().open()) {
            NDArray weight = base.value(scope, AdapterValues.matrix(module, base));
            float[] norms = LoraKernels.squares(scope, weight, Overlay.transposed(module))
                    .toFloatArray();
            for (int i = 0; i < norms.length; i++) {
                norms[i] = (float) Math.sqrt(norms[i]);
            }
            return norms;
        }
    }

    private float[] baseValues(AdapterTensor tensor) {
        try (Scope scope = base.engine().open()) {
            return TensorKernels.toFloats(scope, base.value(scope, AdapterValues.parameter(tensor, base)));
        }
    }
}
