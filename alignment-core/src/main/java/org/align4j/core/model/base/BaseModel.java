package org.align4j.core.model.base;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.model.stored.FrozenValue;
import org.align4j.core.model.stored.FrozenValues;
import org.align4j.core.model.stored.Residency;
import org.align4j.core.quantization.PackedLayout;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * The frozen weights of a model directory, never twice in memory: in their compute dtype, mapped from the files where that needs no
 * copy, or the matrices of the layers in few bits; see {@link Holding}.
 */
public final class BaseModel implements Weights, AutoCloseable {
    private static final long LARGE_TABLE = 64L << 20;

    private final Path directory;
    private final Decoder decoder;
    private final Holding holding;
    private final Scope scope;
    private final FrozenValues frozen;
    private final Map<String, FrozenValue> values = new HashMap<>();
    private final Map<String, Parameter> parameters = new HashMap<>();
    private final Set<String> inPlace = new HashSet<>();
    private @Nullable Quantized quantized;
    private long scaled;

    private BaseModel(Path directory, Decoder decoder, Holding holding, Scope scope) {
        this.directory = directory;
        this.decoder = decoder;
        this.holding = holding;
        this.scope = scope;
        this.frozen = new FrozenValues(scope, holding.residency());
        decoder.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    }

    /**
     * Loads a Hugging Face style directory.
     *
     * @param decoder what its config describes
     * @param dtype the compute dtype, F32 or BF16
     * @throws InputException where a weight or a shape is wrong; nothing is kept
     */
    public static BaseModel load(Path directory, Decoder decoder, Dtype dtype, Engine engine) {
        return load(directory, decoder, engine, Holding.resident(dtype), Map.of());
    }

    /** Loads a Hugging Face style directory, its weights held as asked. */
    public static BaseModel load(Path directory, Decoder decoder, Engine engine, Holding holding) {
        return load(directory, decoder, engine, holding, Map.of());
    }

