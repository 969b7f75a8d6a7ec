package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.OptimizerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;

/**
 * What training changes: fp32 masters, the leaves that the forward pass reads (the same memory, or a copy in the compute
 * dtype that {@link #refresh} renews), and fp32 gradients that passes add to. Tensors live until {@link #close}.
 */
public final class Trainables implements AutoCloseable {
    private final Scope scope;
    private final List<Trainable> members = new ArrayList<>();
    private final Map<String, Trainable> byName = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();

    /**
     * One trained tensor.
     *
     * @param name as its file has it
     * @param master fp32
     * @param leaf in the compute dtype, in the gradient graph
     * @param gradient fp32, of the shape of {@code master}
     * @param decays whether weight decay applies
     */
    public record Trainable(String name, NDArray master, NDArray leaf, NDArray gradient, boolean decays) {}

    /** Leaves and gradient buffers of some of the tensors, as kernels take them. */
    record Group(TensorList leaves, TensorList gradients) {}

    /** An empty set whose tensors live in a scope of their own. */
    public Trainables(Scope scope) {
        this.scope = scope;
    }

    /** Adds a tensor; {@code values} fp32 are copied. */
    public Trainable add(String name, NDArray values, boolean decays, Dtype compute) {
        if (byName.containsKey(name)) {
            throw new IllegalArgumentException(name + " is trained already; names must differ.");
        }
        NDArray master = TensorKernels.copy(scope, values, Dtype.F32);
        NDArray source = compute == Dtype.F32 ? master : TensorKernels.copy(scope, master, compute);
        Trainable member = new Trainable(
                name,
                master,
                Autograd.leaf(scope, source),
                scope.zeros(master.getShape().getShape()),
                decays);
        members.add(member);
        byName.put(name, member);
        groups.clear();
        return member;
    }

    /** In the order added. */
    public List<Trainable> members() {
        return List.copyOf(members);
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** The tensor of a name. */
    public Trainable get(String name) {
        Trainable member = byName.get(name);
        if (member == null) {
            throw new IllegalArgumentException("Nothing trained is called " + name + ".");
        }
        return member;
    }

    /** Whether a tensor of this name is trained. */
    public boolean contains(String name) {
        return byName.containsKey(name);
    }

    /** Number of trained values. */
    public long elements() {
        return members.stream().mapToLong(m -> m.master().getShape().size()).sum();
    }

    /** Copies the masters into leaves of another dtype, after an update. */
    public void refresh() {
        List<Trainable> copies = members.stream()
                .filter(m -> !m.leaf().getDataType().equals(m.master().getDataType()))
                .toList();
        if (copies.isEmpty()) {
            return;
        }
        try (Scope inner = scope.inner()) {
            TensorKernels.fillAll(
                    inner,
                    TensorList.of(
                            inner,
                            "targets",
                            copies.stream().map(Trainable::leaf).toList()),
                    TensorList.of(
                            inner,
                            "sources",
                            copies.stream().map(Trainable::master).toList()));
        }
    }

    /** Sets all gradients to zero. */
    public void zeroGradients() {
        try (Scope inner = scope.inner()) {
            OptimizerKernels.zero(inner, all().gradients());
        }
    }

    Group all() {
        return group("all", m -> true);
    }

    /** The tensors that a predicate takes, under a name that stands for the predicate. */
    Group group(String key, Predicate<Trainable> taken) {
        return groups.computeIfAbsent(key, name -> {
            List<Trainable> some = members.stream().filter(taken).toList();
            return new Group(
                    TensorList.of(
                            scope, "leaves", some.stream().map(Trainable::leaf).toList()),
                    TensorList.of(
                            scope,
                            "buffers",
                            some.stream().map(Trainable::gradient).toList()));
        });
    }

    @Override
    public void close() {
        scope.close();
    }
}
