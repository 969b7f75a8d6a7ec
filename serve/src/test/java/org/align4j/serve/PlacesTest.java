package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever goes wrong on the disk of a server, no client reads where it was. */
class PlacesTest {
    @TempDir
    Path folder;

    @Test
    void noAnswerNamesAPlaceOnTheServer() throws Exception {
        List<String> read = new ArrayList<>();
        try (Served served = Served.start(folder)) {
            String rows = served.rows(Served.chats(0, 12));
            JsonNode job = ended(served, create(served, "tiny", rows));
            String tuned = job.path("fine_tuned_model").asText();
            Path models = folder.resolve("models").resolve(job.path("id").asText());
            Files.writeString(models.resolve("result").resolve("adapter_config.json"), "{");
            read.add(chat(served, tuned));
            JsonNode again = ended(served, create(served, tuned, rows));
            assertThat(again.path("status").asText()).isEqualTo("failed");
            read.add(again.toString());
            read.add(served.get("/v1/fine_tuning/jobs/" + again.path("id").asText() + "/events")
                    .text());
            String theirs = job.path("id").asText().replace("ftjob-", "ft-");
            read.add(served.get("/together/v1/finetune/download?checkpoint=merged&ft_id=" + theirs)
                    .text());
            read.add(served.get("/ui/api/merged?model=" + tuned).text());
            Files.delete(folder.resolve("files").resolve(rows + ".jsonl"));
            read.add(served.get("/v1/files/" + rows + "/content").text());
            read.add(served.get("/ui/api/files/" + rows + "/doctor").text());
            read.add(served.get("/mistral/v1/files/" + rows + "/content").text());
            read.add(ended(served, create(served, "tiny", rows)).toString());
            String broken = served.upload(
                            "x.jsonl",
                            "{\"messages\": 5}\n{\"a\": \n".getBytes(StandardCharsets.UTF_8),
                            "purpose",
                            "fine-tune")
                    .text();
            read.add(broken);
        }
        for (String text : read) {
            assertThat(text)
                    .doesNotContain(folder.toString())
                    .doesNotContain(String.valueOf(folder.getFileName()))
                    .doesNotContain(Served.DEMO.toString())
                    .doesNotContain(String.valueOf(Path.of("").toAbsolutePath().getParent()));
        }
        assertThat(read.get(0)).contains("adapter_config.json");
        assertThat(read.get(1)).contains("adapter_config.json");
    }

    private static String create(Served served, String model, String rows) {
        Served.Answer answer = served.post(
                "/v1/fine_tuning/jobs",
                Map.of(
                        "model",
                        model,
                        "training_file",
                        rows,
                        "hyperparameters",
                        Map.of("n_epochs", 1, "batch_size", 8)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("id").asText();
    }

    private static JsonNode ended(Served served, String id) throws InterruptedException {
        long until = System.nanoTime() + 120_000_000_000L;
        while (true) {
            JsonNode job = served.get("/v1/fine_tuning/jobs/" + id).json();
            if (List.of("succeeded", "failed").contains(job.path("status").asText())) {
                return job;
            }
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(until);
            Thread.sleep(50);
        }
    }

    private static String chat(Served served, String model) {
        return served.post(
                        "/v1/chat/completions",
                        Map.of("model", model, "messages", List.of(Map.of("role", "user", "content", "Hi"))))
                .text();
    }
}
