package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.align4j.web.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What strangers and broken clients send to a whole server: it says what is wrong, nothing is left behind, and it goes on. */
@Timeout(240)
class BadRequestsTest {
    private static final byte[] ROWS = "{\"messages\":[]}\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private List<String> left(String below) throws IOException {
        try (var files = Files.walk(folder.resolve(below))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    /** Sends bytes as they are, closes the sending side where that is asked, and returns what comes back. */
    private static String raw(Served served, String request, boolean half) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.address().getPort())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.replace("HOST", "127.0.0.1:" + served.address().getPort())
                    .getBytes(StandardCharsets.ISO_8859_1));
            if (half) {
                socket.shutdownOutput();
            }
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void uploadsThatStopOrTrickleLeaveNothing() throws Exception {
        Limits limits = new Limits(8192, 1 << 20, Duration.ofSeconds(1), 1024, 50, 100);
        try (Served served = Served.start(folder, new Served.Setting(null, 100, false, limits))) {
            String head = "POST /v1/files HTTP/1.1\r\nHost: HOST\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                    + "Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nabc";
            assertThat(raw(served, head, false))
                    .startsWith("HTTP/1.1 408")
                    .contains("\"type\":\"invalid_request_error\"");
            assertThat(raw(served, head, true)).doesNotContain("HTTP/1.1 200");
            assertThat(raw(served, head.replace("100000", String.valueOf(600L << 20)), false))
                    .startsWith("HTTP/1.1 413");
            assertThat(left("files")).isEmpty();
            assertThat(served.upload("x", ROWS, "purpose", "fine-tune").status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "evil.example, '', 403",
        "localhost:1, '', 403",
        "HOST, null, 403",
        "HOST, http://localhost:1, 403",
        "HOST, http://evil.example, 403",
        "HOST, http://HOST, 200"
    })
    void pagesOfOthersReachNothing(String host, String origin, int status) throws Exception {
        try (Served served = Served.start(folder)) {
            String answer = raw(
                    served,
                    "POST /v1/fine_tuning/jobs HTTP/1.1\r\nHost: " + host + "\r\n"
                            + (origin.isEmpty() ? "" : "Origin: " + origin + "\r\n")
                            + "Content-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                    false);
            assertThat(answer).startsWith("HTTP/1.1 " + (status == 200 ? 415 : status));
            assertThat(answer).doesNotContain("Access-Control-Allow");
        }
    }

    @Test
    void aLongQueueIsTakenInAndListed() throws Exception {
        try (Served served = Served.start(folder)) {
            Map<String, Object> request = longJob(served);
            for (int i = 0; i < 120; i++) {
                assertThat(served.post("/v1/fine_tuning/jobs", request).status())
                        .isEqualTo(200);
            }
            Answer all = served.get("/v1/fine_tuning/jobs?limit=10000");
            assertThat(all.json().path("data")).hasSize(120);
            assertThat(all.json().path("has_more").asBoolean()).isFalse();
        }
    }

    private static Map<String, Object> longJob(Served served) throws IOException {
        return Map.of(
                "model",
                "tiny",
                "training_file",
                served.rows(Served.pairs(0, 40)),
                "method",
                Map.of("type", "dpo", "dpo", Map.of("hyperparameters", Map.of("n_epochs", 50, "batch_size", 1))));
    }

    @Test
    void aShortQueueSaysWhenToComeBack() throws Exception {
        try (Served served = Served.start(folder, new Served.Setting(null, 2, false, Limits.usual()))) {
            Map<String, Object> request = longJob(served);
            Answer answer = served.post("/v1/fine_tuning/jobs", request);
            for (int i = 0; i < 6 && answer.status() == 200; i++) {
                answer = served.post("/v1/fine_tuning/jobs", request);
            }
            assertThat(answer.status()).isIn(429, 503);
            assertThat(answer.error("message")).isNotEmpty();
            assertThat(answer.response()
                            .headers()
                            .firstValue("Retry-After")
                            .map(Integer::parseInt)
                            .orElse(99))
                    .isLessThanOrEqualTo(60);
        }
    }

    @Test
    void figuresAreThereForPrometheusAndForAdministratorsAlone() throws Exception {
        try (Served served = Served.start(folder)) {
            served.get("/v1/models");
            served.get("/v1/nowhere");
            String text = served.get("/metrics").text();
            assertThat(text)
                    .contains("# TYPE align4j_requests_total counter", "align4j_requests_total{status=\"404\"} 1")
                    .contains("align4j_jobs{state=\"running\"} 0", "align4j_answers_waiting 0")
                    .contains("align4j_base_info{model=\"tiny\",dtype=\"fp32\"} 1");
            assertThat(text.lines().filter(line -> !line.startsWith("#")))
                    .allMatch(line ->
                            line.matches("[a-z0-9_]+(\\{[a-z]+=\"[a-z0-9_]+\"(,[a-z]+=\"[a-z0-9_]+\")*})? -?\\d+"));
            Keys keys = new Keys(folder);
            var train = keys.create("t", "p", Scope.read(List.of("train", "read")));
            var admin = keys.create("a", "p", Scope.read(List.of("admin")));
            assertThat(served.get("/metrics").status()).isEqualTo(401);
            assertThat(served.as(train.secret()).get("/metrics").status()).isEqualTo(403);
            assertThat(served.as(admin.secret()).get("/metrics").status()).isEqualTo(200);
        }
    }

    @Test
    void oneServerHasAFolderAndSaysWhereItIs() throws Exception {
        try (Served served = Served.start(folder)) {
            assertThat(folder.resolve("serve.json"))
                    .content()
                    .contains(
                            "\"url\" : \"" + served.address() + "\"",
                            "\"pid\" : " + ProcessHandle.current().pid());
        }
        assertThat(folder.resolve("serve.json")).doesNotExist();
    }
}
