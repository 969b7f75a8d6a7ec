package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that no model, adapter, row or option has are refused with their value and key, before anything is computed with them. */
class AbsurdNumbersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ADAPTER =
            DpoRuns.TRACES.resolve("dpo_robust_lora_trained_adapter").resolve("adapter_init");

    @TempDir
    private Path folder;

    private Path copied(Path from) throws IOException {
        Path to = Files.createDirectories(folder.resolve("copied"));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private static void put(Path file, String key, String value) throws IOException {
        ObjectNode node = (ObjectNode) AlignRuns.json(file);
        node.set(key, JSON.readTree(value));
        JSON.writeValue(file.toFile(), node);
    }

    private void refused(List<String> words, String... said) {
        assertThat(AlignRuns.ends(2, words)).contains(said);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "rms_norm_eps, -1e30, above 0 and at most 1",
        "rms_norm_eps, 0, above 0 and at most 1",
        "rms_norm_eps, 1e308, above 0 and at most 1",
        "rope_theta, 0, above 1 and at most 1e12",
        "rope_theta, -10000, above 1 and at most 1e12",
        "rope_theta, 1e308, above 1 and at most 1e12"
    })
    void ofAConfig(String key, String value, String range) throws IOException {
        Path model = copied(DpoRuns.MODEL);
        ObjectNode config = (ObjectNode) AlignRuns.json(model.resolve("config.json"));
        config.remove("rope_parameters");
        config.put("rope_theta", 10000);
        config.set(key, JSON.readTree(value));
        JSON.writeValue(model.resolve("config.json").toFile(), config);
        refused(
                DpoRuns.dpo(folder.resolve("run"), "--model", model.toString()),
                "config.json: \"" + key + "\" is " + JSON.readTree(value) + " but must be " + range);
    }

    @ParameterizedTest
    @CsvSource({
        "rope_type, linear, 0",
        "rope_type, linear, 1e30",
        "rope_type, linear, -2",
    })
    void ofARotation(String name, String kind, String factor) throws IOException {
        Path model = copied(DpoRuns.MODEL);
        ObjectNode rope = JSON.createObjectNode().put(name, kind).put("rope_theta", 10000);
        rope.set("factor", JSON.readTree(factor));
        put(model.resolve("config.json"), "rope_parameters", rope.toString());
        refused(
                DpoRuns.dpo(folder.resolve("run"), "--model", model.toString()),
                "\"factor\" is " + JSON.readTree(factor) + " but must be above 0 and at most 1e9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lora_alpha | 1e308 | The LoRA alpha is 1.0E308 but lora_alpha must be from -1e9 to 1e9",
                "alpha_pattern | {\"q_proj\": -1e200} | The LoRA alpha of q_proj is -1.0E200 but alpha_pattern must be from -1e9",
                "r | 2000000000 | The LoRA rank is 2000000000 but must be at least 1 and at most 65536",
                "lora_dropout | 1e30 | The LoRA dropout is 1.0E30 but must be at least 0 and below 1"
            })
    void ofAnAdapter(String key, String value, String said) throws IOException {
        Path adapter = copied(ADAPTER);
        put(adapter.resolve("adapter_config.json"), key, value);
        List<String> words = DpoRuns.dpo(folder.resolve("run"), "--adapter", adapter.toString());
        int rank = words.indexOf("--lora-rank");
        words.subList(rank, rank + 2).clear();
        refused(words, "adapter_config.json: " + said);
    }

    @ParameterizedTest
    @CsvSource({
        "--beta, 1e300",
        "--lora-alpha, 1e308",
        "--learning-rate, 1e30",
        "--weight-decay, 1e99",
        "--lora-rank, 2000000000",
        "--adam-epsilon, 1e-300",
        "--max-grad-norm, 1e39",
        "--loss-weights, 1e99",
        "--epochs, 1e20"
    })
    void ofAnOption(String option, String value) {
        refused(
                DpoRuns.dpo(folder.resolve("run"), option, value),
                option.equals("--lora-rank") ? "rank is 2000000000" : option.substring(2),
                value);
    }

    @Test
    void ofARow() throws IOException {
        Path rows = Files.writeString(
                folder.resolve("rows.jsonl"),
                "{\"prompt_ids\": [5], \"chosen_ids\": [6], \"rejected_ids\": [7], \"margin\": 1e39}\n");
        refused(
                DpoRuns.dpo(folder.resolve("run"), "--data", rows.toString()),
                "rows.jsonl:1: \"margin\" is 1.0E39 but must be a number from -1e9 to 1e9");
    }
}
