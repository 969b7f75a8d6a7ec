package org.align4j.serve.together;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Together's door over HTTP: the upload's paths of one use, keys and projects, and what jobs say. */
class TogetherTest {
    private static final String FILES = "/together/v1/files";
    private static final String JOBS = "/together/v1/fine-tunes";

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

    private static String sha256(byte[] bytes) {
        return Hashing.sha256().hashBytes(bytes).toString();
    }

    private Answer announce(byte[] content, String... changes) {
        List<String> fields = new ArrayList<>(List.of(
                "purpose", "fine-tune", "file_name", "rows.jsonl", "file_type", "jsonl", "checksum", sha256(content)));
        for (int i = 0; i < changes.length; i += 2) {
            fields.set(fields.indexOf(changes[i]) + 1, changes[i + 1]);
        }
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < fields.size(); i += 2) {
            form.append("--b7\r\nContent-Disposition: form-data; name=\"" + fields.get(i) + "\"\r\n\r\n"
                    + fields.get(i + 1) + "\r\n");
        }
        return served.send(
                "POST",
                FILES,
                BodyPublishers.ofString(form + "--b7--\r\n"),
                "Content-Type",
                "multipart/form-data; boundary=b7");
    }

    private static String header(Answer answer, String name) {
        return answer.response().headers().firstValue(name).orElse("");
    }

    /** Sends bytes without a key, as the client does. */
    private int put(String place, byte[] content, String key) {
        try {
            return served.as(null)
                    .send("PUT", URI.create(place).getPath(), BodyPublishers.ofByteArray(content))
                    .status();
        } finally {
            served.as(key);
        }
    }

    private String upload(byte[] content) {
        Answer announced = announce(content);
        assertThat(announced.status()).as(announced.text()).isEqualTo(302);
        assertThat(put(header(announced, "Location"), content, null)).isEqualTo(200);
        String id = header(announced, "X-Together-File-Id");
        assertThat(served.post(FILES + "/" + id + "/preprocess").status()).isEqualTo(200);
        return id;
    }

    private static byte[] pairs() throws IOException {
        return Served.pairs(0, 16).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aFilesPathIsUsedOnceAndForItsBytesAlone() throws IOException {
        byte[] content = pairs();
        Answer announced = announce(content);
        String place = header(announced, "Location");
        String id = header(announced, "X-Together-File-Id");
        assertThat(place).startsWith(served.address() + "/together/uploads/");
        assertThat(served.get(FILES + "/" + id).status()).isEqualTo(404);
        assertThat(put(place, "{}\n".getBytes(StandardCharsets.UTF_8), null)).isEqualTo(400);
        assertThat(put(place, content, null)).as("used").isEqualTo(403);
        assertThat(put("/together/uploads/0123", content, null)).isEqualTo(403);

        String file = upload(content);
        JsonNode document = served.get(FILES + "/" + file).json();
        assertThat(document.path("FileType").asText()).isEqualTo("jsonl");
        assertThat(document.path("processing_status").asText()).isEqualTo("COMPLETED");
        JsonNode report = document.path("validation_report");
        assertThat(report.path("valid").asBoolean()).isTrue();
        assertThat(report.path("nlines").asInt()).isEqualTo(16);
        assertThat(report.path("dataset_format").asText()).isEqualTo("PREFERENCE_OPENAI");
        assertThat(report.path("doctor").path("findings")).isNotEmpty();

        Answer again = announce(content);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("file_id").asText()).isEqualTo(file);
        assertThat(header(again, "x-should-retry")).isEqualTo("false");
        assertThat(served.get(FILES + "/" + file + "/content").text())
                .isEqualTo(new String(content, StandardCharsets.UTF_8));
        assertThat(served.get(FILES).json().path("data")).hasSize(1);
        assertThat(served.delete(FILES + "/" + file).json().path("deleted").asBoolean())
                .isTrue();
        assertThat(announce(content).status()).as("a deleted file isn't known").isEqualTo(302);
    }

    @Test
    void whatIsAnnouncedWronglyIsRefused() throws IOException {
        byte[] content = pairs();
        for (String[] wrong : new String[][] {
            {"file_type", "csv"}, {"file_type", "parquet"}, {"purpose", "eval"}, {"purpose", "x"}, {"checksum", "abc"}
        }) {
            Answer answer = announce(content, wrong);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.error("param")).isEqualTo(wrong[0]);
        }
        Answer named = announce(content, "file_name", "../../etc/rows.jsonl");
        assertThat(put(header(named, "Location"), content, null)).isEqualTo(200);
        assertThat(served.get(FILES + "/" + header(named, "X-Together-File-Id"))
                        .json()
                        .path("filename")
                        .asText())
                .isEqualTo("rows.jsonl");
        String broken = upload("{\"messages\": []}\n".getBytes(StandardCharsets.UTF_8));
        JsonNode document = served.get(FILES + "/" + broken).json();
        assertThat(document.path("processing_status").asText()).isEqualTo("INVALID_FORMAT");
        assertThat(document.path("validation_report").path("error").asText()).contains("Example 1");
        JsonNode price = served.post(JOBS + "/estimate-price", Map.of("training_file", "file-x"))
                .json();
        assertThat(price.path("unavailable_reason").asText()).isEqualTo("train_file_invalid");
    }

    @Test
    void aPathIsTooOldAfterTenMinutes() {
        Instant[] now = {Instant.parse("2026-01-15T12:00:00Z")};
        Tickets tickets = new Tickets(() -> now[0]);
        StoredFiles.Label label = new StoredFiles.Label("rows.jsonl", "fine-tune", null);
        String late = tickets.open("a", label, "file-x", "0", null);
        String early = tickets.open("a", label, "file-y", "0", null);
        now[0] = now[0].plus(Tickets.LIFETIME).minusSeconds(1);
        assertThat(tickets.use(early).id()).isEqualTo("file-y");
        now[0] = now[0].plusSeconds(1);
        assertThatThrownBy(() -> tickets.use(late)).isInstanceOf(Refusal.class).hasMessageContaining("too old");
    }

    @Test
    void partsBecomeTheirFile() throws IOException {
        byte[] content = pairs();
        Map<String, Object> asked = Map.of(
                "file_name",
                "large.jsonl",
                "file_size",
                content.length,
                "num_parts",
                2,
                "purpose",
                "fine-tune",
                "file_type",
                "jsonl",
                "checksum",
                sha256(content));
        JsonNode begun = served.post(FILES + "/multipart/initiate", asked).json();
        List<Map<String, Object>> sent = new ArrayList<>();
        int half = content.length / 2;
        for (int number = 2; number >= 1; number--) {
            JsonNode part = begun.path("parts").get(number - 1);
            String path = URI.create(part.path("URL").asText()).getPath();
            byte[] bytes =
                    number == 1 ? Arrays.copyOf(content, half) : Arrays.copyOfRange(content, half, content.length);
            Answer answer = served.send("PUT", path, BodyPublishers.ofByteArray(bytes));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(served.send("PUT", path, BodyPublishers.ofByteArray(bytes))
                            .status())
                    .isEqualTo(403);
            sent.add(Map.of("part_number", part.path("PartNumber").asInt(), "etag", header(answer, "ETag")));
        }
        Map<String, Object> whole =
                Map.of("upload_id", begun.path("upload_id"), "file_id", begun.path("file_id"), "parts", sent);
        JsonNode file = served.post(FILES + "/multipart/complete", whole).json().path("file");
        assertThat(file.path("id")).isEqualTo(begun.path("file_id"));
        assertThat(served.get(FILES + "/" + file.path("id").asText() + "/content")
                        .text())
                .isEqualTo(new String(content, StandardCharsets.UTF_8));
        assertThat(served.post(FILES + "/multipart/initiate", asked).status()).isEqualTo(409);
        assertThat(served.post(FILES + "/multipart/complete", whole).status()).isEqualTo(400);
        assertThat(served.post(
                                FILES + "/multipart/abort",
                                Map.of("upload_id", "upload_x", "file_id", begun.path("file_id")))
                        .status())
                .isEqualTo(404);
    }

    private String key(String name, String scopes) throws IOException {
        Terminal terminal = Terminal.captured();
        int code = Align.run(
                terminal,
                "keys",
                "create",
                name,
                "--project",
                name,
                "--scopes",
                scopes,
                "--dir",
                folder.toString(),
                "--json");
        assertThat(code).isZero();
        return Json.read(terminal.captureOutput()).path("key").asText();
    }

    @Test
    void keysAndProjectsHoldHereToo() throws IOException {
        byte[] content = pairs();
        String a = key("a", "train,read");
        String b = key("b", "read");
        assertThat(served.as(null).get(JOBS).status()).isEqualTo(401);
        assertThat(announce(content).status())
                .as("an upload's 401 would be shown as a bill")
                .isEqualTo(403);
        served.as(b);
        assertThat(announce(content).error("code")).isEqualTo("missing_scope");
        served.as(a);
        Answer announced = announce(content);
        assertThat(put(header(announced, "Location"), content, a)).isEqualTo(200);
        String file = header(announced, "X-Together-File-Id");
        Answer job = served.post(
                JOBS,
                Map.of(
                        "training_file",
                        file,
                        "model",
                        "tiny",
                        "n_epochs",
                        50,
                        "batch_size",
                        1,
                        "training_method",
                        Map.of("method", "dpo")));
        assertThat(job.status()).as(job.text()).isEqualTo(200);
        String id = job.json().path("id").asText();
        assertThat(id).startsWith("ft-").doesNotStartWith("ftjob-");
        assertThat(served.get("/v1/fine_tuning/jobs/ftjob-" + id.substring(3)).status())
                .as("one list of jobs for all doors")
                .isEqualTo(200);
        assertThat(served.delete(JOBS + "/" + id).error("message")).contains("cancel it first");
        served.as(b);
        for (String path : List.of("", "/events", "/checkpoints", "/metrics")) {
            assertThat(served.get(JOBS + "/" + id + path).status()).as(path).isEqualTo(404);
        }
        assertThat(served.get("/together/v1/finetune/download?checkpoint=adapter&ft_id=" + id)
                        .status())
                .isEqualTo(404);
        assertThat(served.get(FILES + "/" + file).status()).isEqualTo(404);
        assertThat(served.get("/together/v2/projects/a/models").status()).isEqualTo(404);
        assertThat(served.get("/together/v3/whoami").json().at("/project/id").asText())
                .isEqualTo("b");
        assertThat(served.post(JOBS + "/" + id + "/cancel").status()).isEqualTo(403);
        served.as(a);
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (runs().isEmpty() && System.nanoTime() < until) {
            served.get(JOBS + "/" + id); // a job that never began would leave nothing to delete
        }
        assertThat(served.post(JOBS + "/" + id + "/cancel")
                        .json()
                        .path("status")
                        .asText())
                .isEqualTo("cancelled");
        assertThat(served.post(JOBS + "/" + id + "/cancel").status()).isEqualTo(400);
        Answer from = served.post(JOBS, Map.of("training_file", file, "from_checkpoint", id + ":5"));
        assertThat(from.error("param")).isEqualTo("from_checkpoint");
        assertThat(runs()).isNotEmpty();
        assertThat(served.delete(JOBS + "/" + id).status()).isEqualTo(200);
        assertThat(served.get(JOBS + "/" + id).status()).isEqualTo(404);
        assertThat(served.get(JOBS).json().path("data")).isEmpty();
        assertThat(runs()).as("what lay of the job").isEmpty();
    }

    private List<String> runs() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("runs"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("ftjob-"))
                    .toList();
        }
    }

    @Test
    void anotherHostIsNeverPartOfAPath() throws IOException {
        byte[] content = pairs();
        String form = "--b7\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b7--\r\n";
        for (String host :
                List.of("evil.example", "evil.example:" + served.address().getPort(), "127.0.0.1@evil.example")) {
            assertThat(raw(host, form)).as(host).startsWith("HTTP/1.1 4").doesNotContain("Location");
        }
        String place = header(announce(content), "Location");
        assertThat(URI.create(place).getAuthority()).isEqualTo(served.address().getAuthority());
    }

    private String raw(String host, String form) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.address().getPort())) {
            String request = "POST " + FILES + " HTTP/1.1\r\nHost: " + host
                    + "\r\nContent-Type: multipart/form-data; boundary=b7\r\nConnection: close\r\nContent-Length: "
                    + form.length() + "\r\n\r\n" + form;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return String.join("\n", answer.lines().toList());
        }
    }

    @Test
    void limitsAreThoseOfTheModel() {
        JsonNode limits = served.get(JOBS + "/models/limits?model_name=tiny").json();
        assertThat(limits.path("max_seq_length_dpo").asInt()).isEqualTo(512);
        assertThat(limits.at("/lora_training/target_modules").toString()).contains("q_proj", "down_proj");
        assertThat(limits.path("supports_full_training").asBoolean(true)).isFalse();
        assertThat(served.get(JOBS + "/models/limits?model_name=gpt-9").status())
                .isEqualTo(404);
        assertThat(served.post("/together/v1/batches", Map.of()).error("message"))
                .contains("/v1/batches");
        assertThat(served.get(JOBS + "/ft-x/metrics?resolution=0").status()).isEqualTo(404);
        assertThat(served.get("/together/v1/models").json().get(0).path("id").asText())
                .isEqualTo("tiny");
    }

    @Test
    void fieldsThatOnlyTogethersChatsHaveAreReadOrRefused() {
        String chats = "/together/v1/chat/completions";
        Map<String, Object> plain = new LinkedHashMap<>(Map.of(
                "model", "tiny", "messages", List.of(Map.of("role", "user", "content", "Hello")), "max_tokens", 3));
        Map<String, Object> usual = new LinkedHashMap<>(plain);
        usual.putAll(Map.of("top_k", -1, "min_p", 0, "repetition_penalty", 1.0, "logprobs", 2, "echo", false));
        JsonNode answer = served.post(chats, usual).json();
        assertThat(answer.at("/choices/0/logprobs/content/0/top_logprobs")).hasSize(2);
        for (Map.Entry<String, Object> wrong : Map.<String, Object>of(
                        "top_k",
                        40,
                        "min_p",
                        0.1,
                        "repetition_penalty",
                        1.2,
                        "echo",
                        true,
                        "safety_model",
                        "x",
                        "compliance",
                        "hipaa",
                        "logprobs",
                        21)
                .entrySet()) {
            Map<String, Object> asked = new LinkedHashMap<>(plain);
            asked.put(wrong.getKey(), wrong.getValue());
            Answer refused = served.post(chats, asked);
            assertThat(refused.status()).as(wrong.getKey()).isEqualTo(400);
            assertThat(refused.error("param")).isEqualTo(wrong.getKey());
        }
        Map<String, Object> completion = Map.of("model", "tiny", "prompt", "Hello", "max_tokens", 3, "top_k", 5);
        assertThat(served.post("/together/v1/completions", completion).error("param"))
                .isEqualTo("top_k");
    }
}
