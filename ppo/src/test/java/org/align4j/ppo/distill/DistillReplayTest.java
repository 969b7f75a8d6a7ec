package org.align4j.ppo.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.weights.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three updates of {@code align distill} on given answers against {@code gen_distill.py}, and its first losses against TRL's GKDTrainer. */
class DistillReplayTest {
    private static final double TOLERANCE = 1e-5;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DistillReplayTest.class.getResource(name), name)
                .toURI());
    }

    @Test
    void threeUpdatesAreTorchs() throws IOException, URISyntaxException {
        JsonNode golden = JSON.readTree(resource("/distill/distill.json").toFile());
        Path data = folder.resolve("data.jsonl");
        List<String> lines = new ArrayList<>();
        golden.get("rows").forEach(row -> lines.add(row.toString()));
        Files.write(data, lines);
        int number = 0;
        for (JsonNode one : golden.get("cases")) {
            compare(golden, one, data, folder.resolve("run-" + number++));
        }
        assertThat(number).isEqualTo(8);
    }

    private static void compare(JsonNode golden, JsonNode one, Path data, Path run)
            throws IOException, URISyntaxException {
        String[] words = {
            "--model",
                    resource("/reference/traces/grpo_dapo_beta/models/policy").toString(),
            "--teacher", resource("/distill/teacher").toString(),
            "--prompts", data.toString(),
            "--data", data.toString(),
            "--on-policy-share", "0",
            "--divergence-beta", one.get("beta").asText(),
            "--teacher-top-k", one.get("top_k").asText(),
            "--temperature", one.get("temperature").asText(),
            "--out", run.toString(),
            "--method", "full",
            "--dtype", "fp32",
            "--device", "cpu",
            "--batch-size", golden.get("batch").asText(),
            "--learning-rate", golden.get("learning_rate").asText(),
            "--shuffle", "false",
            "--report", "false"
        };
        AlignRuns.align(AlignRuns.words("distill", words));
        List<JsonNode> steps = AlignRuns.steps(run);
        JsonNode expected = one.get("steps");
        assertThat(steps).hasSize(expected.size());
        for (int i = 0; i < steps.size(); i++) {
            JsonNode step = expected.get(i);
            near(steps.get(i).get("loss"), step.get("loss"));
            near(steps.get(i).get("grad_norm"), step.get("grad_norm"));
            near(steps.get(i).get("teacher/agreement"), step.get("agreement"));
        }
        if (one.has("trl")) {
            near(steps.get(0).get("loss"), one.get("trl"));
        }
        compareWeights(AlignRuns.product(run), one.get("norms"));
    }

    private static void compareWeights(SafetensorsFile weights, JsonNode norms) {
        norms.properties().forEach(norm -> {
            double squares = 0;
            for (float value :
                    Objects.requireNonNull(weights.find(norm.getKey())).floats()) {
                squares += (double) value * value;
            }
            assertThat(Math.sqrt(squares))
                    .as(norm.getKey())
                    .isCloseTo(
                            norm.getValue().asDouble(),
                            within(TOLERANCE * norm.getValue().asDouble()));
        });
    }

    private static void near(JsonNode actual, JsonNode expected) {
        assertThat(actual.asDouble())
                .isCloseTo(expected.asDouble(), within(TOLERANCE * Math.max(1e-3, Math.abs(expected.asDouble()))));
    }
}
