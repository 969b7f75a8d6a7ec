package org.align4j.core.family;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufTensor;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;

/** The model of a GGUF file as config.json and safetensors: names, rows and norms as a checkpoint has them, blocks as the numbers they stand for. */
public final class GgufCheckpoint {
    private static final long SHARD_BYTES = 5L << 30;
    private static final Set<String> ROTATIONS =
            Set.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight");

    private final GgufFile file;
    private final GgufFields fields;
    private final GgufArchitecture architecture;
    private final int layers;
    private final int experts;
    private final GgufRows.Heads heads;

    private GgufCheckpoint(GgufFile file) {
        this.file = file;
        this.fields = file.fields();
        fields.require("general.architecture");
        String name = String.valueOf(fields.text("general.architecture"));
        String type = fields.text("general.type");
        if (type != null && !type.equals("model")) {
            throw new InputException(
                    file.path() + " is a GGUF file of the type " + type + ", but one that holds a model is required.");
        }
        this.experts = (int) fields.whole(name + ".expert_count", 0, 1 << 15);
        this.architecture =
                GgufArchitecture.ofFile(name, experts > 0, file.path().toString());
        this.layers = count("block_count");
        int queries = count("attention.head_count");
        this.heads =
                new GgufRows.Heads(queries, (int) fields.whole(field("attention.head_count_kv"), queries, queries));
        if (layers > 1024 || queries < 1 || heads.keys() < 1) {
            throw new InputException(file.path() + " announces " + layers + " layers with " + queries + " and "
                    + heads.keys() + " heads, which no model has; the file is damaged.");
        }
    }

    /**
     * Reads what a file says of its model.
     *
     * @throws InputException naming an architecture or a tensor that isn't read
     */
    public static GgufCheckpoint of(GgufFile file) {
        return new GgufCheckpoint(file);
    }

    /** Writes config.json and the weights into a directory that exists and is empty. */
    public void write(Path directory) throws IOException {
        ObjectNode config = config();
        FreshFile.write(directory.resolve("config.json"), Json.indented(config).getBytes(StandardCharsets.UTF_8));
        writer().writeModel(directory, SHARD_BYTES);
    }

    private ObjectNode config() {
        ObjectNode config = Json.object();
        config.putArray("architectures").add(architecture.classes().get(0));
        config.put("model_type", architecture.modelType());
        config.put("vocab_size", tensor("token_embd.weight").shape().get(0));
        config.put("tie_word_embeddings", file.find("output.weight") == null);
        boolean gpt2 = architecture == GgufArchitecture.GPT2;
        config.put(gpt2 ? "n_layer" : "num_hidden_layers", layers);
        config.put(gpt2 ? "n_embd" : "hidden_size", count("embedding_length"));
        config.put(gpt2 ? "n_head" : "num_attention_heads", heads.queries());
        config.put(gpt2 ? "n_inner" : "intermediate_size", inner());
        config.put(gpt2 ? "n_positions" : "max_position_embeddings", count("context_length"));
        for (String token : List.of("bos", "eos", "padding")) {
            String field = "tokenizer.ggml." + token + "_token_id";
            if (fields.has(field)) {
                config.put((token.equals("padding") ? "pad" : token) + "_token_id", fields.count(field));
            }
        }
        switch (architecture) {
            case GPT2 -> config.put("layer_norm_epsilon", number("attention.layer_norm_epsilon", 1e-5));
            case GPTNEOX -> {
                config.put("layer_norm_eps", number("attention.layer_norm_epsilon", 1e-5));
                config.put("use_parallel_residual", fields.isOn(field("use_parallel_residual"), true));
                GgufRotation.configure(config, architecture, file, headWidth());
            }
            default -> llamaLike(config);
        }
        return config;
    }

    private void llamaLike(ObjectNode config) {
        config.put("num_key_value_heads", heads.keys());
        config.put("rms_norm_eps", number("attention.layer_norm_rms_epsilon", 1e-6));
        config.put("head_dim", headWidth());
        config.putNull("sliding_window");
        if (architecture == GgufArchitecture.LLAMA) {
            config.put("attention_bias", file.find("blk.0.attn_q.bias") != null);
            config.put("mlp_bias", file.find("blk.0.ffn_up.bias") != null);
        }
        if (experts > 0) {
            boolean mixtral = architecture == GgufArchitecture.MIXTRAL;
            config.put(mixtral ? "num_local_experts" : "num_experts", experts);
            config.put("num_experts_per_tok", count("expert_used_count"));
            config.put("moe_intermediate_size", fields.whole(field("expert_feed_forward_length"), inner(), 1 << 24));
            config.put("norm_topk_prob", true);
        }
        if (architecture == GgufArchitecture.GEMMA2 || architecture == GgufArchitecture.GEMMA3) {
            gemma(config);
        }
        GgufRotation.configure(config, architecture, file, headWidth());
    }

