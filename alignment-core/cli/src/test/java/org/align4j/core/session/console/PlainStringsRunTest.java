package org.align4j.core.session.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts and responses that are plain strings, for a model that is served with a chat template. */
class PlainStringsRunTest {
    private static final Path DEMO = Checkout.DEMO;
    private static final String MODEL = DEMO.resolve("model").toString();
    private static final String SAID =
            "40 of 40 rows (100.0 %) are read as plain strings though the model has a chat template";

    @TempDir
    Path folder;

    private Path plain;
    private Path messages;

    /** The same rows twice: once as strings, once as messages. */
    @BeforeEach
    void rows() throws IOException {
        List<String> strings = new ArrayList<>();
        List<String> turns = new ArrayList<>();
        for (String line : Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 40)) {
            JsonNode row = Json.read(line);
            strings.add(Json.text(Map.of(
                    "prompt", row.at("/prompt/0/content").asText(),
                    "completion", row.at("/chosen/0/content").asText())));
            turns.add(Json.text(Map.of("prompt", row.get("prompt"), "completion", row.get("chosen"))));
        }
        plain = Files.write(folder.resolve("plain.jsonl"), strings);
        messages = Files.write(folder.resolve("messages.jsonl"), turns);
    }

    private String sft(String name, Path data, String... more) {
        String[] usual = {
            "--model", MODEL,
            "--data", data.toString(),
            "--out", folder.resolve(name).toString(),
            "--device", "cpu",
            "--samples", "0",
            "--report", "false",
            "--max-steps", "2"
        };
        return AlignRuns.align(AlignRuns.words("sft", usual, more));
    }

    @Test
    void wrappedStringsAreTrainedOnAsMessages() throws IOException {
        assertThat(sft("wrapped", plain, "--wrap", "chat")).doesNotContain("plain strings");
        sft("messages", messages);
        assertThat(AlignRuns.metrics(folder.resolve("wrapped")))
                .isEqualTo(AlignRuns.metrics(folder.resolve("messages")));
        assertThat(folder.resolve("wrapped/config.yaml")).content().contains("wrap: chat");
        AlignRuns.align(List.of("resume", folder.resolve("wrapped").toString(), "--max-steps", "3"));
        AlignRuns.align(List.of("resume", folder.resolve("messages").toString(), "--max-steps", "3"));
        assertThat(AlignRuns.metrics(folder.resolve("wrapped")))
                .hasSize(3)
                .isEqualTo(AlignRuns.metrics(folder.resolve("messages")));
    }

    @Test
    void theRunTheDryRunAndTheVerdictSayItFirst() throws IOException {
        String log = sft("plain", plain, "--eval-fraction", "0.2");
        int warned = log.indexOf("Warning: " + SAID);
        assertThat(warned).isNotNegative().isEqualTo(log.indexOf("Warning: "));
        assertThat(log).contains("Give wrap chat", "align convert --to openai");
        assertThat(log.substring(log.indexOf("Unclear:"))).contains(SAID);
        Terminal dry = Terminal.captured();
        assertThat(Align.run(
                        dry, "sft", "--model", MODEL, "--data", plain.toString(), "--out", "none", "--dry-run", "true"))
                .isZero();
        assertThat(dry.captureOutput()).startsWith("Warning: " + SAID);
        assertThat(folder.resolve("plain/config.yaml")).content().contains("wrap: none");
    }

    private JsonNode rendering(String... more) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("doctor", "--data", plain.toString(), "--fail-on", "never", "--model-rows", "0", "--json"));
        words.addAll(List.of(more));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        JsonNode findings =
                new ObjectMapper().readTree(terminal.captureOutput()).get("findings");
        assertThat(findings.get(1).get("id").asText())
                .as("behind schema, before all others")
                .isEqualTo("rendering");
        return findings.get(1);
    }

    @Test
    void theDoctorSaysItWithAModelAndWithout() throws IOException {
        JsonNode alone = rendering();
        assertThat(alone.get("level").asText()).isEqualTo("amber");
        assertThat(alone.get("plain_share").asDouble()).isEqualTo(1);
        assertThat(alone.get("advice").asText()).contains("40 of 40 rows (100.0 %) are plain strings", "--wrap chat");
        JsonNode withModel = rendering("--model", MODEL);
        assertThat(withModel.get("level").asText()).isEqualTo("amber");
        assertThat(withModel.get("plain_rows").asInt()).isEqualTo(40);
        assertThat(withModel.get("advice").asText()).startsWith(SAID).contains("--wrap chat", "--to openai");
        assertThat(rendering("--model", MODEL, "--wrap", "chat").get("level").asText())
                .isEqualTo("green");
    }

    @Test
    void withoutATemplateNothingCanBeWrapped() throws IOException {
        Path bare = Files.createDirectories(folder.resolve("bare"));
        for (String file : List.of("config.json", "tokenizer.json")) {
            Files.copy(DEMO.resolve("model").resolve(file), bare.resolve(file));
        }
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(
                        terminal, "doctor", "--data", plain.toString(), "--model", bare.toString(), "--wrap", "chat"))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("wrap is chat, but the model has no chat template", "drop --wrap");
    }
}
