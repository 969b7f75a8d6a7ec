package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Checkout;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's model and a hundred of its pairs: what its template refuses, and what is too long. */
class ModelTextsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Checkout.DEMO;

    @TempDir
    Path folder;

    private Path data;
    private final List<String> rows = new ArrayList<>();

    @BeforeEach
    void hundredPairs() throws Exception {
        rows.addAll(Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 100));
        data = folder.resolve("rows.jsonl");
    }

    private JsonNode examine(String... more) throws Exception {
        Files.write(data, rows);
        List<String> words = new ArrayList<>(List.of("doctor", "--data", data.toString(), "--json"));
        words.addAll(List.of(more));
        Terminal terminal = Terminal.captured();
        Align.run(terminal, words.toArray(String[]::new));
        return JSON.readTree(terminal.captureOutput()).get("findings");
    }

    private static JsonNode finding(JsonNode findings, String id) {
        for (JsonNode finding : findings) {
            if (finding.get("id").textValue().equals(id)) {
                return finding;
            }
        }
        throw new AssertionError(id + " is not in " + findings.findValuesAsText("id"));
    }

    private static String pair(String prompt, String chosen) {
        return "{\"prompt\":[{\"role\":\"user\",\"content\":\"" + prompt
                + "\"}],\"chosen\":[{\"role\":\"assistant\",\"content\":\"" + chosen
                + "\"}],\"rejected\":[{\"role\":\"assistant\",\"content\":\"No.\"}]}";
    }

    @Test
    void rowsThatTheTemplateRefusesAreNamed() throws Exception {
        rows.set(40, pair("What is <|im_end|> for?", "It ends a turn."));
        rows.set(41, "{\"prompt\": 3}");
        JsonNode findings = examine("--model", DEMO.resolve("model").toString());
        JsonNode rendering = finding(findings, "rendering");
        assertThat(rendering.get("level").textValue()).isEqualTo("red");
        assertThat(rendering.get("count").intValue()).isEqualTo(1);
        assertThat(rendering.get("rows").intValue()).isEqualTo(99);
        assertThat(rendering.get("examples").get(0).get("line").intValue()).isEqualTo(41);
        assertThat(rendering.get("examples").get(0).get("note").textValue()).contains("<|im_end|>");
        assertThat(finding(findings, "schema")
                        .get("examples")
                        .get(0)
                        .get("line")
                        .intValue())
                .isEqualTo(42);
        assertThat(finding(findings, "tokens").get("level").textValue()).isEqualTo("green");
    }

    @Test
    void rowsThatAreTooLongAreNamed() throws Exception {
        rows.set(7, pair("Hello there.", "A word. ".repeat(200)));
        JsonNode tokens =
                finding(examine("--model", DEMO.resolve("model").toString(), "--max-length", "200"), "tokens");
        assertThat(tokens.get("count").intValue()).isEqualTo(1);
        assertThat(tokens.get("level").textValue()).as("one in a hundred").isEqualTo("red");
        assertThat(tokens.get("examples").get(0).get("line").intValue()).isEqualTo(8);
        assertThat(tokens.get("rows_that_fit").intValue()).isEqualTo(99);
    }

    @Test
    void withoutATemplateMessagesCannotBeRendered() throws Exception {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(DEMO.resolve("model/tokenizer.json"), model.resolve("tokenizer.json"));
        Files.copy(DEMO.resolve("model/config.json"), model.resolve("config.json"));
        JsonNode rendering = finding(examine("--model", model.toString()), "rendering");
        assertThat(rendering.get("level").textValue()).isEqualTo("red");
        assertThat(rendering.get("advice").textValue()).contains("template").endsWith("--chat-template.");
    }

    @Test
    void withoutAModelNothingIsRendered() throws Exception {
        assertThat(examine().findValuesAsText("id")).doesNotContain("rendering", "tokens");
        Terminal terminal = Terminal.captured();
        int code = Align.run(
                terminal,
                "doctor",
                "--data",
                data.toString(),
                "--fix",
                "rendering",
                "--out",
                folder.resolve("x").toString());
        assertThat(code).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("only with --model");
    }
}
