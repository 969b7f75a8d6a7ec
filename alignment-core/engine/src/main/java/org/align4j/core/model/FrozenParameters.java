package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.BaseModel.Quantized;
import org.align4j.core.model.FrozenValues.FrozenValue;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.quantization.Quantization.PackedLayout;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.weights.FileHash;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/** The values of a base's parameters: brought from the files as a {@link Holding} asks, shared with another base, or made. */
final class FrozenParameters implements AutoCloseable {

    private final Decoder decoder;
    private final Holding holding;
    private final Scope scope;
    private final FrozenValues frozen;
    private final Map<String, FrozenValue> values = new HashMap<>();
    private final Map<String, FrozenValue> unrestored = new HashMap<>();
    private final Set<String> inPlace = new HashSet<>();
    private @Nullable Quantized quantized;
    private long scaled;

    /** @param scope owns what stays in memory */
    FrozenParameters(Decoder decoder, Holding holding, Scope scope) {
        this.decoder = decoder;
        this.holding = holding;
        this.scope = scope;
        this.frozen = new FrozenValues(scope, holding.residency());
    }

    /**
     * Takes the values of another base, which must live longer.
     *
     * @param made row-major values, by name, of the parameters that the other doesn't have
     */
    void share(FrozenParameters other, Map<String, float[]> made) {
        values.putAll(other.values);
        unrestored.putAll(other.unrestored);
        inPlace.addAll(other.inPlace);
        quantized = other.quantized;
        scaled = other.scaled;
        decoder.parameters().stream()
                .filter(p -> made.containsKey(p.name()) || !other.values.containsKey(p.name()))
                .forEach(p -> values.put(p.name(), make(p, made.get(p.name()))));
    }

    /** Takes the values of another base as they are stored; it must live longer. */
    void shareStored(FrozenParameters other) {
        decoder.parameters().forEach(parameter -> {
            FrozenValue stored =
                    other.holding.isRestored(parameter, decoder) ? other.unrestored.get(parameter.name()) : null;
            FrozenValue value = Objects.requireNonNull(other.values.get(parameter.name()), parameter.name());
            values.put(parameter.name(), stored == null ? cast(value, parameter) : stored);
        });
        inPlace.addAll(other.inPlace);
        quantized = other.quantized;
        scaled = other.scaled;
    }

    /** Small values are kept in this base's dtype, those that are made for each use are made in it. */
    private FrozenValue cast(FrozenValue value, Parameter parameter) {
        Dtype dtype = dtype(parameter);
        if (holding.isPassing() && parameter.role() != Parameter.Role.NORM && parameter.role() != Parameter.Role.BIAS) {
            return restored(value, dtype);
        }
        try (Scope inner = scope.inner()) {
            NDArray kept = scope.keep(TensorKernels.copy(inner, value.value(inner), dtype));
            return user -> kept;
        }
    }

    private static FrozenValue restored(FrozenValue value, Dtype dtype) {
        return user -> {
            try (Scope inner = user.inner()) {
                return user.keep(TensorKernels.cast(inner, value.value(inner), dtype));
            }
        };
    }

