package org.align4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Json;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.ServeOptions;
import org.align4j.serve.Server;
import org.align4j.serve.access.Caller;
import org.align4j.serve.access.Scope;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Routes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of a server that has trained one job on a file with a name that is markup. */
class PageTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final String NAME = "<img src=x onerror=alert(1)>.jsonl";
    private static final String API = "/ui/api";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    static Path folder;

    private static final HttpClient client = HttpClient.newHttpClient();
    private static Server server;
    private static String file;
    private static String job;
    private static String model;

    @BeforeAll
    static void trainOneJob() throws Exception {
        server = Server.start(
                new ServeOptions(
                        folder,
                        Map.of("tiny", DEMO.resolve("model").toString()),
                        new ServeOptions.ListeningOptions("127.0.0.1", 0),
                        1,
                        new ServeOptions.LimitOptions(null, 100, null, null),
                        new ServeOptions.AddressOptions(List.of(), List.of(), null),
                        false,
                        600,
                        new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42)),
                TrainingLog.SILENT);
        file = upload();
        JsonNode made = Json.read(post(
                        "/v1/fine_tuning/jobs",
                        "application/json",
                        Json.text(Map.of(
                                "model",
                                "tiny",
                                "training_file",
                                file,
                                "method",
                                Map.of("type", "dpo", "dpo", Map.of("hyperparameters", Map.of("n_epochs", 2))))))
                .body());
        job = made.path("id").asText();
        long until = System.nanoTime() + PATIENCE.toNanos();
        JsonNode now = made;
        while (!now.path("status").asText().equals("succeeded")) {
            assertThat(System.nanoTime()).as(now.toString()).isLessThan(until);
            Thread.sleep(200);
            now = json("/v1/fine_tuning/jobs/" + job);
        }
        model = now.path("fine_tuned_model").asText();
    }

    @AfterAll
    static void close() {
        server.close();
    }

    private static String upload() throws IOException, InterruptedException {
        StringBuilder rows = new StringBuilder();
        for (String line : Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 60)) {
            JsonNode row = Json.read(line);
            rows.append("{\"input\":{\"messages\":")
                    .append(row.get("prompt"))
                    .append("},\"preferred_output\":")
                    .append(row.get("chosen"))
                    .append(",\"non_preferred_output\":")
                    .append(row.get("rejected"))
                    .append("}\n");
        }
        String form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b\r\n"
                + "Content-Disposition: form-data; name=\"file\"; filename=\"" + NAME
                + "\"\r\nContent-Type: application/jsonl\r\n\r\n" + rows + "\r\n--b--\r\n";
        HttpResponse<String> sent = post("/v1/files", "multipart/form-data; boundary=b", form);
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
        JsonNode document = Json.read(sent.body());
        assertThat(document.path("filename").asText()).isEqualTo(NAME);
        return document.path("id").asText();
    }

    private static HttpResponse<String> post(String path, String type, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(server.address().resolve(path))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(server.address().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = get(path);
        String text = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).as(text).isEqualTo(200);
        return Json.read(text);
    }

    /** What the page consists of comes from this server, holds no markup that is made at run time and no script in its text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/ui/page.css",
                "/ui/page.js",
                "/ui/parts.js",
                "/ui/jobs.js",
                "/ui/files.js",
                "/ui/chat.js",
                "/ui/uplot.css",
                "/ui/uplot.js"
            })
    void itsPartsAreServedUnderAPolicyThatRunsNothingElse(String path) throws Exception {
        HttpResponse<byte[]> response = get(path);
        String text = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        if (!path.contains("uplot")) {
            assertThat(text)
                    .doesNotContain(
                            "innerHTML",
                            "outerHTML",
                            "insertAdjacentHTML",
                            "document.write",
                            "eval(",
                            "http:",
                            "https:")
                    .doesNotContainPattern("<script>|\\son[a-z]+=|style=\"");
        }
    }

    @Test
    void theDoctorSaysWhatAFileIs() throws Exception {
        JsonNode verdict = json(API + "/files/" + file + "/doctor");
        assertThat(verdict.path("rows").asInt()).isEqualTo(60);
        assertThat(verdict.path("method").asText()).isEqualTo("dpo");
        assertThat(verdict.path("verdict").asText()).isIn("green", "amber");
        assertThat(verdict.path("findings").findValuesAsText("id")).contains("schema", "length-bias", "few");
        assertThat(get(API + "/files/file-none/doctor").statusCode()).isEqualTo(404);
    }

    @Test
    void theCurvesAreTheFiguresOfTheRun() throws Exception {
        JsonNode curves = json(API + "/jobs/" + job);
        int steps = curves.path("total_steps").asInt();
        assertThat(curves.path("step").asInt()).isEqualTo(steps).isPositive();
        assertThat(curves.path("memory_bytes").asLong()).isPositive();
        assertThat(curves.path("report").asBoolean()).isTrue();
        assertThat(curves.path("door").asText()).isEqualTo("openai");
        assertThat(curves.path("curves").findValuesAsText("title")).contains("Loss", "Margin of the rewards");
        JsonNode loss = curves.path("curves").findValue("loss");
        assertThat(loss).hasSize(steps);
        List<JsonNode> lines = AlignRuns.steps(folder.resolve("runs").resolve(job));
        for (int i = 0; i < steps; i++) {
            assertThat(loss.get(i).get(1).asDouble())
                    .isEqualTo(lines.get(i).get("loss").asDouble());
        }
        assertThat(get(API + "/jobs/ftjob-none").statusCode()).isEqualTo(404);
    }

    /** Its scripts run, in a place from which nothing of this server can be asked. */
    @Test
    void theReportStandsInASandbox() throws Exception {
        HttpResponse<byte[]> report = get(API + "/jobs/" + job + "/report");
        assertThat(report.statusCode()).isEqualTo(200);
        assertThat(report.body())
                .isEqualTo(
                        Files.readAllBytes(folder.resolve("runs").resolve(job).resolve("report.html")));
        assertThat(report.headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("default-src 'none'", "sandbox allow-scripts")
                .doesNotContain("allow-same-origin", "connect-src");
    }

    @Test
    void downloadsAreTheAdapterAndWhatMergeWrites() throws Exception {
        Path merged = folder.resolve("merged");
        Path adapter;
        try (Stream<Path> all = Files.walk(folder.resolve("models").resolve(job))) {
            adapter = all.filter(path -> path.endsWith("result/adapter_model.safetensors"))
                    .findFirst()
                    .orElseThrow()
                    .getParent();
        }
        AlignRuns.align(List.of(
                "merge",
                "--model",
                DEMO.resolve("model").toString(),
                "--adapter",
                adapter.toString(),
                "--out",
                merged.toString()));
        assertZip(get(API + "/adapter?model=" + model), adapter);
        assertZip(get(API + "/merged?model=" + model), merged);
        // It goes a moment after the last byte was sent.
        Instant until = Instant.now().plusSeconds(20);
        while (Files.exists(folder.resolve("merging")) && Instant.now().isBefore(until)) {
            Thread.onSpinWait();
        }
        assertThat(folder.resolve("merging")).doesNotExist();
        for (String unknown : List.of("ft:none", "../../serve.db", "")) {
            assertThat(get(API + "/adapter?model=" + unknown).statusCode()).isEqualTo(404);
            assertThat(get(API + "/merged?model=" + unknown).statusCode()).isEqualTo(404);
        }
    }

    /** A reader that takes nothing holds its own project's download, never another's. */
    @Test
    void aSlowReaderOfAMergedModelHoldsUpNoOtherProject() throws Exception {
        Path adapter = folder.resolve("models").resolve(job).resolve("result");
        Path base = folder.resolve("large");
        Files.createDirectory(base);
        try (Stream<Path> files = Files.list(DEMO.resolve("model"))) {
            for (Path each : files.toList()) {
                Files.copy(each, base.resolve(each.getFileName()));
            }
        }
        // More than the system's buffers of a connection take.
        Files.writeString(base.resolve("tokenizer.json"), " ".repeat(16 << 20), StandardOpenOption.APPEND);
        TunedModel tuned = new TunedModel(
                model, "default", job, null, new TunedModel.Base("tiny", base.toString()), adapter, Instant.EPOCH);
        ModelDownloads downloads = new ModelDownloads(folder.resolve("apart"));
        Routes routes = new Routes() {
            @Override
            public String prefix() {
                return "";
            }

            @Override
            public void mount(RoutesConfig config) {
                config.get("/{project}", ctx -> {
                    ctx.attribute("org.align4j.caller", new Caller("", ctx.pathParam("project"), Set.of(Scope.READ)));
                    downloads.merged(ctx, tuned);
                });
            }
        };
        LocalServer.Listening any = new LocalServer.Listening("127.0.0.1", 0, List.of());
        try (LocalServer web = LocalServer.start(any, Limits.usual(), List.of(routes));
                Socket slow = new Socket()) {
            slow.setReceiveBufferSize(2048);
            slow.connect(new InetSocketAddress("127.0.0.1", web.address().getPort()));
            slow.getOutputStream()
                    .write(("GET /slow HTTP/1.1\r\nHost: 127.0.0.1:"
                                    + web.address().getPort() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(slow.getInputStream().read()).isEqualTo('H');
            HttpResponse<byte[]> other = client.send(
                    HttpRequest.newBuilder(web.address().resolve("/other")).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(other.statusCode()).isEqualTo(200);
            HttpResponse<byte[]> own = client.send(
                    HttpRequest.newBuilder(web.address().resolve("/slow")).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(own.statusCode()).isEqualTo(503);
        }
    }

    private static void assertZip(HttpResponse<byte[]> response, Path folder) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(response.body()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName().substring(entry.getName().indexOf('/') + 1), zip.readAllBytes());
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path each : files.toList()) {
                assertThat(entries.remove(each.getFileName().toString())).isEqualTo(Files.readAllBytes(each));
            }
        }
        assertThat(entries).isEmpty();
    }

    /** A browser draws each part, names as text, and its policy stops nothing that the page needs. */
    @ParameterizedTest
    @ValueSource(strings = {"jobs", "jobs/JOB", "files", "chat"})
    void aBrowserShowsNamesAsText(String part) throws Exception {
        Path chromium = Path.of("/usr/bin/chromium");
        Assumptions.assumeTrue(Files.isExecutable(chromium), "there is no chromium here");
        Path said = folder.resolve("said.txt");
        Process browser = new ProcessBuilder(
                        chromium.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("browser"),
                        "--virtual-time-budget=6000",
                        "--enable-logging=stderr",
                        "--dump-dom",
                        server.address() + "/#" + part.replace("JOB", job))
                .redirectError(said.toFile())
                .start();
        String page = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(browser.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(said)).doesNotContain("CONSOLE");
        assertThat(page)
                .doesNotContain("<img")
                .contains(
                        switch (part) {
                            case "files" -> "&lt;img src=x onerror=alert(1)&gt;.jsonl";
                            case "chat" -> model;
                            case "jobs" -> model;
                            default -> "The job has successfully completed";
                        });
    }
}