    private void gemma(ObjectNode config) {
        boolean third = architecture == GgufArchitecture.GEMMA3;
        int usual = layers == (third ? 62 : 46) ? count("embedding_length") / heads.queries() : headWidth();
        config.put("query_pre_attn_scalar", usual);
        config.put("hidden_activation", "gelu_pytorch_tanh");
        for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
            double value = number(cap, 0);
            if (value != 0) {
                config.put(cap, value);
            } else {
                config.putNull(cap);
            }
        }
        if (fields.has(field("attention.sliding_window"))) {
            config.put("sliding_window", count("attention.sliding_window"));
            long pattern = third ? fields.whole(field("attention.sliding_window_pattern"), 6, 1024) : 2;
            ArrayNode types = config.putArray("layer_types");
            for (int i = 0; i < layers; i++) {
                types.add(pattern > 0 && (i + 1) % pattern == 0 ? "full_attention" : "sliding_attention");
            }
        }
    }

    private int inner() {
        return count("feed_forward_length");
    }

    private int headWidth() {
        return (int) fields.whole(field("attention.key_length"), count("embedding_length") / heads.queries(), 1 << 16);
    }

    private SafetensorsWriter writer() {
        SafetensorsWriter writer = new SafetensorsWriter();
        Set<String> left = new LinkedHashSet<>(file.tensors().keySet());
        left.removeAll(ROTATIONS);
        for (GgufRule rule : architecture.rules()) {
            for (int layer = 0; layer < (rule.isOfLayers() ? layers : 1); layer++) {
                for (String suffix : List.of(".weight", ".bias")) {
                    GgufTensor tensor = file.find(rule.gguf(layer, suffix));
                    if (tensor != null) {
                        left.remove(tensor.name());
                        add(writer, rule, tensor, rule.ours(layer, experts, suffix));
                    }
                }
            }
        }
        if (!left.isEmpty()) {
            throw new InputException(
                    file.path() + " has the tensor " + left.iterator().next()
                            + ", which the architecture " + architecture.gguf() + " isn't read with; " + left.size()
                            + " such tensors.");
        }
        return writer;
    }

    private void add(SafetensorsWriter writer, GgufRule rule, GgufTensor tensor, List<String> names) {
        List<Long> shape = tensor.shape();
        List<Long> one = rule.isOfExperts() ? shape.subList(1, shape.size()) : shape;
        if ((rule.isOfExperts() && (shape.size() != 3 || shape.get(0) != experts)) || one.size() > 2) {
            throw new InputException(file.path() + ": tensor " + tensor.name() + " has the shape " + shape
                    + ", which is not that of " + experts + " experts; the file is damaged.");
        }
        boolean vector = one.size() == 1;
        GgufRows rows = rule.rows(vector);
        long[] held = one.stream().mapToLong(Long::longValue).toArray();
        if (rows == GgufRows.TRANSPOSED) {
            held = new long[] {held[1], held[0]};
        }
        requireHeads(tensor, rows, one.get(0));
        float shift = rule.onePlus() ? -1 : 0;
        for (int i = 0; i < names.size(); i++) {
            Rows source = new Rows(tensor, i * one.get(0), one.get(0), vector);
            writer.add(
                    names.get(i),
                    stored(tensor.type()),
                    held,
                    sink -> rows.fromFile(source, heads, values -> {
                        for (int at = values.position(); shift != 0 && at < values.limit(); at++) {
                            values.put(at, values.get(at) + shift);
                        }
                        sink.floats(values);
                    }));
        }
    }

    private void requireHeads(GgufTensor tensor, GgufRows rows, long count) {
        long parts = switch (rows) {
            case QUERY_HEADS -> 2L * heads.queries();
            case KEY_HEADS -> 2L * heads.keys();
            case BY_PART -> 3L * heads.queries();
            default -> 1;
        };
        if (count % parts != 0) {
            throw new InputException(file.path() + ": tensor " + tensor.name() + " has " + count
                    + " rows, which is no multiple of " + parts + " for its heads; the file is damaged.");
        }
    }

    /** Numbers of blocks are products with a half-precision scale, which only fp32 holds. */
    private static StoredDtype stored(GgufType type) {
        return switch (type) {
            case F16 -> StoredDtype.F16;
            case BF16 -> StoredDtype.BF16;
            default -> StoredDtype.F32;
        };
    }

    private GgufTensor tensor(String name) {
        GgufTensor tensor = file.find(name);
        if (tensor == null) {
            throw new InputException(file.path() + " has no tensor " + name + ", which is required; it has "
                    + Arrays.toString(file.tensors().keySet().stream().limit(5).toArray()) + " and others.");
        }
        return tensor;
    }

    private String field(String name) {
        return architecture.gguf() + "." + name;
    }

    private int count(String name) {
        int value = fields.count(architecture.gguf() + "." + name);
        if (value < 1) {
            throw new InputException(file.path() + ": the field " + field(name) + " is 0 but must be positive.");
        }
        return value;
    }

    private double number(String name, double otherwise) {
        return fields.number(field(name), otherwise);
    }

    /** Some rows of a file's tensor; a vector has rows of one number. */
    private record Rows(GgufTensor tensor, long first, long rows, boolean vector) implements GgufRows.Matrix {
        @Override
        public int width() {
            return vector ? 1 : Math.toIntExact(tensor.rowLength());
        }

        @Override
        public void read(long from, FloatBuffer into) {
            if (vector) {
                into.put(tensor.floats(), (int) from, into.remaining());
            } else {
                tensor.read(first + from, into);
            }
        }
    }
}
