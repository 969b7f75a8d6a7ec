package org.align4j.core.family;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/**
 * A model directory as the tensors and fields of a GGUF file. Matrices are held in the type asked for, as far as their rows are whole
 * blocks; norms, biases, routers and learned positions stay fp32, and next to Q4_0 the embedding and the head are Q8_0.
 */
public final class GgufModel {
    private static final List<String> SUFFIXES = List.of(".weight", ".bias");
    private static final Set<String> ALWAYS_WHOLE = Set.of("position_embd", "blk.#.ffn_gate_inp");
    private static final Set<String> ENDS = Set.of("token_embd", "output");

    /** What the names of a model start with that also sees. */
    private static final String SEEING = "model.language_model.";

    private final Path directory;
    private final GgufDescription description;
    private final Decoder decoder;
    private final WeightStore store;

    private GgufModel(Path directory, GgufDescription description, Decoder decoder) {
        this.directory = directory;
        this.description = description;
        this.decoder = decoder;
        this.store = CheckpointFiles.open(directory, decoder);
    }

    /**
     * Opens a model directory, of which headers are read.
     *
     * @throws InputException naming what a GGUF file can't say
     */
    public static GgufModel open(Path directory) {
        ConfigJson config = ConfigJson.read(directory.resolve("config.json"));
        config.requireReadableWeights();
        GgufDescription description = GgufDescription.of(config);
        return new GgufModel(directory, description, Families.decoder(config));
    }

    /** Returns the architecture that the file has. */
    public GgufArchitecture architecture() {
        return description.architecture();
    }

    /** Returns sentences for people about what the file has otherwise than the model. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(description.notes());
        long others = store.names().stream()
                .filter(name -> decoder.names().ignored().matcher(name).matches())
                .filter(name -> name.contains("vision") || name.contains("multi_modal"))
                .count();
        if (others > 0) {
            notes.add("The file holds the part that reads and writes text; " + others
                    + " tensors of the part that sees images are left out.");
        }
        return notes;
    }

    /** Returns how many rows the table of token embeddings has. */
    public int vocabulary() {
        return decoder.vocabulary();
    }

    /** Returns how many numbers the model's weights have. */
    public long elements() {
        return decoder.elements();
    }

    /** Adds what the file says of the model. */
    public void describe(GgufFields fields) {
        fields.all(description.fields());
    }

    /**
     * Adds all tensors to a file.
     *
     * @param type of matrices
     * @throws InputException where a weight of the model has no place in a file
     */
    public void addTo(GgufWriter writer, GgufType type) {
        description.rotations().forEach((name, values) -> writer.add(name, values, values.length));
        Set<String> left = new LinkedHashSet<>();
        decoder.parameters().stream().map(Parameter::name).map(GgufModel::plain).forEach(left::add);
        for (GgufRule rule : description.architecture().rules()) {
            for (int layer = 0; layer < (rule.isOfLayers() ? description.layers() : 1); layer++) {
                for (String suffix : SUFFIXES) {
                    List<String> names = rule.ours(layer, description.experts(), suffix);
                    if (!names.isEmpty() && left.contains(names.get(0))) {
                        names.forEach(left::remove);
                        add(writer, rule, rule.gguf(layer, suffix), names, type);
                    }
                }
            }
        }
        if (!left.isEmpty()) {
            throw new InputException(directory + " has " + left.iterator().next()
                    + ", which has no place in a GGUF file" + " of the architecture "
                    + architecture().gguf() + "; use the plain model directory (align merge).");
        }
    }

