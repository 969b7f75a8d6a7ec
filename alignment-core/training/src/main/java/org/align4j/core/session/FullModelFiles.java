package org.align4j.core.session;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.model.BaseModel.CheckpointFiles;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.jspecify.annotations.Nullable;

/**
 * A policy as a plain Hugging Face directory: its weights, and the other files of the model it started from.
 *
 * @param values of the decoder's parameters
 * @param model the directory the base came from
 * @param dtype of every weight, or null for what the model's file has
 */
public record FullModelFiles(
        Decoder decoder,
        Values values,
        Path model,
        @Nullable StoredDtype dtype) {
    private static final long SHARD_BYTES = 5L << 30;

    private static final List<String> TEXT_FILES = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "tokenizer.model",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    /** Writes the values of a decoder's parameters. */
    public interface Values {
        void write(TensorSink sink, Parameter parameter) throws IOException;
    }

    /** Writes models in the dtype that the model's own file has for each weight. */
    public FullModelFiles(Decoder decoder, Values values, Path model) {
        this(decoder, values, model, null);
    }

    /** Writes into a directory that exists and is empty. */
    public void write(Path directory) throws IOException {
        writeWeights(directory);
        writeConfig(directory);
        for (String name : TEXT_FILES) {
            if (Files.isRegularFile(model.resolve(name))) {
                FreshFile.copy(model.resolve(name), directory.resolve(name));
            }
        }
    }

    private void writeConfig(Path directory) throws IOException {
        ObjectNode config = (ObjectNode) Json.read(model.resolve("config.json"));
        describeScores(config);
        config.remove("quantization_config"); // what is written is plain numbers
        if (dtype != null) {
            String name = dtype == StoredDtype.BF16 ? "bfloat16" : dtype == StoredDtype.F16 ? "float16" : "float32";
            for (String key : List.of("torch_dtype", "dtype")) {
                if (config.has(key)) {
                    config.put(key, name);
                }
            }
        }
        writeJson(directory, config);
    }

    /** The class that has this head, and its labels; the head's module need not be the language model's. */
    private void describeScores(ObjectNode config) {
        Linear head = decoder.scores();
        String architecture = config.path("architectures").path(0).asText();
        if (head == null || ScoreTask.of(architecture).isPresent()) {
            return;
        }
        ScoreTask task = head.bias() == null ? ScoreTask.SEQUENCE : ScoreTask.TOKEN;
        config.putArray("architectures").add(task.architecture(architecture));
        ObjectNode names = config.putObject("id2label");
        ObjectNode numbers = config.putObject("label2id");
        for (int label = 0; label < head.outputs(); label++) {
            names.put(String.valueOf(label), "LABEL_" + label);
            numbers.put("LABEL_" + label, label);
        }
        requireOtherPad(config);
    }

    /**
     * transformers finds a sequence's last token as the last that is no padding id, and would read a row that ends with that id too
     * early: where padding and end are one token, none is named.
     */
    private static void requireOtherPad(ObjectNode config) {
        JsonNode pad = config.path("pad_token_id");
        JsonNode end = config.path("eos_token_id");
        boolean same = pad.isInt()
                && (end.isArray()
                        ? StreamSupport.stream(end.spliterator(), false).anyMatch(pad::equals)
                        : end.equals(pad));
        if (same) {
            config.putNull("pad_token_id");
        }
    }

    private static void writeJson(Path directory, ObjectNode config) throws IOException {
        FreshFile.write(directory.resolve("config.json"), Json.indented(config).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes {@code model.safetensors} or shards: every tensor under the name that the model's files have for it, those that the decoder does
     * not use (a vision tower, buffers) as they are.
     */
    private void writeWeights(Path directory) {
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

    /** The files' own dtype; BF16 for 8-bit floats, whose scales are not made again. */
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
