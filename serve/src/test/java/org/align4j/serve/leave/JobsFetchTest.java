package org.align4j.serve.leave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.align4j.serve.Served;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service holds of a user's trainings comes into a folder: from our own server, and from one that fails in every way. */
class JobsFetchTest {
    private static final String SECRET = "sk-very-secret-123";
    private static final String FILE = """
            {"object":"list","has_more":false,"data":[{"id":"file-a","object":"file","bytes":12,"filename":"a.jsonl","purpose":"fine-tune"}]}""";
    private static final String NONE = "{\"object\":\"list\",\"has_more\":false,\"data\":[]}";
    private static final String ROWS = "{\"a\":\"b c\"}\n";

    @TempDir
    Path folder;

    private HttpServer stub;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** Answers a request. */
    private interface Answering {
        void answer(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void open() throws IOException {
        stub = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        stub.start();
        path("/v1/files", exchange -> say(exchange, 200, FILE));
        path("/v1/fine_tuning/jobs", exchange -> say(exchange, 200, NONE));
        path("/v1/models", exchange -> say(exchange, 200, "{\"object\":\"list\",\"data\":[{\"id\":\"ft:m\"}]}"));
        path("/v1/files/file-a/content", exchange -> say(exchange, 200, ROWS));
    }

    @AfterEach
    void close() {
        stub.stop(0);
    }

    private void path(String path, Answering answering) {
        try {
            stub.removeContext(path);
        } catch (IllegalArgumentException isNew) {
            // the first one of this path
        }
        stub.createContext(path, exchange -> {
            asked.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            try (exchange) {
                answering.answer(exchange);
            }
        });
    }

    private static void say(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private URI address(String host) {
        return URI.create("http://" + host + ":" + stub.getAddress().getPort() + "/v1");
    }

    private static ServiceKey key() {
        return ServiceKey.require("KEY", "KEY", Map.of("KEY", SECRET));
    }

    private Fetching.Fetched fetch(List<Duration> waits) {
        RetryingClient client = new RetryingClient(
                WebClient.whileAnswersCome(Duration.ofSeconds(20)),
                3,
                Duration.ofMillis(1),
                Duration.ofSeconds(60),
                waits::add);
        return Fetching.fetch(
                FetchSource.OPENAI,
                new ServiceClient(address("127.0.0.1"), key(), client),
                folder.resolve("to"),
                line -> {});
    }

    private Fetching.Fetched fetch() {
        return fetch(new ArrayList<>());
    }

    /** The service's own day stands where it gives one; the table's, which says that it is one, only for models of OpenAI's that it knows. */
    @Test
    void theDaysOnWhichModelsEndAreSaid() {
        path("/v1/models", exchange -> say(exchange, 200, """
                {"object":"list","data":[{"id":"gpt-5.1","shutdown_date":"2027-04-01"},{"id":"gpt-x","shutdown_date":null},
                {"id":"ft:gpt-4.1-2025-04-14:us::a"},{"id":"ft:gpt-4o-2024-08-06:us::b","shutdown_date":"2027-02-02"},
                {"id":"ft:gpt-9:us::c"}]}"""));
        path("/v1/fine_tuning/jobs", exchange -> say(exchange, 200, """
                {"object":"list","has_more":false,"data":[{"id":"ftjob-1","status":"succeeded","fine_tuned_model":"ft:gpt-4o-mini-2024-07-18:us::d"}]}"""));
        path("/v1/fine_tuning/jobs/ftjob-1/events", exchange -> say(exchange, 200, NONE));
        path("/v1/fine_tuning/jobs/ftjob-1/checkpoints", exchange -> say(exchange, 200, NONE));
        assertThat(fetch().ends())
                .extracting(end -> end.get("model") + " " + end.get("shutdown_date") + " "
                        + String.valueOf(end.get("from")).substring(0, 5))
                .containsExactly(
                        "ft:gpt-4.1-2025-04-14:us::a 2027-01-14 third",
                        "ft:gpt-4o-2024-08-06:us::b 2027-02-02 shutd",
                        "ft:gpt-4o-mini-2024-07-18:us::d 2027-01-14 third",
                        "gpt-5.1 2027-04-01 shutd");
    }

    @Test
    void whatIsWholeIsNotFetchedAgain() throws Exception {
        Fetching.Fetched first = fetch();
        assertThat(first.counts())
                .containsEntry("files", 1)
                .containsEntry("models", 1)
                .containsEntry("kept", 0);
        assertThat(folder.resolve("to/files/file-a.jsonl")).hasContent(ROWS.strip());
        asked.clear();
        assertThat(fetch().counts()).containsEntry("files", 1).containsEntry("kept", 1);
        assertThat(asked).noneMatch(path -> path.contains("content"));
        assertThat(asked).allMatch(path -> path.endsWith("Bearer " + SECRET));
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).doesNotContain(SECRET);
            }
        }
    }

