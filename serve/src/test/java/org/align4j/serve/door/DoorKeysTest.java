package org.align4j.serve.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mistral's and Fireworks' doors with no key, a key that may only read, and the key of another project. */
class DoorKeysTest {
    private static final String MISTRAL = "/mistral/v1";
    private static final String FIREWORKS = "/fireworks/v1/accounts/acme";

    @TempDir
    Path folder;

    @Test
    void nobodySeesWhatIsAnothers() throws Exception {
        Keys keys = new Keys(folder);
        String owner =
                keys.create("owner", "a", Scope.read(List.of("read", "train"))).secret();
        String reader = keys.create("reader", "a", Scope.read(List.of("read"))).secret();
        String stranger = keys.create("stranger", "b", Scope.read(List.of("read", "train")))
                .secret();
        byte[] rows = Served.chats(0, 20).getBytes(StandardCharsets.UTF_8);
        try (Served served = Served.start(folder)) {
            assertThat(served.get(MISTRAL + "/files").status()).isEqualTo(401);
            assertThat(served.get(MISTRAL + "/models").json().path("object").asText())
                    .isEqualTo("error");
            assertThat(served.get(FIREWORKS + "/models").status()).isEqualTo(401);
            assertThat(served.get("/fireworks/v1/accounts").json().path("code").asInt())
                    .isEqualTo(16);
            assertThat(served.get("/fireworks/links/none").status()).isEqualTo(404);
            served.as(owner);
            String file = served.form(MISTRAL + "/files", "file", "c.jsonl", rows)
                    .json()
                    .path("id")
                    .asText();
            Map<String, Object> job = Map.of(
                    "model",
                    "tiny",
                    "training_files",
                    List.of(Map.of("file_id", file)),
                    "hyperparameters",
                    Map.of("training_steps", 1),
                    "auto_start",
                    false);
            String id = served.post(MISTRAL + "/fine_tuning/jobs", job)
                    .json()
                    .path("id")
                    .asText();
            assertThat(served.post(FIREWORKS + "/datasets", Map.of("datasetId", "ds"))
                            .status())
                    .isEqualTo(200);
            assertThat(served.form(FIREWORKS + "/datasets/ds:upload", "file", "c.jsonl", rows)
                            .status())
                    .isEqualTo(200);
            served.as(reader);
            assertThat(served.get(MISTRAL + "/fine_tuning/jobs/" + id).status()).isEqualTo(200);
            for (Answer answer : List.of(
                    served.form(MISTRAL + "/files", "file", "c.jsonl", rows),
                    served.post(MISTRAL + "/fine_tuning/jobs", job),
                    served.post(MISTRAL + "/fine_tuning/jobs/" + id + "/start"),
                    served.delete(MISTRAL + "/files/" + file),
                    served.post(FIREWORKS + "/datasets", Map.of("datasetId", "other")),
                    served.form(FIREWORKS + "/datasets/ds:upload", "file", "c.jsonl", rows),
                    served.post(FIREWORKS + "/supervisedFineTuningJobs", Map.of("dataset", "ds", "baseModel", "tiny")),
                    served.delete(FIREWORKS + "/datasets/ds"))) {
                assertThat(answer.status()).as(answer.text()).isEqualTo(403);
            }
            served.as(stranger);
            assertThat(served.get(MISTRAL + "/files/" + file).status()).isEqualTo(404);
            assertThat(served.get(MISTRAL + "/files/" + file + "/content").status())
                    .isEqualTo(404);
            assertThat(served.get(MISTRAL + "/fine_tuning/jobs/" + id).status()).isEqualTo(404);
            assertThat(served.post(MISTRAL + "/fine_tuning/jobs/" + id + "/cancel")
                            .status())
                    .isEqualTo(404);
            assertThat(served.get(MISTRAL + "/fine_tuning/jobs")
                            .json()
                            .path("total")
                            .asInt())
                    .isZero();
            assertThat(served.post(MISTRAL + "/fine_tuning/jobs", job).status()).isEqualTo(422);
            assertThat(served.get(FIREWORKS + "/datasets/ds").status()).isEqualTo(404);
            assertThat(served.get(FIREWORKS + "/datasets").json().path("datasets"))
                    .isEmpty();
            assertThat(served.get(FIREWORKS + "/supervisedFineTuningJobs/" + id).status())
                    .isEqualTo(404);
            assertThat(served.post(
                                    FIREWORKS + "/supervisedFineTuningJobs",
                                    Map.of("dataset", "ds", "baseModel", "tiny"))
                            .status())
                    .isEqualTo(400);
            assertThat(served.post(FIREWORKS + "/datasets", Map.of("datasetId", "ds"))
                            .status())
                    .as("each project has names of its own")
                    .isEqualTo(200);
            assertThat(served.as("sk-wrong").get(FIREWORKS + "/datasets").status())
                    .isEqualTo(401);
        }
    }
}
