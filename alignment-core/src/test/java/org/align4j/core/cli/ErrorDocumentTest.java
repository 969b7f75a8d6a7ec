package org.align4j.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code --json} gives where a command fails: one document on the output, the sentence on the log. */
class ErrorDocumentTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private JsonNode document(String... arguments) throws IOException {
        String[] words =
                Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new);
        assertThat(Align.run(terminal, words)).isNotZero();
        try (var documents = JSON.readerFor(JsonNode.class).<JsonNode>readValues(terminal.captureOutput())) {
            List<JsonNode> all = documents.readAll();
            assertThat(all).hasSize(1);
            JsonNode document = all.get(0);
            assertThat(document.fieldNames()).toIterable().containsExactly("code", "message", "param", "file", "line");
            assertThat(document.get("message").asText())
                    .isEqualTo(terminal.captureLog().strip());
            return document;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            echo --silent --fate input  | input         |
            echo --silent --fate option | usage         | seed
            echo --silent --fate run    | run           |
            echo --silent --fate disk   | run           |
            echo --silent --fate lost   | run           |
            echo --silent --fate heap   | out-of-memory |
            echo --silent --fate engine | out-of-memory |
            echo --silent --fate signal | stopped       |
            echo --silent --fate bug    | internal      |
            echo --txet a               | usage         | txet
            echo --threads x            | usage         | threads
            echo --threads 5000         | usage         | threads
            echo --device tpu           | usage         | device
            echo --text a --text b      | usage         | text
            echo --text                 | usage         | text
            echo more                   | usage         |
            ehco                        | usage         |
            """)
    void failuresHaveACodeAndTheOption(String arguments, String code, String option) throws IOException {
        JsonNode document = document(arguments.strip().split(" "));
        assertThat(document.get("code").asText()).isEqualTo(code);
        assertThat(document.get("param").textValue()).isEqualTo(option);
        assertThat(document.get("file").isNull()).isTrue();
        assertThat(document.get("line").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            silent: true\\nthreads: many | 2 | threads
            threads: 5000                | 1 | threads
            silent: true\\nthraeds: 2    | 2 | thraeds
            silent: true\\nseed: 1\\nseed: 2 | 3 | seed
            silent: true\\nseed: [       | 2 |
            """)
    void aFileOfOptionsIsNamedWithItsLine(String yaml, int line, String option) throws IOException {
        Path file = Files.writeString(folder.resolve("run.yaml"), yaml.replace("\\n", "\n") + "\n");
        JsonNode document = document("echo", "--config", file.toString());
        assertThat(document.get("code").asText()).isEqualTo("config");
        assertThat(document.get("param").textValue()).isEqualTo(option);
        assertThat(document.get("file").asText()).isEqualTo(file.toString());
        assertThat(document.get("line").asInt()).isEqualTo(line);
    }

    @Test
    void aResultThatIsThereStaysTheOnlyDocument() throws IOException {
        assertThat(Align.run(terminal, "echo", "--json", "--fate", "run")).isEqualTo(1);
        assertThat(JSON.readTree(terminal.captureOutput())).isEqualTo(JSON.readTree("{\"text\": \"hello\"}"));
        assertThat(terminal.captureLog()).contains("Loss became NaN");
    }

    @Test
    void withoutJsonTheOutputStaysEmpty() {
        assertThat(Align.run(terminal, "echo", "--txet", "a")).isEqualTo(2);
        assertThat(Align.run(terminal, "echo", "--txet", "a", "--json", "false"))
                .isEqualTo(2);
        assertThat(terminal.captureOutput()).isEmpty();
    }
}
