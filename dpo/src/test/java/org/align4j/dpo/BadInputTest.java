package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Terminal;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code align dpo} says of bad input: one line, exit code 2, and nothing is written. */
class BadInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GOOD_ROW = "{\"prompt_ids\":[5,6],\"chosen_ids\":[7,2],\"rejected_ids\":[8,2]}\n";
    private static final String GOOD_TEXT =
            "{\"prompt\":\"Hello there\",\"chosen\":\" friend\",\"rejected\":\" you\"}\n";

    @TempDir
    Path folder;

    private Path data;
    private Path out;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.writeString(folder.resolve("train.jsonl"), GOOD_ROW.repeat(4));
        out = folder.resolve("run");
    }

    private void assertRefused(List<String> words, String... said) throws IOException {
        Set<Path> before = files();
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        String log = terminal.captureLog();
        assertThat(code).as(log).isEqualTo(2);
        assertThat(log.strip().lines()).as(log).hasSize(1);
        assertThat(log).contains(said).doesNotContain("--debug shows where", "Exception", "StreamReadFeature");
        assertThat(terminal.captureOutput()).isEmpty();
        assertThat(files()).isEqualTo(before);
    }

    private Set<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return new TreeSet<>(all.toList());
        }
    }

    private List<String> words(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "--data";
        all[1] = data.toString();
        System.arraycopy(more, 0, all, 2, more.length);
        return DpoRuns.dpo(out, all);
    }

    private void rows(String text) throws IOException {
        Files.writeString(data, text);
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
        ObjectNode config = (ObjectNode) DpoRuns.json(model.resolve("config.json"));
        config.set(field, value);
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        return model;
    }

    @Test
    void aMissingModelFolder() throws IOException {
        assertRefused(words("--model", folder.resolve("nowhere").toString()), "nowhere");
    }

    @Test
    void anUnknownArchitecture() throws IOException {
        Path model = modelWith("architectures", JSON.createArrayNode().add("MambaForCausalLM"));
        assertRefused(
                words("--model", model.toString()),
                "config.json",
                "MambaForCausalLM is not supported",
                "LlamaForCausalLM");
    }

    @Test
    void truncatedWeights() throws IOException {
        Path weights = copyOf(DpoRuns.MODEL).resolve("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertRefused(
                words("--model", weights.getParent().toString()), "model.safetensors", "mlp.gate_proj", "truncated");
    }

    @Test
    void aHeaderThatIsTooLarge() throws IOException {
        Path weights = copyOf(DpoRuns.MODEL).resolve("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.write(length.putLong(1L << 60).array());
        }
        assertRefused(words("--model", weights.getParent().toString()), "model.safetensors", "header");
    }

    @Test
    void weightsOfAnotherWidth() throws IOException {
        Path model = modelWith("intermediate_size", JSON.getNodeFactory().numberNode(96));
        assertRefused(words("--model", model.toString()), "model.safetensors", "mlp", "128", "96");
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
        assertRefused(words("--model", model.toString()), "model.layers.1.mlp.up_proj.weight", "NaN");
    }

    @Test
    void aTokenizerThatDoesNotFitTheEmbedding() throws IOException {
        Path model = copyOf(DpoRuns.TRACES.resolve("models").resolve("llama-tied"));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
            try (InputStream content = BadInputTest.class.getResourceAsStream("/text/tiny-chat/" + file)) {
                Files.write(model.resolve(file), content.readAllBytes());
            }
        }
        rows(GOOD_TEXT.repeat(4));
        assertRefused(words("--model", model.toString()), "tokenizer", "256");
    }

    @Test
    void textWithoutATokenizer() throws IOException {
        rows(GOOD_TEXT.repeat(4));
        assertRefused(words(), "tokenizer.json", "missing");
    }

    @Test
    void anAdapterOfAnotherModel() throws IOException {
        Path adapter = DpoRuns.TRACES.resolve("dpo_apo_zero_lora_qv_rslora").resolve("adapter_init");
        assertRefused(words("--adapter", adapter.toString()), "adapter");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"prompt_ids":[5,6],"chosen_ids":[7,2]}                             | "rejected
        {"prompt_ids":[5,6],"chosen_ids":[],"rejected_ids":[8,2]}           | chosen
        {"prompt_ids":[5,6],"chosen_ids":[7,320],"rejected_ids":[8,2]}      | 320
        {"prompt_ids":[5,6],"chosen_ids":[7,-1],"rejected_ids":[8,2]}       | -1
        {"prompt_ids":[5,6],"chosen_ids":[7,2],"rejected_ids":[8            | JSON
        {"prompt_ids":[5,6],"chosen_ids":"seven","rejected_ids":[8,2]}      | chosen_ids
        """)
    void aBadRowIsNamedByFileAndLine(String row, String said) throws IOException {
        rows(GOOD_ROW + GOOD_ROW + row + "\n" + GOOD_ROW);
        assertRefused(words(), "train.jsonl:3", said);
    }

    @Test
    void aFileThatIsNotUtf8() throws IOException {
        Files.write(data, (GOOD_ROW + GOOD_TEXT.replace("friend", "fr\u00e9re")).getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(words(), "train.jsonl:2", "UTF-8");
    }

    @Test
    void anEmptyFile() throws IOException {
        rows("");
        assertRefused(words(), "train.jsonl", "no row");
    }

    @Test
    void aMissingFile() throws IOException {
        assertRefused(words("--data", folder.resolve("none.jsonl").toString()), "none.jsonl");
    }

    @Test
    void parquetWithoutDuckDb() throws IOException {
        Path file = Files.writeString(folder.resolve("rows.parquet"), "PAR1");
        assertRefused(
                words("--data", file.toString()),
                "rows.parquet is Parquet, which needs DuckDB",
                "ALIGN4J_MAVEN_ARGS=-Dparquet",
                "org.duckdb:duckdb_jdbc:");
    }

    @Test
    void everyRowDropped() throws IOException {
        rows(GOOD_ROW.replace("[8,2]", "[7,2]").repeat(3));
        assertRefused(words(), "None of the 3 rows can be used", "3 chosen equal to rejected");
    }

    @Test
    void answersThatAreEqualAreDroppedAndCounted() throws IOException {
        rows(GOOD_ROW.repeat(4) + GOOD_ROW.replace("[8,2]", "[7,2]"));
        DpoRuns.align(words());
        JsonNode manifest = DpoRuns.json(out.resolve("manifest.json"));
        assertThat(manifest.toString()).contains("\"read\":5", "\"used\":4");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --beta            | -1       | beta is -1.0 but must be positive
        --beta            | strong   | beta is "strong" but must be a number
        --lerning-rate    | 1e-4     | learning-rate
        --loss            | sigmoyd  | sigmoid
        --batch-size      | 0        | batch-size is 0
        --max-length      | 4096     | max-length is 4096
        --loss-weights    | 1,2      | loss-weights
        --label-smoothing | 0.7      | label-smoothing
        """)
    void anOptionThatIsWrong(String option, String value, String said) throws IOException {
        assertRefused(words(option, value), said);
    }

    @Test
    void moreTokensThanTheModelHasPositionsFor() throws IOException {
        assertRefused(words("--max-length", "129"), "max-length is 129", "positions for 128 tokens");
    }

    @Test
    void optionsThatConflict() throws IOException {
        assertRefused(words("--loss", "simpo", "--reference", "base"), "simpo", "reference");
        assertRefused(words("--epochs", "1", "--max-steps", "3"), "epochs", "max-steps");
        assertRefused(words("--method", "full", "--reference", "adapter"), "reference", "adapter");
    }

    @Test
    void aDirectoryThatIsNotEmpty() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("notes.txt"), "mine");
        assertRefused(words(), "out", "empty");
        assertThat(out.resolve("notes.txt")).hasContent("mine");
    }
}
