package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.OptimizerKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * What training changes: fp32 masters, the leaves that the forward pass reads (the same memory, or a copy in the compute
 * dtype that {@link #refresh} renews), and fp32 gradients that passes add to. Tensors live until {@link #close}.
 */
public final class Trainables implements AutoCloseable {
    private final Scope scope;
    private final String gradientRole;
    private final List<Trainable> members = new ArrayList<>();
    private final Map<String, TakenOff> starts = new LinkedHashMap<>();
    private final Map<String, Trainable> byParameter = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<String, TensorList> chosen = new LinkedHashMap<>();

    /** Leaves and gradient buffers of some of the tensors, as kernels take them. */
    public record Group(TensorList leaves, TensorList gradients) {}

    /** An empty set whose tensors live in a scope of their own. */
    public Trainables(Scope scope) {
        this(scope, "buffers");
    }

    private Trainables(Scope scope, String gradientRole) {
        this.scope = scope;
        this.gradientRole = gradientRole;
    }

    /** Adds a tensor under the name of its file and of the base's parameter; {@code values} are copied. */
    public Trainable add(String name, String parameter, NDArray values, boolean decays, Dtype compute) {
        if (byParameter.containsKey(parameter)) {
            throw new IllegalArgumentException(name + " is trained already; names must differ.");
        }
        NDArray master = TensorKernels.copy(scope, values, Dtype.F32);
        NDArray source = compute == Dtype.F32 ? master : TensorKernels.copy(scope, master, compute);
        Trainable member = new Trainable(
                name,
                parameter,
                master,
                Autograd.leaf(scope, source),
                scope.zeros(master.getShape().getShape()),
                decays);
        members.add(member);
        byParameter.put(parameter, member);
        groups.clear();
        chosen.clear();
        return member;
    }

    /** Adds what is taken off a trained tensor under that tensor's name; {@code values} are copied. */
    public TakenOff addStart(String name, NDArray values, Dtype compute) {
        NDArray master = TensorKernels.copy(scope, values, Dtype.F32);
        NDArray value = compute == Dtype.F32 ? master : TensorKernels.copy(scope, master, compute);
        TakenOff start = new TakenOff(name, master, value);
        starts.put(name, start);
        return start;
    }

    /** What is taken off, by the name of the trained tensor; empty where nothing is. */
    public Map<String, TakenOff> starts() {
        return Collections.unmodifiableMap(starts);
    }

    /** Returns these tensors with gradients of their own, zero to begin with. Whoever asks closes it. */
    public Trainables withOwnGradients() {
        Trainables other = new Trainables(scope.inner(), "own");
        for (Trainable m : members) {
            Trainable member = new Trainable(
                    m.name(),
                    m.parameter(),
                    m.master(),
                    m.leaf(),
                    other.scope.zeros(m.gradient().getShape().getShape()),
                    m.decays());
            other.members.add(member);
            other.byParameter.put(member.parameter(), member);
        }
        return other;
    }

    /** Adds another set's gradients of the same tensors to these. */
    public void addGradients(Trainables other) {
        try (Scope inner = scope.inner()) {
            OptimizerKernels.addAll(inner, all().gradients(), other.addends());
        }
    }

    /** Counts the values that passes depend on. */
    public long values() {
        return valued().mapToLong(NDArray::size).sum();
    }

    /** Hands on the values that passes depend on, fp32, tensor by tensor: what trains in the order added, then what is taken off. */
    public void copyValues(Consumer<FloatBuffer> target) {
        read(valued(), target);
    }

    /**
     * Overwrites all values with those of {@link #copyValues} of the same tensors.
     *
     * @param next gives as many of the next values as it is asked for
     */
    public void setValues(IntFunction<FloatBuffer> next) {
        overwrite(valued(), next);
        refresh();
        refreshStarts();
    }

    /** Hands on the gradients, tensor by tensor in the order added. */
    public void copyGradients(Consumer<FloatBuffer> target) {
        read(members.stream().map(Trainable::gradient), target);
    }

    /**
     * Overwrites the gradients with those of {@link #copyGradients} of the same tensors.
     *
     * @param next gives as many of the next values as it is asked for
     */
    public void setGradients(IntFunction<FloatBuffer> next) {
        overwrite(members.stream().map(Trainable::gradient), next);
    }

    private Stream<NDArray> valued() {
        return Stream.concat(
                members.stream().map(Trainable::master),
                starts.values().stream().map(TakenOff::master));
    }

    private void read(Stream<NDArray> tensors, Consumer<FloatBuffer> target) {
        try (Scope inner = scope.inner()) {
            tensors.forEach(tensor -> target.accept(TensorKernels.floats(inner, tensor)));
        }
    }

    private void overwrite(Stream<NDArray> tensors, IntFunction<FloatBuffer> next) {
        try (Scope inner = scope.inner()) {
            tensors.forEach(
                    tensor -> TensorKernels.overwrite(inner, tensor, next.apply(Math.toIntExact(tensor.size()))));
        }
    }

    /**
     * Returns a reader of values that gives as many of the next ones as it is asked for, for {@link #setValues} and {@link #setGradients}.
     *
     * @param values read from its position on
     */
    public static IntFunction<FloatBuffer> next(FloatBuffer values) {
        return count -> {
            if (count > values.remaining()) {
                throw new IllegalArgumentException(
                        values.remaining() + " values are left for " + count + " elements; they must be as many.");
            }
            FloatBuffer part = values.slice().limit(count);
            values.position(values.position() + count);
            return part;
        };
    }

    /** All trained tensors, in the order added. */
    public List<Trainable> members() {
        return List.copyOf(members);
    }

    /** All trained tensors by the names that files have. */
    public Map<String, Trainable> byName() {
        Map<String, Trainable> result = new LinkedHashMap<>();
        members.forEach(m -> result.put(m.name(), m));
        return result;
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** What is trained in place of a base parameter, or null. */
    public @Nullable Trainable trainableOf(Parameter parameter) {
        return byParameter.get(parameter.name());
    }

    /** What is trained of a matrix's module: itself, or the parts of its low-rank pair. */
    public List<Trainable> of(Parameter matrix) {
        return members.stream()
                .filter(m -> module(m.parameter()).equals(module(matrix.name())))
                .toList();
    }

    /** What is trained of the modules that some of the base's parameters belong to. */
    public List<Trainable> of(Stream<Parameter> parameters) {
        Set<String> modules = modules(parameters);
        return members.stream()
                .filter(m -> modules.contains(module(m.parameter())))
                .toList();
    }

    /**
     * The gradients of some leaves as a kernel takes them.
     *
     * @param key stands for the leaves
     * @param leaves null: a tensor without elements in this place
     */
    public TensorList gradientsOf(String key, List<@Nullable NDArray> leaves) {
        return chosen.computeIfAbsent(key, name -> {
            IdentityHashMap<NDArray, NDArray> byLeaf = new IdentityHashMap<>();
            members.forEach(m -> byLeaf.put(m.leaf(), m.gradient()));
            NDArray none = scope.zeros(0);
            List<NDArray> gradients = new ArrayList<>();
            for (NDArray leaf : leaves) {
                gradients.add(leaf == null ? none : Objects.requireNonNull(byLeaf.get(leaf), name));
            }
            return TensorList.of(scope, "buffers", gradients);
        });
    }

    /** Returns the values of a trained tensor, fp32 in row-major order. */
    float[] values(Trainable member) {
        try (Scope inner = scope.inner()) {
            return TensorKernels.toFloats(inner, member.master());
        }
    }

    /** Counts the trained values. */
    public long elements() {
        return members.stream().mapToLong(m -> m.master().getShape().size()).sum();
    }

    /** Copies the masters into leaves of another dtype, after an update. */
    public void refresh() {
        copy(members, Trainable::leaf, Trainable::master);
    }

    /** Copies the masters of what is taken off into values of another dtype, after they were read. */
    public void refreshStarts() {
        copy(List.copyOf(starts.values()), TakenOff::value, TakenOff::master);
    }

    private <T> void copy(List<T> all, Function<T, NDArray> target, Function<T, NDArray> source) {
        List<T> copies = all.stream()
                .filter(m ->
                        !target.apply(m).getDataType().equals(source.apply(m).getDataType()))
                .toList();
        if (copies.isEmpty()) {
            return;
        }
        try (Scope inner = scope.inner()) {
            TensorKernels.fillAll(
                    inner,
                    TensorList.of(inner, "targets", copies.stream().map(target).toList()),
                    TensorList.of(inner, "sources", copies.stream().map(source).toList()));
        }
    }

    /** Sets all gradients to zero. */
    public void zeroGradients() {
        try (Scope inner = scope.inner()) {
            OptimizerKernels.zero(inner, all().gradients());
        }
    }

    /** The gradients in a role of their own: a call of a kernel knows its lists by their roles. */
    private TensorList addends() {
        return chosen.computeIfAbsent(
                "addends",
                key -> TensorList.of(
                        scope, key, members.stream().map(Trainable::gradient).toList()));
    }

    private Group all() {
        return group("all", m -> true);
    }

    /** The tensors of the modules that some of the base's parameters belong to, under a name that stands for these. */
    public Group group(String key, Stream<Parameter> parameters) {
        Group known = groups.get(key);
        if (known != null) {
            return known;
        }
        Set<String> modules = modules(parameters);
        return group(key, m -> modules.contains(module(m.parameter())));
    }

    private static Set<String> modules(Stream<Parameter> parameters) {
        return parameters.map(p -> module(p.name())).collect(Collectors.toSet());
    }

    /** The name up to what the module calls its tensor. */
    private static String module(String parameter) {
        int pair = parameter.indexOf(".lora_");
        return parameter.substring(0, pair < 0 ? parameter.lastIndexOf('.') : pair);
    }

    private Group group(String key, Predicate<Trainable> taken) {
        return groups.computeIfAbsent(key, name -> {
            List<Trainable> some = members.stream().filter(taken).toList();
            return new Group(
                    TensorList.of(
                            scope, "leaves", some.stream().map(Trainable::leaf).toList()),
                    TensorList.of(
                            scope,
                            gradientRole,
                            some.stream().map(Trainable::gradient).toList()));
        });
    }

    @Override
    public void close() {
        scope.close();
    }

    /**
     * Holds one trained tensor with its gradient.
     *
     * @param name as its file has it
     * @param parameter the base's parameter that it stands for, or the place of a low-rank matrix in the model
     * @param master fp32
     * @param leaf in the compute dtype, in the gradient graph
     * @param gradient fp32, of the shape of {@code master}
     * @param decays whether weight decay applies
     */
    public record Trainable(
            String name, String parameter, NDArray master, NDArray leaf, NDArray gradient, boolean decays) {

        /** Whether passes read the master itself, because that is in the compute dtype already. */
        public boolean usesMasterWeights() {
            return leaf.getDataType().equals(master.getDataType());
        }
    }
}
