package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same job through each door that can say it leaves the same adapter, byte for byte. */
class DoorsTest {
    private static final String VERSION = "?api-version=2025-04-01-preview";
    private static final Duration WAIT = Duration.ofMinutes(3);

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.start(folder);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static JsonNode created(String path, Map<String, Object> request) {
        Served.Answer answer = served.post(path, request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    /** Waits for a job by OpenAI's door, which shows the jobs of all doors, and returns its adapter. */
    private static Path adapter(String id) throws Exception {
        Instant until = Instant.now().plus(WAIT);
        while (Instant.now().isBefore(until)) {
            JsonNode job = served.get("/v1/fine_tuning/jobs/" + id).json();
            if (job.path("status").asText().equals("succeeded")) {
                return folder.resolve("models").resolve(id).resolve("result").resolve("adapter_model.safetensors");
            }
            assertThat(job.path("status").asText()).as(job.toString()).isNotIn("failed", "cancelled");
            Thread.sleep(100);
        }
        throw new AssertionError(id + " doesn't end");
    }

    /** The rate that auto gives the model, which doors without a multiplier must be told as a number. */
    private static double rate(String id) {
        JsonNode job = served.get("/together/v1/fine-tunes/ft-" + id.substring("ftjob-".length()))
                .json();
        assertThat(job.path("learning_rate").asDouble()).isPositive();
        return job.path("learning_rate").asDouble();
    }

    private static Map<String, Object> openAi(String file, Map<String, Object> method) {
        return Map.of("model", "tiny", "training_file", file, "seed", 5, "method", method);
    }

    private static Map<String, Object> together(String file, double rate, Map<String, Object> method) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", "tiny");
        request.put("training_file", file);
        request.put("random_seed", 5);
        request.put("n_epochs", 2);
        request.put("batch_size", 8);
        request.put("learning_rate", rate);
        request.put("lr_scheduler", Map.of("lr_scheduler_type", "linear"));
        request.put("training_method", method);
        return request;
    }

    private static void same(List<String> jobs) throws Exception {
        byte[] first = Files.readAllBytes(adapter(jobs.get(0)));
        for (String other : jobs.subList(1, jobs.size())) {
            assertThat(adapter(other)).as(other).hasBinaryContent(first);
        }
    }

    private static String ours(JsonNode together) {
        return "ftjob-" + together.path("id").asText().substring("ft-".length());
    }

    @Tag("long")
    @Test
    void preferences() throws Exception {
        String file = served.rows(Served.pairs(0, 24));
        Map<String, Object> method = Map.of(
                "type", "dpo", "dpo", Map.of("hyperparameters", Map.of("n_epochs", 2, "batch_size", 8, "beta", 0.2)));
        String openAi =
                created("/v1/fine_tuning/jobs", openAi(file, method)).path("id").asText();
        String azure = created("/openai/fine_tuning/jobs" + VERSION, openAi(file, method))
                .path("id")
                .asText();
        adapter(openAi);
        String together = ours(created(
                "/together/v1/fine-tunes", together(file, rate(openAi), Map.of("method", "dpo", "dpo_beta", 0.2))));
        same(List.of(openAi, azure, together));
    }

    @Test
    void conversations() throws Exception {
        String file = served.rows(Served.chats(0, 24));
        Map<String, Object> method = Map.of(
                "type", "supervised", "supervised", Map.of("hyperparameters", Map.of("n_epochs", 2, "batch_size", 8)));
        String openAi =
                created("/v1/fine_tuning/jobs", openAi(file, method)).path("id").asText();
        String azure = created("/openai/v1/fine_tuning/jobs", openAi(file, method))
                .path("id")
                .asText();
        adapter(openAi);
        String together = ours(created(
                "/together/v1/fine-tunes",
                together(file, rate(openAi), Map.of("method", "sft", "train_on_inputs", "auto"))));
        same(List.of(openAi, azure, together));
    }

    /** The seed that a job drew whose door has no field for one. */
    private static int seed(String id) {
        return served.get("/v1/fine_tuning/jobs/" + id).json().path("seed").asInt();
    }

    private static String again(String file, String id, Map<String, Object> method) {
        Map<String, Object> request = new LinkedHashMap<>(openAi(file, method));
        request.put("seed", seed(id));
        return created("/v1/fine_tuning/jobs", request).path("id").asText();
    }

    @Tag("long")
    @Test
    void conversationsThroughDoorsWithoutASeed() throws Exception {
        String file = served.rows(Served.chats(0, 24));
        Map<String, Object> method =
                Map.of("type", "supervised", "supervised", Map.of("hyperparameters", Map.of("n_epochs", 2)));
        String first =
                created("/v1/fine_tuning/jobs", openAi(file, method)).path("id").asText();
        adapter(first);
        String mistral = created(
                        "/mistral/v1/fine_tuning/jobs",
                        Map.of(
                                "model",
                                "tiny",
                                "training_files",
                                List.of(Map.of("file_id", file, "weight", 1.0)),
                                "hyperparameters",
                                Map.of("epochs", 2.0, "learning_rate", rate(first)),
                                "auto_start",
                                true))
                .path("id")
                .asText();
        same(List.of(mistral, again(file, mistral, method)));
        String fireworks = shown(created(
                "/fireworks/v1/accounts/acme/supervisedFineTuningJobs",
                Map.of("dataset", file, "baseModel", "tiny", "epochs", 2, "learningRate", rate(first))));
        same(List.of(fireworks, again(file, fireworks, method)));
    }

    @Tag("long")
    @Test
    void preferencesThroughADoorWithoutASeed() throws Exception {
        String file = served.rows(Served.pairs(0, 24));
        String fireworks = shown(created(
                "/fireworks/v1/accounts/acme/dpoJobs",
                Map.of(
                        "dataset",
                        file,
                        "lossConfig",
                        Map.of("method", "DPO", "dpo", Map.of("beta", 0.2)),
                        "trainingConfig",
                        Map.of(
                                "baseModel",
                                "tiny",
                                "epochs",
                                2,
                                "batchSizeSamples",
                                4,
                                "gradientAccumulationSteps",
                                2))));
        Map<String, Object> method = Map.of(
                "type", "dpo", "dpo", Map.of("hyperparameters", Map.of("n_epochs", 2, "batch_size", 8, "beta", 0.2)));
        same(List.of(fireworks, again(file, fireworks, method)));
    }

    private static String shown(JsonNode fireworks) {
        String name = fireworks.path("name").asText();
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