    /**
     * Adds a pair of LoRA matrices, in the order that their module's rows have in a file.
     *
     * @param module its name in a checkpoint
     * @param down {@code [rank, inputs]}
     * @param up {@code [outputs, rank]}
     * @param factor of the second matrix
     * @throws InputException where the module has no place in a file
     */
    public void addPair(GgufWriter writer, String module, TensorEntry down, TensorEntry up, double factor) {
        String name = plain(module + ".weight");
        for (GgufRule rule : description.architecture().rules()) {
            for (int layer = 0; layer < (rule.isOfLayers() ? description.layers() : 1); layer++) {
                if (!rule.isOfExperts() && rule.ours(layer, 0, ".weight").contains(name)) {
                    GgufRows rows = rule.rows() == GgufRows.TRANSPOSED ? GgufRows.AS_THEY_ARE : rule.rows();
                    double all = factor * factor(rule);
                    addMatrix(writer, rule.gguf(layer, ".weight.lora_a"), down, GgufRows.AS_THEY_ARE, 1);
                    addMatrix(writer, rule.gguf(layer, ".weight.lora_b"), up, rows, all);
                    return;
                }
            }
        }
        throw new InputException("The adapter is on " + module + ", which has no place of its own in a GGUF file of the"
                + " architecture " + architecture().gguf() + "; leave adapter-only out, so that it is merged.");
    }

    private void addMatrix(GgufWriter writer, String name, TensorEntry entry, GgufRows rows, double factor) {
        writer.add(
                name,
                GgufType.F32,
                Arrays.stream(entry.shape()).boxed().toList(),
                sink -> rows.toFile(new EntryMatrix(entry), description.heads(), values -> {
                    change(values, factor, 0);
                    sink.floats(values);
                }));
    }

    /** Returns the decoder of the model's config. */
    public Decoder decoder() {
        return decoder;
    }

    /** Returns a parameter's name as a model that reads text only has it. */
    private static String plain(String name) {
        return name.startsWith(SEEING) ? "model." + name.substring(SEEING.length()) : name;
    }

    private TensorEntry entry(String plain) {
        TensorEntry entry = store.find(plain);
        return entry != null
                ? entry
                : Objects.requireNonNull(store.find(SEEING + plain.substring(plain.indexOf('.') + 1)), plain);
    }

    private void add(GgufWriter writer, GgufRule rule, String name, List<String> names, GgufType type) {
        List<TensorEntry> entries = names.stream().map(this::entry).toList();
        long[] one = entries.get(0).shape();
        List<Long> shape = new ArrayList<>();
        if (rule.isOfExperts()) {
            shape.add((long) entries.size());
        }
        GgufRows rows = rule.rows(one.length == 1);
        shape.addAll(Arrays.stream(one).boxed().toList());
        if (rows == GgufRows.TRANSPOSED) {
            Collections.reverse(shape);
        }
        GgufType held = held(rule, one.length, shape.get(shape.size() - 1), type);
        double factor = factor(rule);
        writer.add(name, held, shape, sink -> {
            for (TensorEntry entry : entries) {
                rows.toFile(new EntryMatrix(entry), description.heads(), values -> {
                    change(values, factor, rule.onePlus() ? factor : 0);
                    sink.floats(values);
                });
            }
        });
    }

    /** Multiplies queries, or where queries are normed that norm's weight, where the file can't say how scores are scaled. */
    private double factor(GgufRule rule) {
        boolean normed = description.architecture() == GgufArchitecture.GEMMA3;
        return rule.gguf().equals(normed ? "blk.#.attn_q_norm" : "blk.#.attn_q") ? description.queryFactor() : 1;
    }

    private static void change(FloatBuffer values, double factor, double shift) {
        if (factor == 1 && shift == 0) {
            return;
        }
        for (int i = values.position(); i < values.limit(); i++) {
            values.put(i, (float) (values.get(i) * factor + shift));
        }
    }

    private GgufType held(GgufRule rule, int dimensions, long rowLength, GgufType type) {
        if (dimensions == 1 || ALWAYS_WHOLE.contains(rule.gguf())) {
            return GgufType.F32;
        }
        GgufType wanted = type == GgufType.Q4_0 && ENDS.contains(rule.gguf()) ? GgufType.Q8_0 : type;
        return wanted.fits(rowLength) ? wanted : GgufType.F16;
    }

    /** A tensor of a checkpoint by its rows; a vector has rows of one number. */
    private record EntryMatrix(TensorEntry entry) implements GgufRows.Matrix {
        @Override
        public long rows() {
            return entry.shape()[0];
        }

        @Override
        public int width() {
            return entry.shape().length == 1 ? 1 : Math.toIntExact(entry.shape()[1]);
        }

        @Override
        public void read(long first, FloatBuffer into) {
            entry.read(first * width(), into);
        }
    }
}