    /**
     * Loads a Hugging Face style directory whose files may lack some weights.
     *
     * @param made row-major values, by name, of weights that are new where the files don't have them
     */
    public static BaseModel load(
            Path directory, Decoder decoder, Engine engine, Holding holding, Map<String, float[]> made) {
        BaseModel model = new BaseModel(directory, decoder, holding, engine.open());
        try {
            model.load(CheckpointFiles.open(directory, decoder), made);
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * Returns a model of this body and its weights with a head of scores instead of its own; nothing is loaded again. It
     * must be closed before this model.
     *
     * @param made row-major values, by name, of the head's parameters
     */
    public BaseModel withScores(Linear head, Map<String, float[]> made) {
        return sharing(decoder.withScores(head), scope.inner(), made);
    }

    /**
     * Returns a model that computes on another engine of the same device with these weights, or with a head of scores in place of
     * this model's own; nothing is loaded again. It must be closed before this model, which stays open.
     *
     * @param other this model's decoder, or one that differs in its head
     * @param made row-major values, by name, of the parameters that this model doesn't have
     */
    public BaseModel over(Engine engine, Decoder other, Map<String, float[]> made) {
        return sharing(other, engine.open(), made);
    }

    private BaseModel sharing(Decoder shape, Scope own, Map<String, float[]> made) {
        BaseModel other = new BaseModel(directory, shape, holding, own);
        other.values.putAll(values);
        other.inPlace.addAll(inPlace);
        other.quantized = quantized;
        other.scaled = scaled;
        shape.parameters().stream()
                .filter(p -> made.containsKey(p.name()) || !values.containsKey(p.name()))
                .forEach(p -> other.values.put(p.name(), other.make(p, made.get(p.name()))));
        return other;
    }

    private void load(WeightStore store, Map<String, float[]> made) {
        List<Parameter> stored = stored(store, made.keySet());
        Map<String, long[]> shapes = new LinkedHashMap<>();
        stored.forEach(p -> shapes.put(p.name(), p.shape()));
        store.requireExactly(shapes, name -> CheckpointFiles.isLeftOver(name, decoder));
        scaled = stored.stream()
                .filter(p -> store.require(p.name(), p.shape()).scales() != null)
                .count();
        if (holding.quantized() != null) {
            QuantizedMatrices matrices = new QuantizedMatrices(decoder, store, holding.quantized());
            QuantizedFile file = matrices.file();
            matrices.sources().forEach((name, source) -> values.put(name, fromFewBits(file, name, source)));
            quantized = matrices.facts(file);
        }
        for (Parameter parameter : stored) {
            if (!values.containsKey(parameter.name())) {
                TensorEntry entry = store.require(parameter.name(), parameter.shape());
                boolean passes = comesWithEachUse(parameter);
                Dtype dtype = dtype(parameter);
                if (passes && frozen.isMappable(entry, dtype)) {
                    inPlace.add(parameter.name());
                }
                values.put(parameter.name(), passes ? frozen.mappedAtUse(entry, dtype) : frozen.stored(entry, dtype));
            }
        }
        decoder.parameters().stream()
                .filter(p -> !stored.contains(p))
                .forEach(p -> values.put(p.name(), make(p, made.get(p.name()))));
    }

    /**
     * Whether a matrix's pages are not to stay while layers are in use that never need them: a large table of which a forward reads
     * few rows, each with the pages about it; the head and any table where the layers' matrices don't stay either.
     */
    private boolean comesWithEachUse(Parameter parameter) {
        boolean table = parameter.equals(decoder.embedding());
        return holding.madeAtUse()
                ? table || parameter.equals(decoder.head())
                : table && !decoder.tied() && bytes(parameter) >= LARGE_TABLE;
    }

    /** The parameters that the files must have: all but those that are made where they are missing. */
    private List<Parameter> stored(WeightStore store, Set<String> made) {
        return decoder.parameters().stream()
                .filter(p -> store.find(p.name()) != null || !made.contains(p.name()))
                .toList();
    }

    private FrozenValue make(Parameter parameter, float @Nullable [] numbers) {
        try (Scope inner = scope.inner()) {
            NDArray given = inner.floats(Objects.requireNonNull(numbers, parameter.name()), parameter.shape());
            NDArray value = scope.keep(TensorKernels.copy(inner, given, dtype(parameter)));
            return user -> value;
        }
    }

    private FrozenValue fromFewBits(QuantizedFile file, String name, QuantizedFile.Source source) {
        TensorEntry entry = source.entry();
        PackedLayout layout = new PackedLayout(holding.quantization(), entry.elements());
        long[] shape = entry.shape();
        if (!source.turned()) {
            return frozen.quantized(file.entry(name), layout, dtype(), shape);
        }
        FrozenValue turned = frozen.quantized(file.entry(name), layout, dtype(), shape[1], shape[0]);
        return inner -> DecoderKernels.transposed(inner, turned.value(inner));
    }

    public Path directory() {
        return directory;
    }

    public Decoder decoder() {
        return decoder;
    }

    /** Returns the parameter of a name; null where there is none. */
    public @Nullable Parameter parameter(String name) {
        return parameters.get(name);
    }

    /** Returns the compute dtype. */
    public Dtype dtype() {
        return holding.dtype();
    }

    /**
     * Returns the dtype that a parameter's value has in this model. What experts are chosen by and a head of scores stay
     * fp32: bf16 would make ties of close scores.
     */
    public Dtype dtype(Parameter parameter) {
        return decoder.isOfScores(parameter) ? Dtype.F32 : parameter.dtype(holding.dtype());
    }

    public Engine engine() {
        return scope.engine();
    }

    /** Tells whether a matrix is made for each use, so that no graph may keep it. */
    public boolean madeAtUse() {
        return holding.madeAtUse();
    }

    /** Counts the bytes of a parameter's value in the dtype it has here. */
    public long bytes(Parameter parameter) {
        return parameter.elements() * dtype(parameter).bytes();
    }

    /**
     * Counts the bytes that stay in memory: nothing of what is mapped or made at each use, nor of a table of which few rows
     * are read.
     */
    public long heldBytes() {
        if (holding.residency() == Residency.MAPPED) {
            return 0;
        }
        Set<String> packed = quantized == null ? Set.of() : quantized.names();
        long few = quantized == null ? 0 : quantized.bytesAfter();
        return few
                + decoder.parameters().stream()
                        .filter(p -> !packed.contains(p.name()) && !inPlace.contains(p.name()))
                        .mapToLong(this::bytes)
                        .sum();
    }

    /** Counts the bytes of the head's matrix where it comes with each use; 0 where it stays. */
    public long passingHeadBytes() {
        boolean passes = holding.residency() == Residency.MAPPED
                || (holding.madeAtUse() && inPlace.contains(decoder.head().name()));
        return passes ? bytes(decoder.head()) : 0;
    }

    /** Returns how the weights are held. */
    public Holding holding() {
        return holding;
    }

    /** Returns what is held in few bits; null: nothing. */
    public @Nullable Quantized quantized() {
        return quantized;
    }

    /** Lists for people what is not held as the files have it, a line each. */
    public List<String> describe() {
        List<String> lines = new ArrayList<>();
        if (scaled > 0) {
            lines.add("The files have " + scaled
                    + " matrices in 8-bit floats with a scale for each block; they are read as " + holding.dtype()
                    + ".");
        }
        if (quantized != null) {
            lines.add(quantized.describe());
        }
        return lines;
    }

    /** Returns the scope that lives as long as the model. */
    public Scope scope() {
        return scope;
    }

    @Override
    public NDArray value(Scope inner, Parameter parameter) {
        FrozenValue value = values.get(parameter.name());
        if (value == null) {
            throw new IllegalArgumentException("The model in " + directory + " has no " + parameter + ".");
        }
        return value.value(inner);
    }

    /** Names the first weight that holds NaN or an infinity; those in few bits were looked at when they were made. */
    public void requireFinite() {
        WeightStore store = CheckpointFiles.open(directory, decoder);
        Set<String> packed = quantized == null ? Set.of() : quantized.names();
        for (Parameter parameter : decoder.parameters()) {
            TensorEntry entry = store.find(parameter.name());
            if (entry != null && !packed.contains(parameter.name())) {
                // Through maps that end with the look: a table of which few rows are read must not come into memory
                // whole.
                requireFinite(parameter, frozen.passing(entry, dtype(parameter)));
            }
        }
    }

    private void requireFinite(Parameter parameter, FrozenValue value) {
        try (Scope inner = scope.inner()) {
            if (!TensorKernels.isFinite(inner, value.value(inner))) {
                throw new InputException(directory + ": " + parameter.name()
                        + " holds NaN or infinite values; the weights are damaged, fetch them again.");
            }
        }
    }

    @Override
    public void close() {
        values.clear();
        frozen.close();
        scope.close();
    }
}
