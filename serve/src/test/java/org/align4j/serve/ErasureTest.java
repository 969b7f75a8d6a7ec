package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows hold a word that is nowhere else; after a deletion by any door it is in no byte below the server's folder, nor after a restart. */
class ErasureTest {
    private static final String WORD = "quillfeather";
    private static final Set<String> ENDS = Set.of("succeeded", "failed", "cancelled");

    @TempDir
    Path folder;

    /** Returns the files below the server's folder that hold the word. */
    private List<String> holding() throws IOException {
        List<String> found = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(WORD)) {
                        found.add(folder.relativize(file).toString());
                    }
                } catch (NoSuchFileException goneMeanwhile) {
                    return FileVisitResult.CONTINUE;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException goneMeanwhile) {
                return FileVisitResult.CONTINUE; // a training moves what it has on its way
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException goneMeanwhile) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    /** Puts the word into the first row. */
    private static String marked(String rows) {
        return rows.replaceFirst("\"content\": ?\"", "\"content\":\"Mister " + WORD + " asks: ");
    }

    private static String dpo(Served served, String training, String validation) {
        Map<String, Object> hyperparameters = Map.of("n_epochs", 2, "batch_size", 8);
        Map<String, Object> request = new LinkedHashMap<>(Map.of(
                "model",
                "tiny",
                "training_file",
                training,
                "validation_file",
                validation,
                "method",
                Map.of("type", "dpo", "dpo", Map.of("hyperparameters", hyperparameters))));
        return served.post("/v1/fine_tuning/jobs", request).json().path("id").asText();
    }

    private static JsonNode awaitEnd(Served served, String id) throws InterruptedException {
        long until = System.nanoTime() + 120_000_000_000L;
        while (true) {
            JsonNode job = served.get("/v1/fine_tuning/jobs/" + id).json();
            if (ENDS.contains(job.path("status").asText())) {
                return job;
            }
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(until);
            Thread.sleep(50);
        }
    }

    private static String deleted(Served served, String path) {
        Served.Answer answer = served.delete(path);
        assertThat(answer.status()).as(path + " " + answer.text()).isEqualTo(200);
        return answer.text();
    }

    @Test
    void rowsOfAnEndedJobGoWithTheirFilesAndModelsWithTheirCheckpoints() throws Exception {
        String id;
        try (Served served = Served.start(folder)) {
            String training = served.rows(marked(Served.pairs(0, 16)));
            String validation = served.rows(marked(Served.pairs(16, 8)));
            id = dpo(served, training, validation);
            JsonNode job = awaitEnd(served, id);
            String model = job.path("fine_tuned_model").asText();
            assertThat(model).as(job.toString()).startsWith("ft:tiny");
            assertThat(holding()).contains("runs/" + id + ".rows/training.jsonl", "runs/" + id + "/samples.json");
            deleted(served, "/v1/files/" + training);
            deleted(served, "/v1/files/" + validation);
            assertThat(holding()).isEmpty();
            Path copy = folder.resolve("runs").resolve(id + ".rows").resolve("training.jsonl");
            assertThatThrownBy(() -> DataFiles.resolve("data", List.of(copy.toString())))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("whose rows were deleted on 20")
                    .hasMessageContaining("with " + training);
            assertThat(served.get("/v1/fine_tuning/jobs/" + id + "/events?limit=100")
                            .text())
                    .contains("The rows of " + training + " were deleted", "Step 4/4");
            assertThat(served.get("/ui/api/jobs/" + id).json().path("curves")).isNotEmpty();
            assertThat(served.get("/ui/api/jobs/" + id + "/report").status()).isEqualTo(404);
            assertThat(chat(served, model).status()).isEqualTo(200);

            String checkpoint = model + ":ckpt-step-4";
            assertThat(chat(served, checkpoint).status()).isEqualTo(200);
            deleted(served, "/v1/models/" + model + ":ckpt-step-2");
            assertThat(chat(served, model + ":ckpt-step-2").status()).isEqualTo(404);
            assertThat(chat(served, checkpoint).status()).isEqualTo(200);
            deletedWhileItAnswers(served, model, checkpoint);
            assertThat(chat(served, checkpoint).error("code")).isEqualTo("model_not_found");
            assertThat(served.get("/v1/models").text()).doesNotContain("ft:");
            assertThat(served.get("/v1/fine_tuning/jobs/" + id + "/checkpoints")
                            .json()
                            .path("data"))
                    .isEmpty();
            assertThat(weights()).isEmpty();
        }
        assertThat(holding()).isEmpty();
        try (Served served = Served.start(folder)) {
            assertThat(holding()).isEmpty();
            assertThat(weights()).isEmpty();
            assertThat(served.get("/v1/fine_tuning/jobs/" + id)
                            .json()
                            .path("status")
                            .asText())
                    .isEqualTo("succeeded");
        }
    }

    /** An answer that began is finished; of those that come meanwhile each is answered or refused. */
    private static void deletedWhileItAnswers(Served served, String model, String checkpoint) throws Exception {
        Map<String, Object> request =
                Map.of("model", checkpoint, "prompt", "The cat", "max_tokens", 300, "stream", true);
        HttpRequest asked = HttpRequest.newBuilder(served.address().resolve("/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.text(request)))
                .build();
        try (InputStream stream = HttpClient.newHttpClient()
                .send(asked, HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            assertThat(stream.readNBytes(100)).hasSize(100);
            List<CompletableFuture<Integer>> meanwhile = Stream.generate(() -> CompletableFuture.supplyAsync(
                            () -> chat(served, model).status()))
                    .limit(12)
                    .toList();
            deleted(served, "/v1/models/" + model);
            for (CompletableFuture<Integer> each : meanwhile) {
                assertThat(each.get()).isIn(200, 404);
            }
            assertThat(new String(stream.readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("data: [DONE]\n\n")
                    .doesNotContain("error");
        }
    }

    private static Served.Answer chat(Served served, String model) {
        return served.post(
                "/v1/chat/completions",
                Map.of(
                        "model",
                        model,
                        "max_tokens",
                        1,
                        "messages",
                        List.of(Map.of("role", "user", "content", "Where is the cat?"))));
    }

    private List<Path> weights() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(".safetensors")).toList();
        }
    }

    @Test
    void aJobThatRunsKeepsItsRowsToItsEnd() throws Exception {
        try (Served served = Served.start(folder)) {
            String training = served.rows(marked(Served.pairs(0, 16)));
            String id = dpo(served, training, served.rows(Served.pairs(16, 8)));
            deleted(served, "/v1/files/" + training);
            assertThat(served.get("/v1/files/" + training).status()).isEqualTo(404);
            assertThat(holding()).contains("files/" + training + ".jsonl");
            awaitEnd(served, id);
        }
        try (Served served = Served.start(folder)) {
            assertThat(served.get("/v1/models").text()).contains("ft:tiny");
            awaitNothing();
        }
    }

    /** The sweep of a start goes on beside it. */
    private void awaitNothing() throws Exception {
        long until = System.nanoTime() + 30_000_000_000L;
        while (!holding().isEmpty() && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        assertThat(holding()).isEmpty();
    }

    /** A row of another method, whose unknown field an error quotes; and a job that was cancelled before its turn. */
    @Test
    void failedAndCancelledJobsKeepNoRows() throws Exception {
        try (Served served = Served.start(folder)) {
            String rows = Served.chats(0, 12).replaceFirst("\\{", "{\"" + WORD + "\":1,");
            String broken = served.rows(rows);
            String failing = served.post("/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", broken))
                    .json()
                    .path("id")
                    .asText();
            assertThat(awaitEnd(served, failing).at("/error/message").asText()).contains(WORD);
            deleted(served, "/v1/files/" + broken);
            String training = served.rows(marked(Served.pairs(0, 16)));
            String id = dpo(served, training, served.rows(Served.pairs(16, 8)));
            served.post("/v1/fine_tuning/jobs/" + id + "/cancel");
            awaitEnd(served, id);
            deleted(served, "/v1/files/" + training);
            awaitNothing();
            JsonNode failed = served.get("/v1/fine_tuning/jobs/" + failing).json();
            assertThat(failed.at("/error/code").asText()).isEqualTo("invalid_file_format");
            assertThat(failed.at("/error/message").asText()).contains("could quote rows of " + broken);
        }
    }

    @Test
    void aJobThatAnotherDoorDeletesLeavesNothing() throws Exception {
        try (Served served = Served.start(folder)) {
            String training = served.rows(marked(Served.pairs(0, 16)));
            String id = dpo(served, training, served.rows(Served.pairs(16, 8)));
            JsonNode job = awaitEnd(served, id);
            String theirs = id.replace("ftjob-", "ft-");
            assertThat(served.get("/together/v1/finetune/download?checkpoint=adapter&ft_id=" + theirs)
                            .status())
                    .isEqualTo(200);
            assertThat(chat(served, job.path("fine_tuned_model").asText()).status())
                    .isEqualTo(200);
            deleted(served, "/together/v1/fine-tunes/" + theirs);
            deleted(served, "/together/v1/files/" + training);
            assertThat(holding()).isEmpty();
            assertThat(weights()).isEmpty();
            try (Stream<Path> left = Files.walk(folder)) {
                assertThat(left.filter(file ->
                                file.toString().contains(id) || file.toString().endsWith(".tar.gz")))
                        .isEmpty();
            }
            assertThat(served.get("/v1/files/" + job.at("/result_files/0").asText() + "/content")
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void whatEachDoorTakesInItDeletes() throws Exception {
        try (Served served = Served.start(folder)) {
            byte[] rows = marked(Served.chats(0, 12)).getBytes(StandardCharsets.UTF_8);
            deleted(served, "/mistral/v1/files/" + upload(served, "/mistral/v1/files", rows));
            deleted(served, "/openai/v1/files/" + upload(served, "/v1/files", rows));
            assertThat(holding()).isEmpty();
            fireworks(served, rows);
            assertThat(holding()).isEmpty();
            together(served, rows);
            assertThat(holding()).isEmpty();
            parts(served, rows, "complete");
            assertThat(holding()).isEmpty();
            parts(served, rows, "cancel");
            assertThat(holding()).isEmpty();
        }
        assertThat(holding()).isEmpty();
    }

    private static String upload(Served served, String path, byte[] rows) {
        return served.form(path, "file", "rows.jsonl", rows, "purpose", "fine-tune")
                .json()
                .path("id")
                .asText();
    }

    private void fireworks(Served served, byte[] rows) throws IOException {
        String datasets = "/fireworks/v1/accounts/acme/datasets";
        assertThat(served.post(datasets, Map.of("datasetId", "d")).status()).isEqualTo(200);
        for (int time = 0; time < 2; time++) {
            assertThat(served.form(datasets + "/d:upload", "file", "rows.jsonl", rows)
                            .status())
                    .isEqualTo(200);
        }
        assertThat(holding()).hasSize(1);
        deleted(served, datasets + "/d");
    }

    private void together(Served served, byte[] rows) throws Exception {
        String sum =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rows));
        Map<String, Object> asked = Map.of(
                "file_name",
                "rows.jsonl",
                "file_size",
                rows.length,
                "num_parts",
                1,
                "purpose",
                "fine-tune",
                "file_type",
                "jsonl",
                "checksum",
                sum);
        for (String end : List.of("complete", "abort")) {
            JsonNode begun =
                    served.post("/together/v1/files/multipart/initiate", asked).json();
            String place = URI.create(begun.at("/parts/0/URL").asText()).getPath();
            String tag = served.send("PUT", place, BodyPublishers.ofByteArray(rows))
                    .response()
                    .headers()
                    .firstValue("ETag")
                    .orElseThrow();
            assertThat(holding()).hasSize(1);
            Map<String, Object> ids = new LinkedHashMap<>();
            ids.put("upload_id", begun.path("upload_id").asText());
            ids.put("file_id", begun.path("file_id").asText());
            if (end.equals("complete")) {
                ids.put("parts", List.of(Map.of("part_number", 1, "etag", tag)));
            }
            Served.Answer ended = served.post("/together/v1/files/multipart/" + end, ids);
            assertThat(ended.status()).as(ended.text()).isEqualTo(200);
            if (end.equals("complete")) {
                deleted(served, "/together/v1/files/" + begun.path("file_id").asText());
            }
            assertThat(holding()).as(end).isEmpty();
        }
    }

    private void parts(Served served, byte[] rows, String end) throws IOException {
        Map<String, Object> asked = Map.of(
                "filename", "rows.jsonl", "bytes", rows.length, "mime_type", "text/jsonl", "purpose", "fine-tune");
        String upload = served.post("/v1/uploads", asked).json().path("id").asText();
        String part = served.form("/v1/uploads/" + upload + "/parts", "data", "part", rows)
                .json()
                .path("id")
                .asText();
        assertThat(holding()).hasSize(1);
        Served.Answer ended = served.post("/v1/uploads/" + upload + "/" + end, Map.of("part_ids", List.of(part)));
        assertThat(ended.status()).as(ended.text()).isEqualTo(200);
        if (end.equals("complete")) {
            deleted(served, "/v1/files/" + ended.json().at("/file/id").asText());
        }
    }

    /** The answers of a batch lie in the database until they are written into its file, which quotes what its requests were called. */
    @Test
    void aBatchKeepsNothingButItsFiles() throws Exception {
        try (Served served = Served.start(folder)) {
            String line = "{\"custom_id\":\"" + WORD + "\",\"method\":\"POST\",\"url\":\"/v1/completions\",\"body\":"
                    + "{\"model\":\"tiny\",\"prompt\":\"" + WORD + "\",\"max_tokens\":1,\"echo\":true}}\n";
            String input = served.upload("b.jsonl", line.getBytes(StandardCharsets.UTF_8), "purpose", "batch")
                    .json()
                    .path("id")
                    .asText();
            String twice = served.upload("b.jsonl", (line + line).getBytes(StandardCharsets.UTF_8), "purpose", "batch")
                    .json()
                    .path("id")
                    .asText();
            JsonNode done = batch(served, input, "completed");
            JsonNode failed = batch(served, twice, "failed");
            assertThat(failed.toString()).contains(WORD);
            deleted(served, "/v1/files/" + input);
            deleted(served, "/v1/files/" + twice);
            String output = done.path("output_file_id").asText();
            assertThat(holding()).hasSize(1).allMatch(file -> file.contains(output));
            deleted(served, "/v1/files/" + output);
            assertThat(holding()).isEmpty();
        }
    }

    private static JsonNode batch(Served served, String input, String end) throws InterruptedException {
        JsonNode batch = served.post(
                        "/v1/batches",
                        Map.of("input_file_id", input, "endpoint", "/v1/completions", "completion_window", "24h"))
                .json();
        long until = System.nanoTime() + 30_000_000_000L;
        while (!batch.path("status").asText().equals(end)) {
            assertThat(System.nanoTime()).as(batch.toString()).isLessThan(until);
            Thread.sleep(20);
            batch = served.get("/v1/batches/" + batch.path("id").asText()).json();
        }
        return batch;
    }
}