    /**
     * Takes every parameter's value from files, or makes it where they lack it.
     *
     * @param made row-major values, by name, of weights that are new where the files don't have them
     */
    void load(WeightStore store, Map<String, float[]> made) {
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
                boolean passes = holding.isReadPerUse(parameter, decoder);
                Dtype dtype = holding.storedDtype(parameter, decoder);
                if (passes && frozen.isMappable(entry, dtype)) {
                    inPlace.add(parameter.name());
                }
                FrozenValue value = passes ? frozen.mapped(entry, dtype) : frozen.stored(entry, dtype);
                unrestored.put(parameter.name(), value);
                boolean restored = holding.isRestored(parameter, decoder);
                values.put(parameter.name(), restored ? restored(value, dtype(parameter)) : value);
            }
        }
        decoder.parameters().stream()
                .filter(p -> !stored.contains(p))
                .forEach(p -> values.put(p.name(), make(p, made.get(p.name()))));
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
            return frozen.quantized(file.entry(name), layout, holding.dtype(), shape);
        }
        FrozenValue turned = frozen.quantized(file.entry(name), layout, holding.dtype(), shape[1], shape[0]);
        return inner -> DecoderKernels.transposed(inner, turned.value(inner));
    }

    /** Returns a parameter's value for use while the scope is open; null where there is none. */
    @Nullable
    NDArray value(Scope inner, Parameter parameter) {
        FrozenValue value = values.get(parameter.name());
        return value == null ? null : value.value(inner);
    }

    /** Returns a parameter's value as it is stored, for use while the scope is open; null where there is none. */
    @Nullable
    NDArray stored(Scope inner, Parameter parameter) {
        FrozenValue value = unrestored.get(parameter.name());
        return value == null ? value(inner, parameter) : value.value(inner);
    }

    /** Returns the dtype that a parameter's value has. */
    Dtype dtype(Parameter parameter) {
        return holding.dtype(parameter, decoder);
    }

    /** Counts the bytes of a parameter's value. */
    long bytes(Parameter parameter) {
        return parameter.elements() * dtype(parameter).bytes();
    }

    /** Counts the bytes that stay in memory. */
    long heldBytes() {
        if (holding.residency() == Residency.MAPPED) {
            return 0;
        }
        Set<String> packed = quantized == null ? Set.of() : quantized.names();
        long few = quantized == null ? 0 : quantized.bytesAfter();
        return few
                + decoder.parameters().stream()
                        .filter(p -> !packed.contains(p.name()) && !inPlace.contains(p.name()))
                        .mapToLong(p -> holding.storedBytes(p, decoder))
                        .sum();
    }

    /** Counts the bytes of the head's matrix that come with each use, as it is stored and as it is restored; 0 where it stays. */
    long passingHeadBytes() {
        Parameter head = decoder.head();
        boolean passes =
                holding.residency() == Residency.MAPPED || (holding.isPassing() && inPlace.contains(head.name()));
        return (passes ? holding.storedBytes(head, decoder) : 0) + holding.restoredHeadBytes(decoder);
    }

    /** Returns what is held in few bits; null: nothing. */
    @Nullable
    Quantized quantized() {
        return quantized;
    }

    /** Returns how many matrices the files have in 8-bit floats with scales. */
    long scaled() {
        return scaled;
    }

    /** Finds the first weight that holds NaN or an infinity; null: none does. Those in few bits were looked at when they were made. */
    @Nullable
    Parameter firstNotFinite(WeightStore store) {
        Set<String> packed = quantized == null ? Set.of() : quantized.names();
        for (Parameter parameter : decoder.parameters()) {
            TensorEntry entry = store.find(parameter.name());
            if (entry != null && !packed.contains(parameter.name()) && !isFinite(checkedValue(parameter, entry))) {
                return parameter;
            }
        }
        return null;
    }

    /**
     * Reads a value to check it, on a CPU through a map that ends with the check, so that a table of which few rows are read
     * isn't loaded whole. Where every weight is a copy on the device, the copy is looked at, since another would cross the bus
     * again.
     */
    private FrozenValue checkedValue(Parameter parameter, TensorEntry entry) {
        return scope.engine().profile().readsFilesInPlace()
                ? frozen.passing(entry, dtype(parameter))
                : Objects.requireNonNull(values.get(parameter.name()), parameter.name());
    }

    private boolean isFinite(FrozenValue value) {
        try (Scope inner = scope.inner()) {
            return TensorKernels.isFinite(inner, value.value(inner));
        }
    }

    @Override
    public void close() {
        values.clear();
        frozen.close();
    }

    /**
     * The matrices of a decoder's layers, experts included, to be held in few bits: neither embeddings, norms, routers nor the head.
     * Blocks run along a layer's inputs; where a weight lies as {@code [in, out]} it is turned first, as bitsandbytes sees it. Stacks of
     * experts, which bitsandbytes leaves alone, are quantised as they lie.
     */
    static final class QuantizedMatrices {
        /** What the file's name hangs on next to the weights; to be raised when codes or layout change. */
        private static final String VERSION = "1";

        private final WeightStore store;
        private final Holding.QuantizedStorage held;
        private final Map<String, QuantizedFile.Source> sources = new LinkedHashMap<>();

        QuantizedMatrices(Decoder decoder, WeightStore store, Holding.QuantizedStorage held) {
            this.store = store;
            this.held = held;
            Set<Parameter> turned = decoder.linears().stream()
                    .filter(Linear::transposed)
                    .map(Linear::weight)
                    .collect(Collectors.toSet());
            matrices(decoder).forEach(matrix -> {
                TensorEntry entry = store.require(matrix.name(), matrix.shape());
                sources.put(matrix.name(), new QuantizedFile.Source(entry, turned.contains(matrix)));
            });
        }

        /** Lists a decoder's matrices that are quantised. */
        static Stream<Parameter> matrices(Decoder decoder) {
            return decoder.layers().stream().flatMap(QuantizedMatrices::matrices);
        }

        /** Lists a layer's matrices that are quantised. */
        static Stream<Parameter> matrices(DecoderLayer layer) {
            return layer.parameters()
                    .filter(p -> p.role() == Parameter.Role.MATRIX || p.role() == Parameter.Role.STACK);
        }

        /** Returns where each matrix is read from, by the parameter's name. */
        Map<String, QuantizedFile.Source> sources() {
            return sources;
        }

        /** The file of them, made where it is missing or damaged. */
        QuantizedFile file() {
            Hasher key = Hashing.sha256().newHasher();
            List<Path> files = store.tensors().values().stream()
                    .map(TensorEntry::file)
                    .distinct()
                    .toList();
            FileHash.all(files).forEach(hash -> key.putString(hash, StandardCharsets.UTF_8));
            key.putString(held.quantization().text() + VERSION, StandardCharsets.UTF_8);
            sources.values().stream()
                    .map(source -> source.entry().scales())
                    .filter(Objects::nonNull)
                    .map(scales -> scales.rows() + "x" + scales.columns())
                    .distinct()
                    .forEach(blocks -> key.putString(blocks, StandardCharsets.UTF_8));
            Path file = held.folder().resolve(key.hash() + ".safetensors");
            return QuantizedFile.openOrMake(file, held.quantization(), sources);
        }

        Quantized facts(QuantizedFile file) {
            long before = sources.values().stream()
                    .mapToLong(source -> source.entry().bytes())
                    .sum();
            return new Quantized(
                    held.quantization(), file.path(), sources.keySet(), before, file.bytes(), file.replaced());
        }
    }
}
