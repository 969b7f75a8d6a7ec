package org.align4j.core.model;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * The frozen weights of a model directory, never twice in memory: in their compute dtype, mapped from the files where that needs no
 * copy, or the matrices of the layers in few bits; see {@link Holding}.
 */
public final class BaseModel implements Weights, AutoCloseable {
    private final Path directory;
    private final Decoder decoder;
    private final Holding holding;
    private final Scope scope;
    private final FrozenParameters values;
    private final Map<String, Parameter> parameters = new HashMap<>();
    private @Nullable BaseModel asStored;

    private BaseModel(Path directory, Decoder decoder, Holding holding, Scope scope) {
        this.directory = directory;
        this.decoder = decoder;
        this.holding = holding;
        this.scope = scope;
        this.values = new FrozenParameters(decoder, holding, scope);
        decoder.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
        parameters.putIfAbsent(decoder.output().name(), decoder.output());
    }

    /** Returns the parameter whose value is in a place: a tied output has the embedding's. */
    private Parameter held(Parameter place) {
        return place.equals(decoder.output()) ? decoder.head() : place;
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
            model.values.load(CheckpointFiles.open(directory, decoder), made);
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
        other.values.share(values, made);
        return other;
    }

    /**
     * Returns this model with products in the dtype in which its weights are stored: for steps of few rows, whose time goes into reading
     * weights. It is this model itself where products have that dtype, and is closed with it.
     */
    public synchronized BaseModel asStored() {
        if (!holding.precision().restores()) {
            return this;
        }
        BaseModel other = asStored;
        if (other == null) {
            other = new BaseModel(directory, decoder, holding.asStored(), scope.inner());
            other.values.shareStored(values);
            asStored = other;
        }
        return other;
    }

