package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * TRL's runs through the commands themselves, metrics and final weights, where TRL's rules and ours say the same: equal
 * micro-batches, and no loss that looks at a whole batch under accumulation.
 */
@Tag("reference")
class TraceCommandTest {
    private static final double TOLERANCE = 2e-5;
    private static final Set<String> WHOLE_BATCH = Set.of("sft", "bco_pair", "aot", "aot_unpaired");
    private static final List<String> FIGURES = List.of(
            "loss",
            "grad_norm",
            "rewards/chosen",
            "rewards/rejected",
            "rewards/margins",
            "rewards/accuracies",
            "logps/chosen",
            "logps/rejected",
            "kl");

    @TempDir
    Path folder;

    static List<String> traces() throws IOException {
        try (Stream<Path> folders = Files.list(DpoRuns.TRACES)) {
            List<String> names = new ArrayList<>();
            for (Path trace : folders.sorted().toList()) {
                if (Files.exists(trace.resolve("meta.json")) && agrees(trace)) {
                    names.add(trace.getFileName().toString());
                }
            }
            return names;
        }
    }

    private static boolean agrees(Path trace) throws IOException {
        JsonNode settings = AlignRuns.json(trace.resolve("meta.json")).get("settings");
        boolean accumulates = settings.path("accum").asInt(1) > 1;
        return switch (settings.get("method").asText()) {
            case "dpo" ->
                Files.readAllLines(trace.resolve("data.jsonl")).size()
                                        % settings.get("batch").asInt()
                                == 0
                        && (!accumulates || losses(settings).stream().noneMatch(WHOLE_BATCH::contains));
            case "kto" -> !accumulates;
            default -> true;
        };
    }

    private static List<String> losses(JsonNode settings) {
        return StreamSupport.stream(settings.get("loss_type").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("traces")
    void theCommandReplaysTheRun(String name) throws IOException {
        Path trace = DpoRuns.TRACES.resolve(name);
        JsonNode meta = AlignRuns.json(trace.resolve("meta.json"));
        AlignRuns.align(words(trace, meta, folder.resolve("run")));
        JsonNode expected = AlignRuns.json(trace.resolve("steps.json"));
        List<JsonNode> actual = AlignRuns.steps(folder.resolve("run"));
        assertThat(actual).hasSize(expected.size());
        for (int i = 0; i < actual.size(); i++) {
            compare("step " + (i + 1), expected.get(i), actual.get(i));
        }
        String file = meta.get("adapter_init").isNull() ? "model.safetensors" : "adapter_model.safetensors";
        Path finals = trace.resolve("final");
        compareWeights(finals.resolve(file), AlignRuns.product(folder.resolve("run")));
        if (Files.exists(finals.resolve("reference.safetensors"))) {
            Path last = folder.resolve("run").resolve("checkpoints").resolve("step-%06d".formatted(actual.size()));
            compareWeights(
                    finals.resolve("reference.safetensors"),
                    SafetensorsFile.open(last.resolve("reference.safetensors")));
        }
    }

    private static List<String> words(Path trace, JsonNode meta, Path out) {
        JsonNode settings = meta.get("settings");
        JsonNode fixed = meta.get("fixed_settings");
        String method = settings.get("method").asText();
        List<String> words = new ArrayList<>(List.of(method.equals("sft") ? "sft" : "dpo"));
        add(words, "--model", trace.resolve(meta.get("model").asText()).normalize());
        add(words, "--data", trace.resolve("data.jsonl"));
        add(words, "--out", out);
        add(words, "--dtype", "fp32");
        add(words, "--device", "cpu");
        add(words, "--shuffle", false);
        add(words, "--report", false);
        int batch = settings.get("batch").asInt() * settings.path("accum").asInt(1);
        add(words, "--batch-size", batch);
        add(words, "--epochs", settings.path("epochs").asInt(1));
        add(words, "--learning-rate", settings.get("lr").asDouble());
        add(words, "--schedule", fixed.get("lr_schedule").asText());
        add(words, "--warmup-steps", fixed.get("warmup_steps").asInt());
        add(words, "--weight-decay", fixed.get("weight_decay").asDouble());
        add(words, "--max-length", fixed.get("max_length").asInt(64));
        add(words, "--too-long", "keep-start");
        if (meta.get("adapter_init").isNull()) {
            add(words, "--method", "full");
        } else {
            add(words, "--adapter", trace.resolve(meta.get("adapter_init").asText()));
        }
        if (!method.equals("sft")) {
            addLoss(words, trace, meta, settings);
        }
        return words;
    }

    private static void addLoss(List<String> words, Path trace, JsonNode meta, JsonNode settings) {
        boolean kto = settings.get("method").asText().equals("kto");
        add(words, "--loss", kto ? "kto" : String.join(",", losses(settings)));
        add(words, "--beta", settings.get("beta").asDouble());
        if (settings.has("label_smoothing")) {
            add(words, "--label-smoothing", settings.get("label_smoothing").asDouble());
        }
        if (settings.has("loss_weights")) {
            add(
                    words,
                    "--loss-weights",
                    StreamSupport.stream(settings.get("loss_weights").spliterator(), false)
                            .map(JsonNode::asText)
                            .collect(Collectors.joining(",")));
        }
        if (settings.has("ref_model_sync_steps")) {
            add(words, "--reference-sync-steps", settings.get("ref_model_sync_steps"));
            add(words, "--reference-mixup", settings.get("ref_model_mixup_alpha"));
        }
        if (settings.has("ref_model")) {
            add(
                    words,
                    "--reference",
                    trace.resolve(meta.get("reference").asText()).normalize());
        }
    }

    private static void add(List<String> words, String option, Object value) {
        words.add(option);
        words.add(value.toString());
    }

    private static void compare(String place, JsonNode expected, JsonNode actual) {
        assertThat(actual.get("learning_rate").asDouble())
                .as("%s learning_rate", place)
                .isCloseTo(expected.get("learning_rate_used").asDouble(), within(1e-12));
        for (String figure : FIGURES) {
            assertThat(actual.has(figure)).as("%s %s", place, figure).isEqualTo(expected.has(figure));
            if (expected.has(figure)) {
                double value = expected.get(figure).asDouble();
                double size = figure.equals("grad_norm") ? value : Math.max(1, Math.abs(value));
                assertThat(actual.get(figure).asDouble())
                        .as("%s %s", place, figure)
                        .isCloseTo(value, within(TOLERANCE * size));
            }
        }
    }

    private static void compareWeights(Path figures, SafetensorsFile file) {
        Map<String, TensorEntry> expected = SafetensorsFile.open(figures).tensors();
        Map<String, TensorEntry> actual = file.tensors();
        assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((name, tensor) -> {
            float[] own = actual.get(name).floats();
            float[] right = tensor.floats();
            assertThat(own).hasSameSizeAs(right);
            for (int i = 0; i < right.length; i++) {
                assertThat(own[i]).as("%s[%d]", name, i).isCloseTo(right[i], within(2e-4f));
            }
        });
    }
}
