package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.run.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that go on from what an earlier job made, by the name that each door's clients know it by. */
class TunedStartsTest {
    private static final String JOBS = "/v1/fine_tuning/jobs";

    @TempDir
    Path folder;

    private static JsonNode created(Served served, String path, Map<String, Object> request) {
        Served.Answer answer = served.post(path, request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode succeeded(Served served, String id) throws InterruptedException {
        long until = System.nanoTime() + 120_000_000_000L;
        while (true) {
            JsonNode job = served.get(JOBS + "/" + id).json();
            if (job.path("status").asText().equals("succeeded")) {
                return job;
            }
            assertThat(job.path("status").asText()).as(job.toString()).isNotIn("failed", "cancelled");
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(until);
            Thread.sleep(50);
        }
    }

    private Map<String, Object> options(String job) {
        return new Run(folder.resolve("runs").resolve(job)).options();
    }

    @Test
    void firstSupervisedThenDpoAsTeamsDoIt() throws Exception {
        try (Served served = Served.start(folder)) {
            String chats = served.rows(Served.chats(0, 16));
            String pairs = served.rows(Served.pairs(0, 16));
            Map<String, Object> supervised = Map.of(
                    "model", "tiny", "training_file", chats, "hyperparameters", Map.of("n_epochs", 1, "batch_size", 8));
            String first = created(served, JOBS, supervised).path("id").asText();
            String tuned = succeeded(served, first).path("fine_tuned_model").asText();
            Map<String, Object> dpo = Map.of(
                    "model",
                    tuned,
                    "training_file",
                    pairs,
                    "suffix",
                    "polite",
                    "method",
                    Map.of("type", "dpo", "dpo", Map.of("hyperparameters", Map.of("n_epochs", 1, "batch_size", 8))));
            JsonNode receipt = created(served, JOBS, dpo);
            assertThat(receipt.path("model").asText()).isEqualTo(tuned);
            String second = receipt.path("id").asText();
            Served.Answer refused = served.delete("/v1/models/" + tuned);
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.error("message")).contains("is what job " + second + " starts from; cancel that job");
            JsonNode done = succeeded(served, second);
            assertThat(done.path("fine_tuned_model").asText()).startsWith("ft:tiny:local:polite:");
            Path adapter = folder.resolve("models").resolve(first).resolve("result");
            assertThat(options(second)).containsEntry("adapter", adapter.toString());
            String events =
                    served.get(JOBS + "/" + second + "/events?limit=100").text();
            assertThat(events)
                    .contains("model " + tuned
                            + ": the job starts from its adapter on tiny, which is the reference, too.");
            // The policy begins as the reference does, so that the first step's loss is that of a coin.
            assertThat(figure(served, second, "Step 1/2")).isCloseTo(Math.log(2), within(1e-6));

            otherDoors(served, tuned, chats);
            assertThat(served.delete("/v1/models/" + tuned).status()).isEqualTo(200);
            Served.Answer gone = served.post(JOBS, dpo);
            assertThat(gone.error("message"))
                    .contains("Model " + tuned + " is not available for fine-tuning or does not exist.");
        }
    }

    private static double figure(Served served, String job, String begins) {
        for (JsonNode event :
                served.get(JOBS + "/" + job + "/events?limit=100").json().path("data")) {
            if (event.path("message").asText().startsWith(begins)) {
                return event.at("/data/train_loss").asDouble();
            }
        }
        throw new AssertionError("no " + begins);
    }

    /** Azure's and Mistral's {@code model}, a checkpoint by its name, and Together's {@code from_checkpoint}; none of them gets to train. */
    private static void otherDoors(Served served, String tuned, String chats) {
        String checkpoint = tuned + ":ckpt-step-2";
        JsonNode azure =
                created(served, "/openai/v1/fine_tuning/jobs", Map.of("model", checkpoint, "training_file", chats));
        assertThat(azure.path("model").asText()).isEqualTo(checkpoint);
        cancel(served, azure.path("id").asText());

        Map<String, Object> mistral = new LinkedHashMap<>();
        mistral.put("model", tuned);
        mistral.put("training_files", List.of(Map.of("file_id", chats)));
        mistral.put("hyperparameters", Map.of("training_steps", 1));
        mistral.put("auto_start", false);
        assertThat(created(served, "/mistral/v1/fine_tuning/jobs?dry_run=true", mistral)
                        .path("details")
                        .asText())
                .contains("can be trained on");
        JsonNode held = created(served, "/mistral/v1/fine_tuning/jobs", mistral);
        assertThat(held.path("model").asText()).isEqualTo(tuned);
        cancel(served, held.path("id").asText());

        Served.Answer limits = served.get("/together/v1/fine-tunes/models/limits?model_name=ft");
        assertThat(limits.status()).as(limits.text()).isEqualTo(200);
        assertThat(limits.json().path("max_seq_length_sft").asInt()).isPositive();
        JsonNode together = created(
                served,
                "/together/v1/fine-tunes",
                Map.of("from_checkpoint", tuned, "training_file", chats, "n_epochs", 1));
        cancel(served, "ftjob-" + together.path("id").asText().substring("ft-".length()));
    }

    private static void cancel(Served served, String id) {
        Served.Answer answer = served.post(JOBS + "/" + id + "/cancel");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
}
