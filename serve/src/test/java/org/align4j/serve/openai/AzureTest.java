package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Azure's paths add to OpenAI's: a version in the query, a key's header, deployments and tiers. */
class AzureTest {
    private static final String VERSION = "?api-version=2025-04-01-preview";
    private static final String JOBS = "/openai/fine_tuning/jobs" + VERSION;

    @TempDir
    Path folder;

    private Served served;

    @BeforeEach
    void start() {
        served = Served.start(folder);
    }

    @AfterEach
    void stop() {
        served.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/openai/models?api-version=2024-10-21",
                "/openai/models?api-version=2025-04-01-preview",
                "/openai/v1/models",
                "/openai/v1/models?api-version=preview",
                "/openai/fine_tuning/jobs?api-version=2024-10-21&limit=1",
                "/openai/v1/files?limit=1"
            })
    void versionsThatAzureHasAreTaken(String path) {
        assertThat(served.get(path).status()).isEqualTo(200);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/openai/models",
                "/openai/models?api-version=",
                "/openai/models?api-version=latest",
                "/openai/models?api-version=../v1",
                "/openai/v1/models?api-version=yesterday",
                "/v1/files?api-version=2024-10-21"
            })
    void otherVersionsAreRefused(String path) {
        Answer answer = served.get(path);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error("param")).isEqualTo("api-version");
    }

    @Test
    void aKeyComesInAHeaderOfItsOwn() throws IOException {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "keys", "create", "a", "--dir", folder.toString(), "--json"))
                .isZero();
        String key = Json.read(terminal.captureOutput()).path("key").asText();
        String path = "/openai/models" + VERSION;
        assertThat(served.get(path).status()).isEqualTo(401);
        assertThat(sent(path, "api-key", key)).isEqualTo(200);
        assertThat(sent(path, "api-key", "wrong")).isEqualTo(401);
        assertThat(sent(path, "Authorization", "Bearer " + key)).isEqualTo(200);
    }

    private int sent(String path, String... headers) {
        return served.send("GET", path, BodyPublishers.noBody(), headers).status();
    }

    @Test
    void aDeploymentIsAModelByItsName() {
        Map<String, Object> asked = Map.of(
                "messages", List.of(Map.of("role", "user", "content", "Hello")), "max_tokens", 4, "model", "another");
        Answer answer = served.post("/openai/deployments/tiny/chat/completions" + VERSION, asked);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("model").asText()).isEqualTo("tiny");
        for (String none : List.of("nothing", "a/b", "..%2F..%2Fetc")) {
            Answer refused = served.post("/openai/deployments/" + none + "/chat/completions" + VERSION, asked);
            assertThat(refused.status()).as(none).isIn(400, 404);
        }
        assertThat(served.post("/openai/deployments/tiny/embeddings" + VERSION, asked)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void tiersAreTakenAndSaid() throws IOException {
        Answer upload = served.form(
                "/openai/files" + VERSION,
                "file",
                "rows.jsonl",
                Served.pairs(0, 12).getBytes(StandardCharsets.UTF_8),
                "purpose",
                "fine-tune");
        String file = upload.json().path("id").asText();
        for (String tier : List.of("Standard", "GlobalStandard", "developerTier")) {
            Map<String, Object> asked = Map.of(
                    "model", "tiny", "training_file", file, "trainingType", tier, "method", Map.of("type", "dpo"));
            JsonNode job = served.post(JOBS, asked).json();
            assertThat(job.path("trainingType").asText()).isEqualTo(tier);
            String id = job.path("id").asText();
            assertThat(served.get("/openai/fine_tuning/jobs/" + id + "/events" + VERSION + "&limit=100")
                            .text())
                    .contains("trainingType " + tier + ": this machine is the only tier.");
            assertThat(served.post("/openai/fine_tuning/jobs/" + id + "/cancel" + VERSION)
                            .json()
                            .path("status")
                            .asText())
                    .isEqualTo("cancelled");
        }
        Answer wrong = served.post(JOBS, Map.of("model", "tiny", "training_file", file, "trainingType", "Gold"));
        assertThat(wrong.error("param")).isEqualTo("trainingType");
        Answer elsewhere = served.post(
                "/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", file, "trainingType", "Standard"));
        assertThat(elsewhere.error("code")).isEqualTo("unknown_parameter");
    }
}
