package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reference whose files change between runs, or before a run goes on: every file that its function hangs on counts. */
class ReferenceChangeTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ADAPTER =
            DpoRuns.TRACES.resolve("dpo_robust_lora_trained_adapter").resolve("adapter_init");

    @TempDir
    private Path folder;

    private Path adapter;

    /** An adapter of its own on the traces' model, with B not zero, in a folder that looks like a run. */
    @BeforeEach
    void copyAdapter() throws IOException {
        adapter = Files.createDirectories(folder.resolve("other").resolve("adapter"));
        try (Stream<Path> files = Files.list(ADAPTER)) {
            for (Path file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
        Path run = adapter.getParent();
        Files.writeString(run.resolve("config.yaml"), "");
        ObjectNode manifest = JSON.createObjectNode();
        manifest.put("model", DpoRuns.MODEL.toAbsolutePath().toString());
        JSON.writeValue(run.resolve("manifest.json").toFile(), manifest);
    }

    /** What is compared with is a function: the same pairs under another alpha are another one. */
    @ParameterizedTest
    @ValueSource(strings = {"--reference", "--adapter"})
    void anotherAlphaIsAnotherReference(String option) throws IOException {
        double before = lossOfStepTwo("before", option, "auto");
        multiplyAlpha();
        double kept = lossOfStepTwo("kept", option, "auto");
        double anew = lossOfStepTwo("anew", option, "off");
        assertThat(kept).isEqualTo(anew).isNotEqualTo(before);
    }

    /** The loss of the second step, which kept scores decide in all cases. */
    private double lossOfStepTwo(String name, String option, String cache) throws IOException {
        Path out = folder.resolve(name);
        AlignRuns.align(words(out, option, "--max-steps", "2", "--reference-cache", cache));
        List<JsonNode> steps = AlignRuns.steps(out);
        return steps.get(1).get("loss").asDouble();
    }

    @Test
    void aRunWithAnotherReferenceDoesNotGoOn() throws IOException {
        refusesToGoOn("--reference", "another reference than");
    }

    @Test
    void aRunWithAnotherAdapterConfigurationDoesNotGoOn() throws IOException {
        refusesToGoOn("--adapter", "another adapter_config than");
    }

    private void refusesToGoOn(String option, String said) throws IOException {
        Path run = folder.resolve("run");
        AlignRuns.align(words(run, option, "--max-steps", "1"));
        byte[] config = Files.readAllBytes(adapter.resolve("adapter_config.json"));
        multiplyAlpha();
        List<String> further = List.of("resume", run.toString(), "--max-steps", "2");
        assertThat(AlignRuns.ends(2, further)).contains(run + " was begun with " + said);
        Files.write(adapter.resolve("adapter_config.json"), config);
        AlignRuns.align(further);
        assertThat(AlignRuns.steps(run)).hasSize(2);
    }

    private void multiplyAlpha() throws IOException {
        Path file = adapter.resolve("adapter_config.json");
        ObjectNode config = (ObjectNode) AlignRuns.json(file);
        config.put("lora_alpha", 4 * config.get("lora_alpha").asInt());
        JSON.writeValue(file.toFile(), config);
    }

    private List<String> words(Path out, String option, String... more) {
        String given = option.equals("--adapter")
                ? adapter.toString()
                : adapter.getParent().toString();
        String[] all = Stream.concat(
                        Stream.of(option, given, "--data", data(), "--micro-batch-tokens", "4323"), Stream.of(more))
                .toArray(String[]::new);
        List<String> words = new ArrayList<>(DpoRuns.dpo(out, all));
        if (option.equals("--adapter")) {
            int rank = words.indexOf("--lora-rank");
            words.subList(rank, rank + 2).clear();
        }
        return words;
    }

    private static String data() {
        return DpoRuns.TRACES
                .resolve("dpo_robust_lora_trained_adapter")
                .resolve("data.jsonl")
                .toString();
    }
}