    /**
     * Returns weights that stand over this model in the dtype of {@link #asStored}.
     *
     * @param own owns what is converted; must be open as long as they are used
     */
    public Weights asStored(Scope own, Weights weights) {
        BaseModel other = asStored();
        return other == this ? weights : weights == this ? other : new StoredWeights(other, weights, own);
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

    @Override
    public Dtype dtype() {
        return holding.dtype();
    }

    /**
     * Returns the dtype that a parameter's value has in this model. What experts are chosen by and a head of scores stay
     * fp32: bf16 would make ties of close scores.
     */
    public Dtype dtype(Parameter parameter) {
        return values.dtype(held(parameter));
    }

    public Engine engine() {
        return scope.engine();
    }

    /** Returns whether a matrix is made for each use, so that no graph of autograd may keep it. */
    public boolean isOnDemand() {
        return holding.isOnDemand();
    }

    /** Counts the bytes of a parameter's value in the dtype it has here. */
    public long bytes(Parameter parameter) {
        return values.bytes(parameter);
    }

    /**
     * Counts the bytes that stay in memory: nothing of what is mapped or made at each use, nor of a table of which few rows
     * are read.
     */
    public long heldBytes() {
        return values.heldBytes();
    }

    /** Counts the bytes of the head's matrix that come with each use, as it is stored and as it is restored; 0 where it stays. */
    public long passingHeadBytes() {
        return values.passingHeadBytes();
    }

    /** Returns how the weights are held. */
    public Holding holding() {
        return holding;
    }

    /** Returns what is held in few bits; null: nothing. */
    public @Nullable Quantized quantized() {
        return values.quantized();
    }

    /** Lists for people what is not held as the files have it, a line each. */
    public List<String> describe() {
        List<String> lines = new ArrayList<>();
        if (values.scaled() > 0) {
            lines.add("The files have " + values.scaled()
                    + " matrices in 8-bit floats with a scale for each block; they are read as " + holding.dtype()
                    + ".");
        }
        Quantized quantized = values.quantized();
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
        return there(values.value(inner, held(parameter)), parameter);
    }

    @Override
    public NDArray stored(Scope inner, Parameter parameter) {
        return there(values.stored(inner, held(parameter)), parameter);
    }

    /**
     * Returns the head's matrix for {@link org.align4j.core.kernel.HeadKernels}, which restore it themselves, for use while {@code inner} is
     * open.
     *
     * @param weights over this model
     */
    public NDArray head(Scope inner, Weights weights) {
        return weights.stored(inner, decoder.head());
    }

    /** Returns how many positions' logits are in memory at a time where nobody says otherwise. */
    public int logitRows() {
        return holding.logitRows(engine().profile(), decoder);
    }

    private NDArray there(@Nullable NDArray value, Parameter parameter) {
        if (value == null) {
            throw new IllegalArgumentException("The model in " + directory + " has no " + parameter + ".");
        }
        return value;
    }

    /** Names the first weight that holds NaN or an infinity; those in few bits were looked at when they were made. */
    public void requireFinite() {
        Parameter broken = values.firstNotFinite(CheckpointFiles.open(directory, decoder));
        if (broken != null) {
            throw new InputException(directory + ": " + broken.name()
                    + " holds NaN or infinite values; the weights are damaged, fetch them again.");
        }
    }

    @Override
    public synchronized void close() {
        BaseModel other = asStored;
        if (other != null) {
            other.close();
        }
        values.close();
        scope.close();
    }

    /** The files of a model directory, read under the names that a decoder has for its weights. */
    public static final class CheckpointFiles {
        private CheckpointFiles() {}

        /**
         * The weights of a model directory under the names of its decoder: other spellings of the family are undone, and a tied
         * matrix that the file has under the head's name is under the embedding's.
         */
        public static WeightStore open(Path directory, Decoder decoder) {
            WeightStore store = WeightStore.open(directory);
            for (CheckpointNames.Prefix prefix : decoder.names().prefixes()) {
                String anchor = anchor(decoder, prefix.ours());
                if (anchor != null
                        && store.find(anchor) == null
                        && store.find(prefix.theirs()
                                        + anchor.substring(prefix.ours().length()))
                                != null) {
                    store = store.renamed(prefix.theirs(), prefix.ours());
                }
            }
            StackedNames stacks = decoder.names().stacks();
            if (stacks != null) {
                store = stacks.unstacked(store);
            }
            String embedding = decoder.embedding().name();
            boolean mayBeTied = decoder.tied() || decoder.scores() != null;
            boolean underHead = mayBeTied && store.find(embedding) == null && store.find(CheckpointNames.HEAD) != null;
            return underHead ? store.renamed(CheckpointNames.HEAD, embedding) : store;
        }

        /** The name by which a file's spelling is known: one of the first layer where it starts so, else any; null: none does. */
        private static @Nullable String anchor(Decoder decoder, String start) {
            return Stream.concat(decoder.layers().get(0).parameters(), decoder.parameters().stream())
                    .map(Parameter::name)
                    .filter(name -> name.startsWith(start))
                    .findFirst()
                    .orElse(null);
        }

        /** Whether a tied matrix is under the name of a language model's head alone. */
        public static boolean hasEmbeddingAsHead(Path directory, Decoder decoder) {
            TensorEntry embedding =
                    open(directory, decoder).find(decoder.embedding().name());
            return embedding != null && CheckpointNames.isHead(embedding.name());
        }

        /** Tensors that real checkpoints carry and no forward pass needs. */
        static boolean isLeftOver(String name, Decoder decoder) {
            return decoder.names().ignored().matcher(name).matches()
                    || (decoder.tied() && CheckpointNames.isHead(name));
        }
    }

    /**
     * The part of a model that is held in few bits, and what that saves.
     *
     * @param quantization how
     * @param file where
     * @param names of the parameters
     * @param bytesBefore of them in the model's files
     * @param bytesAfter of them in {@code file}, constants included
     * @param replaced whether {@code file} was damaged and had to be made again
     */
    public record Quantized(
            Quantization quantization,
            Path file,
            Set<String> names,
            long bytesBefore,
            long bytesAfter,
            boolean replaced) {
        public Quantized {
            names = Set.copyOf(names);
        }

        /** Says for people what is held how, and what that saves. */
        public String describe() {
            return format(
                    "Quantised %d matrices of the layers to %s: %,d bytes before, %,d after, in %s; embeddings, norms and the head"
                            + " stay as they are.%s",
                    names.size(),
                    quantization.text(),
                    bytesBefore,
                    bytesAfter,
                    file,
                    replaced ? " The file was damaged and has been made again." : "");
        }
    }
}