    @Test
    void halfAFileIsNoFileAndAFullServiceIsAskedLater() throws Exception {
        AtomicInteger times = new AtomicInteger();
        path("/v1/files/file-a/content", exchange -> {
            if (times.incrementAndGet() < 3) {
                exchange.sendResponseHeaders(200, ROWS.length());
                exchange.getResponseBody().write(ROWS.substring(0, 5).getBytes(UTF_8));
                exchange.getResponseBody().flush();
                throw new IOException("the connection is cut");
            }
            exchange.getResponseHeaders().add("Retry-After", "17");
            say(exchange, 429, "{\"error\":{\"message\":\"slow down " + SECRET + "\"}}");
        });
        List<Duration> waits = new ArrayList<>();
        assertThatThrownBy(() -> fetch(waits))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("429")
                .hasMessageContaining("run again")
                .hasMessageNotContaining(SECRET);
        assertThat(folder.resolve("to/files/file-a.jsonl")).doesNotExist();
        path("/v1/files/file-a/content", exchange -> {
            if (times.incrementAndGet() == 4) {
                exchange.getResponseHeaders().add("Retry-After", "17");
                say(exchange, 429, "");
            } else {
                say(exchange, 200, ROWS);
            }
        });
        assertThat(fetch(waits).counts()).containsEntry("files", 1);
        assertThat(waits).contains(Duration.ofSeconds(17));
        try (Stream<Path> files = Files.list(folder.resolve("to/files"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("file-a.json", "file-a.jsonl");
        }
    }

    @Test
    void aFileOfOtherLengthThanAnnouncedIsNotTaken() {
        for (String other : List.of(ROWS + "more", "less")) {
            path("/v1/files/file-a/content", exchange -> say(exchange, 200, other));
            Fetching.Fetched fetched = fetch();
            assertThat(fetched.refused())
                    .singleElement()
                    .satisfies(one -> assertThat(one.get("why")).contains("12"));
            assertThat(folder.resolve("to/files/file-a.jsonl")).doesNotExist();
        }
    }

    @Test
    void anotherHostIsNotToldTheKey() throws Exception {
        path("/v1/files/file-a/content", exchange -> {
            exchange.getResponseHeaders().add("Location", address("localhost") + "/elsewhere?signature=1");
            exchange.sendResponseHeaders(302, -1);
        });
        path("/v1/elsewhere", exchange -> say(exchange, 200, ROWS));
        assertThat(fetch().refused()).isEmpty();
        assertThat(folder.resolve("to/files/file-a.jsonl")).hasContent(ROWS.strip());
        assertThat(asked).contains("/v1/elsewhere?signature=1 null");
        path("/v1/files/file-a/content", exchange -> {
            exchange.getResponseHeaders().add("Location", "/v1/files/file-a/content");
            exchange.sendResponseHeaders(302, -1);
        });
        Files.delete(folder.resolve("to/files/file-a.jsonl"));
        assertThat(fetch().refused())
                .singleElement()
                .satisfies(one -> assertThat(one.get("why")).contains("elsewhere"));
    }

    @Test
    void whatTheServiceDoesNotGiveIsSaidAndTheRestComes() throws Exception {
        String results = "step,train_loss\n1,0.5\n";
        path("/v1/files", exchange -> say(exchange, 200, """
                {"data":[{"id":"file-a","bytes":12,"filename":"a.jsonl","purpose":"assistants"},{"id":"../x","bytes":1},
                {"id":"file-r","bytes":22,"filename":"step_metrics.csv","purpose":"fine-tune-results"}],"has_more":false}"""));
        path(
                "/v1/files/file-a/content",
                exchange -> say(
                        exchange,
                        400,
                        "{\"error\":{\"message\":\"Not allowed to download files of purpose: assistants\"}}"));
        path(
                "/v1/files/file-r/content",
                exchange -> say(exchange, 200, Base64.getEncoder().encodeToString(results.getBytes(UTF_8))));
        Fetching.Fetched fetched = fetch();
        assertThat(fetched.refused())
                .extracting(one -> one.get("why"))
                .anyMatch(why -> why.contains("purpose: assistants"))
                .anyMatch(why -> why.contains("file's name"))
                .hasSize(2);
        assertThat(Files.readString(folder.resolve("to/files/file-r.csv"))).isEqualTo(results);
    }

    @Test
    void pagesThatDoNotEndAreLeft() {
        path(
                "/v1/fine_tuning/jobs",
                exchange -> say(
                        exchange, 200, "{\"data\":[{\"id\":\"ftjob-1\",\"status\":\"running\"}],\"has_more\":true}"));
        assertThatThrownBy(this::fetch).isInstanceOf(RunException.class).hasMessageContaining("don't end");
    }

    @Test
    void anAddressThatListsNothingIsSaidAndLeavesNothing() throws Exception {
        path("/v1/files", exchange -> say(exchange, 404, "{\"error\":{\"message\":\"Nothing here\"}}"));
        assertThatThrownBy(this::fetch)
                .isInstanceOf(RunException.class)
                .hasMessageContainingAll("Nothing here", "base-url", "/v1 for openai");
        assertThat(folder.resolve("to")).doesNotExist();
        path("/v1/files", exchange -> say(exchange, 200, FILE));
        path("/v1/models", exchange -> say(exchange, 403, "{\"error\":{\"message\":\"Not with this key\"}}"));
        assertThat(fetch().refused())
                .singleElement()
                .satisfies(one -> assertThat(one)
                        .containsEntry("what", "models")
                        .containsEntry("why", "status 403: Not with this key"));
    }

    @Test
    void anotherServiceNeedsAnotherFolder() throws Exception {
        fetch();
        assertThatThrownBy(() -> Fetching.fetch(
                        FetchSource.OPENAI, address("localhost"), key(), folder.resolve("to"), line -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("another folder");
        Files.writeString(folder.resolve("notes.txt"), "mine");
        assertThatThrownBy(() -> Fetching.fetch(FetchSource.OPENAI, address("127.0.0.1"), key(), folder, line -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("other files");
        assertThatThrownBy(() -> FetchSource.OPENAI.base("http://me:pw@x/v1", Map.of()))
                .hasMessageContaining("OPENAI_API_KEY")
                .hasMessageNotContaining("pw");
        assertThat(FetchSource.TOGETHER.base(null, Map.of("TOGETHER_BASE_URL", "http://x/together/")))
                .hasToString("http://x/together");
    }

    @Test
    void wrongWordsAreRefused() {
        for (List<String> words : List.of(
                List.of("fetch", "--to", "x"),
                List.of("fetch", "--from", "openai"),
                List.of("fetch", "--from", "nobody", "--to", "x"),
                List.of("fetch", "--from", "openai", "--to", "x", "--run"),
                List.of("import", "x.json", "--to", "x"))) {
            List<String> all = new ArrayList<>(List.of("jobs"));
            all.addAll(words);
            assertThat(Align.run(Terminal.captured(), all.toArray(String[]::new)))
                    .as(words.toString())
                    .isEqualTo(2);
        }
    }

    /** Three jobs, five files and 200 events of our own server, by the commands of the page; one of the jobs trains again. */
    @Tag("long")
    @Test
    void jobsMoveFromOneServerToAnother() throws Exception {
        Path to = folder.resolve("moved");
        try (Served served = Served.start(folder.resolve("d"))) {
            String chats = served.rows(Served.chats(0, 20));
            String pairs = served.rows(Served.pairs(0, 20));
            List<String> jobs = new ArrayList<>();
            for (String method : List.of("supervised", "dpo", "supervised")) {
                Map<String, Object> hyper = Map.of("n_epochs", 3, "batch_size", 1);
                jobs.add(served.post(
                                "/v1/fine_tuning/jobs",
                                Map.of(
                                        "model",
                                        "tiny",
                                        "training_file",
                                        method.equals("dpo") ? pairs : chats,
                                        "method",
                                        Map.of("type", method, method, Map.of("hyperparameters", hyper))))
                        .json()
                        .path("id")
                        .asText());
            }
            for (String job : jobs) {
                ended(served, job);
            }
            JsonNode said = said(
                    List.of("jobs", "fetch", "--from", "openai", "--to", to.toString(), "--json"),
                    served.address() + "/v1");
            assertThat(said.path("jobs").asInt()).isEqualTo(3);
            assertThat(said.path("files").asInt()).isEqualTo(5);
            assertThat(said.path("events").asInt()).isGreaterThanOrEqualTo(200);
            assertThat(said.path("checkpoints").asInt()).isPositive();
            assertThat(said.path("not_given")).isEmpty();
            JsonNode again = said(
                    List.of("jobs", "fetch", "--from", "openai", "--to", to.toString(), "--json"),
                    served.address() + "/v1");
            assertThat(again.path("kept").asInt()).isEqualTo(8);
            assertThat(again.path("events")).isEqualTo(said.path("events"));
            for (String job : jobs) {
                JsonNode first = Json.read(Files.readAllLines(to.resolve("events/" + job + ".jsonl"))
                        .get(0));
                assertThat(first.path("message").asText()).startsWith("Created fine-tuning job");
                assertThat(Json.read(to.resolve("jobs/" + job + ".json")))
                        .isEqualTo(served.get("/v1/fine_tuning/jobs/" + job).json());
            }
            assertThat(to.resolve("files/" + chats + ".jsonl"))
                    .hasContent(Served.chats(0, 20).strip());
            Path run = folder.resolve("run");
            assertThat(Align.run(
                            Terminal.captured(),
                            "jobs",
                            "import",
                            to.resolve("jobs/" + jobs.get(1) + ".json").toString(),
                            "--run",
                            "--model",
                            Served.DEMO.resolve("model").toString(),
                            "--out",
                            run.toString(),
                            "--threads",
                            "1",
                            "--dtype",
                            "fp32"))
                    .isZero();
            assertThat(run.resolve("adapter/adapter_model.safetensors")).exists();
        }
    }

    private static void ended(Served served, String job) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(180);
        String status = "";
        while (!status.equals("succeeded")) {
            status = served.get("/v1/fine_tuning/jobs/" + job)
                    .json()
                    .path("status")
                    .asText();
            assertThat(status).isNotIn("failed", "cancelled");
            assertThat(Instant.now()).as("a job's end").isBefore(end);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    /** Runs a command in a process of its own, which has the key in its environment. */
    private JsonNode said(List<String> words, String base) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.align4j.core.cli.Align"));
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OPENAI_BASE_URL", base);
        builder.environment().put("OPENAI_API_KEY", SECRET);
        Path log = folder.resolve("log.txt");
        Process process = builder.redirectError(log.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        assertThat(out + Files.readString(log)).doesNotContain(SECRET);
        return Json.read(out);
    }
}
