package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.jspecify.annotations.Nullable;

/**
 * A reference that is moved toward the policy (TR-DPO, Gorbatovski et al. 2024): a second set of the trained tensors over the
 * same base, fp32 masters and, in another compute dtype, the values that passes read. It costs {@link #bytes} and the passes
 * that score with it. In a checkpoint it is {@code reference.safetensors}. Its tensors live as long as the policy's.
 */
public final class SyncedReference implements Weights, Saved {
    private static final String FILE = "reference.safetensors";

    private final Policy policy;
    private final Scope scope;
    private final List<Trainable> members;
    private final List<NDArray> masters = new ArrayList<>();
    private final List<NDArray> values = new ArrayList<>();
    private final IdentityHashMap<NDArray, NDArray> byLeaf = new IdentityHashMap<>();

    private SyncedReference(Policy policy, Scope scope) {
        this.policy = policy;
        this.scope = scope;
        this.members = policy.trainables().members();
        for (Trainable member : members) {
            NDArray master = TensorKernels.copy(scope, member.master(), Dtype.F32);
            NDArray value = member.usesMasterWeights()
                    ? master
                    : TensorKernels.copy(scope, member.leaf(), policy.base().dtype());
            masters.add(master);
            values.add(value);
            byLeaf.put(member.leaf(), value);
        }
    }

    /** Makes a reference that is the policy as it is now; it lives as long as the policy. */
    public static SyncedReference of(Policy policy) {
        return new SyncedReference(policy, policy.scope().inner());
    }

    /** Makes a reference that is the policy's base, from values with which its adapter has no effect. */
    public static SyncedReference ofBase(Policy policy, AdapterValues adapter) {
        SyncedReference reference = of(policy);
        reference.set(adapter.withoutEffect(policy.base()));
        return reference;
    }

    /** Takes other values, by the names of the trained tensors. */
    private void set(Map<String, float[]> others) {
        try (Scope inner = scope.inner()) {
            for (int i = 0; i < masters.size(); i++) {
                String name = members.get(i).name();
                StoredTensors.fill(inner, masters.get(i), Objects.requireNonNull(others.get(name), name));
            }
        }
        refresh();
    }

    /**
     * Moves toward the policy: each tensor becomes {@code mixup * policy + (1 - mixup) * reference}, in fp32.
     *
     * @param mixup the policy's share; 1 makes the reference the policy
     */
    public void sync(double mixup) {
        try (Scope inner = scope.inner()) {
            TensorKernels.mixAll(
                    inner,
                    TensorList.of(inner, "targets", masters),
                    TensorList.of(
                            inner,
                            "sources",
                            members.stream().map(Trainable::master).toList()),
                    mixup);
        }
        refresh();
    }

    /** Copies the masters into values of another dtype. */
    private void refresh() {
        List<NDArray> targets = new ArrayList<>();
        List<NDArray> sources = new ArrayList<>();
        for (int i = 0; i < masters.size(); i++) {
            if (values.get(i) != masters.get(i)) {
                targets.add(values.get(i));
                sources.add(masters.get(i));
            }
        }
        if (targets.isEmpty()) {
            return;
        }
        try (Scope inner = scope.inner()) {
            TensorKernels.fillAll(
                    inner, TensorList.of(inner, "targets", targets), TensorList.of(inner, "sources", sources));
        }
    }

    /** Counts the memory of a synced reference of a policy. */
    public static long bytes(Policy policy) {
        long bytes = 0;
        for (Trainable member : policy.trainables().members()) {
            long copy = member.usesMasterWeights() ? 0 : policy.base().dtype().bytes();
            bytes += member.master().getShape().size() * (Dtype.F32.bytes() + copy);
        }
        return bytes;
    }

    @Override
    public NDArray value(Scope owner, Parameter parameter) {
        return own(policy.weights().value(owner, parameter));
    }

    @Override
    public Dtype dtype() {
        return policy.base().dtype();
    }

    @Override
    public @Nullable LoraPair lora(Parameter matrix) {
        LoraPair pair = policy.weights().lora(matrix);
        return pair == null ? null : pair.replaced(this::own);
    }

    /** What is here in place of a tensor that trains; any other tensor is shared. */
    private NDArray own(NDArray value) {
        NDArray own = byLeaf.get(value);
        return own == null ? value : own;
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int i = 0; i < masters.size(); i++) {
            StoredTensors.add(writer, scope, members.get(i).name(), masters.get(i));
        }
        writer.write(checkpoint.resolve(FILE));
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        SafetensorsFile file = SafetensorsFile.open(checkpoint.resolve(FILE));
        try (Scope inner = scope.inner()) {
            for (int i = 0; i < masters.size(); i++) {
                StoredTensors.fill(inner, masters.get(i), file, members.get(i).name());
            }
        }
        refresh();
    }
}
