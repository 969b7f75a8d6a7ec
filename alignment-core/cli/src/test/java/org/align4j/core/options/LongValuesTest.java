package org.align4j.core.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A value that is far too long, by whatever accident, is told by its start: the message stays readable. */
class LongValuesTest {
    private static final String LONG = "9x".repeat(20_000);
    private static final int READABLE = 1200;
    private static final int LONGEST_YAML_KEY = 1000;
    private static final Path MODEL = Checkout.resource("engine", "reference/families/llama");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--seed LONG",
                "--learning-rate LONG",
                "--dtype LONG",
                "--shuffle LONG",
                "--device LONG",
                "--format LONG",
                "--columns LONG",
                "--columns LONG=x",
                "--LONG 3",
                "--seed --LONG",
                "LONG",
                "--template-args LONG",
                "--lora-layers LONG",
                "--lora-targets regex:(LONG",
                "--lora-rank-pattern LONG",
                "--lora-rank-pattern LONG=x",
                "--keep-best LONG --eval-fraction 0.5",
                "--model LONG",
                "--data LONG",
                "--data LONG*.jsonl",
                "--adapter LONG"
            })
    void optionsAreShortened(String options) throws IOException {
        Path rows = Files.writeString(folder.resolve("rows.jsonl"), "{\"prompt_ids\": [5], \"completion_ids\": [7]}\n");
        List<String> words = new ArrayList<>(List.of("sft", "--data", rows.toString(), "--model", MODEL.toString()));
        words.addAll(List.of("--out", folder.resolve("run").toString(), "--device", "cpu"));
        for (String option : options.split(" ")) {
            String word = option.replace("LONG", LONG);
            int before = words.indexOf(word);
            if (before >= 0) {
                words.subList(before, before + 2).clear();
            }
            words.add(word);
        }
        assertReadable(AlignRuns.ends(2, words));
    }

    @Test
    void commandsAreShortened() {
        assertReadable(AlignRuns.ends(2, List.of(LONG)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LONG: 3", "seed: LONG", "columns: {LONG: [1]}", "dtype: LONG"})
    void valuesOfAFileAreShortened(String yaml) throws IOException {
        String value = yaml.replace("LONG", LONG.substring(0, LONGEST_YAML_KEY));
        Path config = Files.writeString(folder.resolve("run.yaml"), value + "\nmodel: x\ndata: x\n");
        assertReadable(AlignRuns.ends(2, List.of("sft", "--config", config.toString())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt_ids\": [1], \"completion_ids\": [\"LONG\"]}",
                "{\"prompt_ids\": [1], \"completion_ids\": [3], \"label\": \"LONG\"}",
                "{\"LONG\": 1}"
            })
    void valuesOfRowsAreShortened(String row) throws IOException {
        Path data = Files.writeString(folder.resolve("rows.jsonl"), row.replace("LONG", LONG) + "\n");
        List<String> words = List.of(
                "logprobs", "--model", MODEL.toString(), "--data", data.toString(), "--out", "x", "--device", "cpu");
        assertReadable(AlignRuns.ends(2, words));
    }

    private static void assertReadable(String log) {
        String last = log.lines().reduce((first, second) -> second).orElseThrow();
        assertThat(log).hasSizeLessThan(2 * READABLE);
        assertThat(last).hasSizeLessThan(READABLE).contains("…");
        assertThat(last.toLowerCase(Locale.ROOT)).contains("9x9x");
    }
}
