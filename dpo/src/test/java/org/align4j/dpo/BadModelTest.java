package org.align4j.dpo;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.align4j.core.files.Checkout;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code align dpo} says of a model, tokenizer, template or adapter that is wrong: one line, and nothing is written. */
class BadModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GOOD_ROW = "{\"prompt_ids\":[5,6],\"chosen_ids\":[7,2],\"rejected_ids\":[8,2]}\n";
    private static final String GOOD_TEXT =
            "{\"prompt\":\"Hello there\",\"chosen\":\" friend\",\"rejected\":\" you\"}\n";
    private static final String GOOD_CHAT = "{\"prompt\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
            + "\"chosen\":[{\"role\":\"assistant\",\"content\":\"friend\"}],"
            + "\"rejected\":[{\"role\":\"assistant\",\"content\":\"you\"}]}\n";

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void prepare() throws IOException {
        data = folder.resolve("train.jsonl");
        rows(GOOD_ROW);
    }

    private void rows(String row) throws IOException {
        Files.writeString(data, row.repeat(4));
    }

    private List<String> words(String option, String value) {
        return DpoRuns.dpo(folder.resolve("run"), "--data", data.toString(), option, value);
    }

    private void assertRefused(Path model, String... said) throws IOException {
        Refusals.assertRefused(folder, words("--model", model.toString()), said);
    }

    private Path copyOf(Path model) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("model"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(model.resolve(file), copy.resolve(file));
        }
        return copy;
    }

    private Path modelWith(String field, JsonNode value) throws IOException {
        Path model = copyOf(DpoRuns.MODEL);
        ObjectNode config = (ObjectNode) AlignRuns.json(model.resolve("config.json"));
        config.set(field, value);
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        return model;
    }

    /** The same with a tokenizer of 293 tokens and a chat template. */
    private static Path withText(Path model) throws IOException {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
            Files.copy(Checkout.resource("text", "text/tiny-chat/" + file), model.resolve(file), REPLACE_EXISTING);
        }
        return model;
    }

    @Test
    void aMissingModelFolder() throws IOException {
        assertRefused(folder.resolve("nowhere"), "nowhere");
    }

    @Test
    void anUnknownArchitecture() throws IOException {
        Path model = modelWith("architectures", JSON.createArrayNode().add("MambaForCausalLM"));
        assertRefused(model, "config.json", "MambaForCausalLM is not supported", "LlamaForCausalLM");
    }

    @Test
    void truncatedWeights() throws IOException {
        Path weights = copyOf(DpoRuns.MODEL).resolve("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertRefused(weights.getParent(), "model.safetensors", "mlp.gate_proj", "truncated");
    }

    @Test
    void aHeaderThatIsTooLarge() throws IOException {
        Path weights = copyOf(DpoRuns.MODEL).resolve("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.write(length.putLong(1L << 60).array());
        }
        assertRefused(weights.getParent(), "model.safetensors", "header");
    }

    @Test
    void weightsOfAnotherWidth() throws IOException {
        Path model = modelWith("intermediate_size", JSON.getNodeFactory().numberNode(96));
        assertRefused(model, "model.safetensors", "mlp", "128", "96");
    }

    @Test
    void weightsThatAreNotNumbers() throws IOException {
        Path model = copyOf(DpoRuns.MODEL);
        SafetensorsFile good = SafetensorsFile.open(DpoRuns.MODEL.resolve("model.safetensors"));
        SafetensorsWriter bad = new SafetensorsWriter();
        for (TensorEntry tensor : good.tensors().values()) {
            float[] values = tensor.floats();
            if (tensor.name().equals("model.layers.1.mlp.up_proj.weight")) {
                values[17] = Float.NaN;
            }
            bad.add(tensor.name(), values, tensor.shape());
        }
        Files.delete(model.resolve("model.safetensors"));
        bad.write(model.resolve("model.safetensors"));
        assertRefused(model, "model.layers.1.mlp.up_proj.weight", "NaN");
    }

    @Test
    void aTokenizerThatDoesNotFitTheEmbedding() throws IOException {
        Path model = withText(copyOf(DpoRuns.TRACES.resolve("models").resolve("llama-tied")));
        rows(GOOD_TEXT);
        assertRefused(model, "tokenizer", "256");
    }

    @Test
    void anAdapterOfAnotherModel() throws IOException {
        Path adapter = DpoRuns.TRACES.resolve("dpo_apo_zero_lora_qv_rslora").resolve("adapter_init");
        Refusals.assertRefused(
                folder,
                words("--adapter", adapter.toString()),
                "adapter " + adapter,
                "can't be used with model " + DpoRuns.MODEL,
                "adapter_model.safetensors has ",
                "model.layers.");
    }

    /** Its targets are none of the model's modules. */
    @Test
    void anAdapterOfAnotherFamily() throws IOException {
        Path adapter = Path.of("..", "alignment-core", "engine", "src", "test", "resources", "reference", "adapters")
                .resolve("lora-gpt2-conv1d")
                .resolve("adapter");
        Refusals.assertRefused(
                folder,
                words("--adapter", adapter.toString()),
                "adapter " + adapter,
                "can't be used with model " + DpoRuns.MODEL,
                "c_attn",
                "q_proj");
    }

    @Test
    void anAdapterWithANumberThatIsNone() throws IOException {
        Path given = DpoRuns.TRACES.resolve("dpo_sigmoid_lora_b4").resolve("adapter_init");
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.copy(given.resolve("adapter_config.json"), adapter.resolve("adapter_config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        SafetensorsFile.open(given.resolve("adapter_model.safetensors"))
                .tensors()
                .forEach((name, entry) -> {
                    float[] values = entry.floats();
                    values[0] = name.contains("layers.1.mlp.up_proj.lora_A") ? Float.NaN : values[0];
                    writer.add(name, values, entry.shape());
                });
        writer.write(adapter.resolve("adapter_model.safetensors"));
        Refusals.assertRefused(
                folder,
                words("--adapter", adapter.toString()),
                "adapter_model.safetensors",
                "layers.1.mlp.up_proj.lora_A",
                "NaN or infinite");
    }

    @Test
    void aConfigWithoutArchitectures() throws IOException {
        Path model = copyOf(DpoRuns.MODEL);
        ObjectNode config = (ObjectNode) AlignRuns.json(model.resolve("config.json"));
        config.remove("architectures");
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        assertRefused(model, "config.json", "\"architectures\" is missing", "LlamaForCausalLM");
    }

    @Test
    void weightsOfAnotherFamily() throws IOException {
        Path model = copyOf(DpoRuns.MODEL);
        Files.copy(
                DpoRuns.family("gpt2").resolve("model.safetensors"),
                model.resolve("model.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused(model, "model.layers.0", "missing");
    }

    @Test
    void aTruncatedShard() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(DpoRuns.MODEL.resolve("config.json"), model.resolve("config.json"));
        SafetensorsFile whole = SafetensorsFile.open(DpoRuns.MODEL.resolve("model.safetensors"));
        SafetensorsWriter writer = new SafetensorsWriter();
        whole.tensors().values().forEach(writer::add);
        writer.writeModel(model, 100_000);
        Path shard;
        try (Stream<Path> shards = Files.list(model)) {
            shard = shards.filter(file -> file.toString().endsWith(".safetensors"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        assertThat(shard.getFileName().toString()).startsWith("model-0").doesNotContain("00001-of");
        try (RandomAccessFile file = new RandomAccessFile(shard.toFile(), "rw")) {
            file.setLength(file.length() - 10);
        }
        assertRefused(model, shard.getFileName().toString(), "truncated");
    }

    /** Its config says another rank than its tensors have. */
    @Test
    void anAdapterOfAnotherRank() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Path given = DpoRuns.TRACES.resolve("dpo_sigmoid_lora_b4").resolve("adapter_init");
        Files.copy(given.resolve("adapter_model.safetensors"), adapter.resolve("adapter_model.safetensors"));
        ObjectNode config = (ObjectNode) AlignRuns.json(given.resolve("adapter_config.json"));
        int rank = config.get("r").asInt();
        config.put("r", 2 * rank);
        JSON.writeValue(adapter.resolve("adapter_config.json").toFile(), config);
        Refusals.assertRefused(
                folder,
                words("--adapter", adapter.toString()),
                "adapter_model.safetensors",
                "lora_A",
                String.valueOf(rank),
                String.valueOf(2 * rank));
    }

    /** One of 294 tokens has the id 400; the library would take 293 for it without a word. */
    @Test
    void aTokenizerWithFewerTokensThanIds() throws IOException {
        Path model = withText(copyOf(DpoRuns.MODEL));
        ObjectNode tokenizer = (ObjectNode) AlignRuns.json(model.resolve("tokenizer.json"));
        ObjectNode far = ((ArrayNode) tokenizer.get("added_tokens")).get(0).deepCopy();
        far.put("content", "<far>").put("id", 400);
        ((ArrayNode) tokenizer.get("added_tokens")).add(far);
        JSON.writeValue(model.resolve("tokenizer.json").toFile(), tokenizer);
        rows(GOOD_TEXT.replace("there", "there<far>"));
        assertRefused(model, "tokenizer.json", "fewer tokens than ids", "<far> the id 400");
    }

    @Test
    void aTemplateThatDoesNotParse() throws IOException {
        Path model = withText(copyOf(DpoRuns.MODEL));
        Files.writeString(
                model.resolve("chat_template.jinja"), "{% for m in messages %}\n{{ m.content }\n{% endfor %}\n");
        rows(GOOD_CHAT);
        assertRefused(model, "chat_template.jinja", "TemplateSyntaxError", "line 2, column 14");
    }

    @Tag("long")
    @Test
    void aTemplateThatNeverEnds() throws IOException {
        Path model = withText(copyOf(DpoRuns.MODEL));
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{% for a in range(99999) %}{% for b in range(99999) %}{% set c = a %}{% endfor %}{% endfor %}");
        rows(GOOD_CHAT);
        assertRefused(model, "train.jsonl:1", "endless");
    }
}
