package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/** The frozen weights of a model directory, held once in their compute dtype, mapped from the files where that needs no copy. */
public final class BaseModel implements Weights, AutoCloseable {
    private static final String HEAD = "lm_head.weight";

    private final Path directory;
    private final Decoder decoder;
    private final Dtype dtype;
    private final Scope scope;
    private final Map<String, NDArray> values = new HashMap<>();
    private final Map<String, Parameter> parameters = new HashMap<>();

    private BaseModel(Path directory, Decoder decoder, Dtype dtype, Scope scope) {
        this.directory = directory;
        this.decoder = decoder;
        this.dtype = dtype;
        this.scope = scope;
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
        return load(directory, decoder, dtype, engine, Map.of());
    }

    /**
     * The same where the files may lack some weights.
     *
     * @param made row-major values, by name, of weights that are new where the files don't have them
     */
    public static BaseModel load(
            Path directory, Decoder decoder, Dtype dtype, Engine engine, Map<String, float[]> made) {
        BaseModel model = new BaseModel(directory, decoder, dtype, engine.open());
        try {
            WeightStore store = store(directory, decoder);
            List<Parameter> stored = decoder.parameters().stream()
                    .filter(p -> store.find(p.name()) != null || !made.containsKey(p.name()))
                    .toList();
            Map<String, long[]> shapes = new LinkedHashMap<>();
            stored.forEach(p -> shapes.put(p.name(), p.shape()));
            store.requireExactly(shapes, name -> isLeftOver(name, decoder));
            new ValueLoader(model.scope, model::dtype).load(store, stored, model.values);
            decoder.parameters().stream()
                    .filter(p -> !stored.contains(p))
                    .forEach(p -> model.values.put(p.name(), model.make(p, made.get(p.name()))));
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * The same body and weights with a head of scores instead of its own; nothing is loaded again. It must be closed before
     * this model.
     *
     * @param made row-major values, by name, of the head's parameters
     */
    public BaseModel withScores(Linear head, Map<String, float[]> made) {
        BaseModel other = new BaseModel(directory, decoder.withScores(head), dtype, scope.inner());
        other.values.putAll(values);
        head.parameters().forEach(p -> other.values.put(p.name(), other.make(p, made.get(p.name()))));
        return other;
    }

    private NDArray make(Parameter parameter, float @Nullable [] numbers) {
        try (Scope inner = scope.inner()) {
            NDArray values = inner.floats(Objects.requireNonNull(numbers, parameter.name()), parameter.shape());
            return scope.keep(TensorKernels.copy(inner, values, dtype(parameter)));
        }
    }

    /**
     * The weights of a model directory under the names of its decoder: other spellings of the family are undone, and a tied
     * matrix that the file has under the head's name stands under the embedding's.
     */
    public static WeightStore store(Path directory, Decoder decoder) {
        WeightStore store = WeightStore.open(directory);
        String anchor =
                decoder.layers().get(0).parameters().findFirst().orElseThrow().name();
        for (CheckpointNames.Prefix prefix : decoder.names().prefixes()) {
            if (store.find(anchor) == null
                    && anchor.startsWith(prefix.ours())
                    && store.find(prefix.theirs()
                                    + anchor.substring(prefix.ours().length()))
                            != null) {
                store = store.renamed(prefix.theirs(), prefix.ours());
            }
        }
        String embedding = decoder.embedding().name();
        boolean mayBeTied = decoder.tied() || decoder.scores() != null;
        boolean underHead = mayBeTied && store.find(embedding) == null && store.find(HEAD) != null;
        return underHead ? store.renamed(HEAD, embedding) : store;
    }

    /** Tensors that real checkpoints carry and no forward pass needs. */
    private static boolean isLeftOver(String name, Decoder decoder) {
        return decoder.names().ignored().matcher(name).matches() || (decoder.tied() && name.equals(HEAD));
    }

    public Path directory() {
        return directory;
    }

    public Decoder decoder() {
        return decoder;
    }

    /** The parameter of a name; null where there is none. */
    public @Nullable Parameter parameter(String name) {
        return parameters.get(name);
    }

    /** The compute dtype. */
    public Dtype dtype() {
        return dtype;
    }

    /**
     * The dtype that a parameter's value has here. What experts are chosen by and a head of scores stay fp32: bf16 would make
     * ties of close scores.
     */
    public Dtype dtype(Parameter parameter) {
        return decoder.isOfScores(parameter) ? Dtype.F32 : parameter.dtype(dtype);
    }

    public Engine engine() {
        return scope.engine();
    }

    /** Lives as long as the model. */
    public Scope scope() {
        return scope;
    }

    @Override
    public NDArray value(Scope inner, Parameter parameter) {
        NDArray value = values.get(parameter.name());
        if (value == null) {
            throw new IllegalArgumentException("The model in " + directory + " has no " + parameter + ".");
        }
        return value;
    }

    /** Names the first weight that holds NaN or an infinity. */
    public void requireFinite() {
        for (Parameter parameter : decoder.parameters()) {
            try (Scope inner = scope.inner()) {
                if (!TensorKernels.isFinite(inner, value(inner, parameter))) {
                    throw new InputException(directory + ": " + parameter.name()
                            + " holds NaN or infinite values; the weights are damaged, fetch them again.");
                }
            }
        }
    }

    @Override
    public void close() {
        values.clear();
        scope.close();
    }
}
