package org.align4j.core.session;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model directory with other values: every tensor under the name that the directory's files have for it,
 * those that the decoder does not use (a vision tower, buffers) as they are.
 *
 * @param values of the decoder's parameters
 * @param model the directory the base came from
 * @param dtype of the decoder's weights, or null for what the files have
 */
record FullModelWeights(
        Decoder decoder,
        FullModelFiles.Values values,
        Path model,
        @Nullable StoredDtype dtype) {
    private static final long SHARD_BYTES = 5L << 30;

    /** Writes {@code model.safetensors} or shards. */
    void write(Path directory) {
        Map<String, Parameter> left = new LinkedHashMap<>();
        decoder.parameters().forEach(parameter -> left.put(parameter.name(), parameter));
        SafetensorsWriter writer = new SafetensorsWriter();
        WeightStore store = CheckpointFiles.open(model, decoder);
        store.tensors().forEach((name, entry) -> {
            Parameter parameter = left.remove(name);
            if (parameter != null) {
                add(writer, written(entry, parameter), plain(entry), parameter);
            } else if (decoder.tied() && CheckpointNames.isHead(name)) {
                add(writer, entry.name(), plain(entry), decoder.embedding());
            } else if (decoder.scores() == null || !(isReplacedHead(entry, decoder) || isRespelled(name, entry))) {
                writer.add(entry);
            }
        });
        // What the files don't have is new, a head of scores.
        left.forEach((name, parameter) -> add(writer, name, StoredDtype.F32, parameter));
        writer.writeModel(directory, SHARD_BYTES);
    }

    /**
     * The name that a tensor has in what is written: the file's own. A model of scores has the names of its class, which finds neither an
     * embedding under a language model's head nor, beside the head of scores, a body without its prefix (GPT-2's files of 2019).
     */
    private String written(TensorEntry entry, Parameter parameter) {
        return decoder.scores() == null ? entry.name() : parameter.name();
    }

    /** The files' own dtype; BF16 for 8-bit floats, whose scales are not made anew. */
    private static StoredDtype plain(TensorEntry entry) {
        return entry.scales() == null ? entry.dtype() : StoredDtype.BF16;
    }

    private void add(SafetensorsWriter writer, String name, StoredDtype stored, Parameter parameter) {
        writer.add(name, dtype == null ? stored : dtype, parameter.shape(), sink -> values.write(sink, parameter));
    }

    /** Whether a tensor that no parameter stands for, a buffer, has a name that its class doesn't have. */
    private static boolean isRespelled(String name, TensorEntry entry) {
        return !name.equals(entry.name());
    }

    /** Whether a tensor is a language model's head in whose place there are scores now. */
    private static boolean isReplacedHead(TensorEntry entry, Decoder decoder) {
        return Arrays.equals(entry.shape(), decoder.embedding().shape());
    }
}
