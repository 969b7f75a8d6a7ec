package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.align4j.core.files.Json;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.serve.grade.Chats;
import org.align4j.serve.grade.Graders;
import org.align4j.serve.grade.JobGrading;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Store;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Outgoing;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** A server's store and jobs over one folder, with the demo's model and rows, and files that are put there by hand. */
public final class JobBench implements AutoCloseable {
    static final String PROJECT = "default";
    private static final Path DEMO =
            Path.of("..", "data", "demo").toAbsolutePath().normalize();
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long LOOK_MILLIS = 20;

    final Store store;
    final Jobs jobs;
    final Path folder;
    private @Nullable LocalServer web;

    private JobBench(Path folder, Store store, Jobs jobs) {
        this.folder = folder;
        this.store = store;
        this.jobs = jobs;
    }

    /** Opens a server's folder, and lets its jobs go on. */
    public static JobBench open(Path folder) {
        JobBench bench = idle(folder, settings(folder));
        bench.begin();
        return bench;
    }

    static Jobs.Settings settings(Path folder) {
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42);
        return new Jobs.Settings(folder, 2, 10_000, engine).telling(System.out::println);
    }

    /** Opens a server's folder; nothing goes on by itself. */
    static JobBench idle(Path folder, Jobs.Settings settings) {
        Store store = Store.open(folder);
        return new JobBench(folder, store, Jobs.open(store, new HandFiles(folder), settings));
    }

    /** Lets jobs go on; answers are graded by a web server of its own, without models. */
    private void begin() {
        AtomicReference<LocalServer> listening = new AtomicReference<>();
        Outgoing nowhere = new Outgoing(AllowedAddresses.of(List.of()), Duration.ofSeconds(1), 1000);
        JobGrading grading = new JobGrading(
                Graders.of(new NoChats(), nowhere), () -> listening.get().address());
        LocalServer.Listening any = new LocalServer.Listening("127.0.0.1", 0, List.of());
        web = LocalServer.start(any, Limits.usual(), List.of(grading));
        listening.set(web);
        jobs.start(grading);
    }

    /** A server without models that answer. */
    private record NoChats() implements Chats {
        @Override
        public boolean knows(String project, String model) {
            return false;
        }

        @Override
        public Object whole(String project, JsonNode request) {
            throw new Refusal(404, "There is no model here.");
        }

        @Override
        public Held hold(String project, String model) {
            return () -> {};
        }
    }

    @Override
    public void close() {
        jobs.close();
        if (web != null) {
            web.close();
        }
        store.close();
    }

    /** Files that lie in a folder under their ids; those that jobs make are entered into a table of this test's own. */
    private record HandFiles(Path folder) implements JobFiles {
        @Override
        public Optional<Path> rows(String project, String id) {
            return Optional.of(folder.resolve("uploads").resolve(id)).filter(Files::exists);
        }

        @Override
        public void discard(Connection connection, String project, String id) {}

        @Override
        public void enter(Connection connection, ResultFile file) throws SQLException {
            try (PreparedStatement make = connection.prepareStatement(
                    "CREATE TABLE IF NOT EXISTS made (id TEXT PRIMARY KEY, content TEXT UNIQUE)")) {
                make.execute();
            }
            try (PreparedStatement enter = connection.prepareStatement("INSERT INTO made VALUES (?, ?)")) {
                enter.setString(1, file.id());
                enter.setString(2, file.content().toString());
                enter.execute();
            }
        }
    }

    /** Uploads the first rows of the demo as pairs in the hosted service's shape, and returns the file's id. */
    static String pairs(Path folder, String id, int from, int rows) throws IOException {
        List<String> lines = new ArrayList<>();
        List<String> demo = Files.readAllLines(DEMO.resolve("train.jsonl"));
        for (String line : demo.subList(from, from + rows)) {
            var row = Json.read(line);
            lines.add("{\"input\":{\"messages\":" + row.get("prompt") + "},\"preferred_output\":" + row.get("chosen")
                    + ",\"non_preferred_output\":" + row.get("rejected") + "}");
        }
        return upload(folder, id, lines);
    }

    /** Uploads the first chats of the demo. */
    static String chats(Path folder, String id, int rows) throws IOException {
        return upload(
                folder, id, Files.readAllLines(DEMO.resolve("chats.jsonl")).subList(0, rows));
    }

    static String upload(Path folder, String id, List<String> lines) throws IOException {
        Files.createDirectories(folder.resolve("uploads"));
        Files.write(folder.resolve("uploads").resolve(id), lines);
        return id;
    }

    /** A job on the demo's model; {@code options} are pairs of name and value. */
    static JobRequest request(
            JobRequest.Method method, String training, @Nullable String validation, Object... options) {
        Map<String, Object> named = new java.util.LinkedHashMap<>();
        for (int option = 0; option < options.length; option += 2) {
            named.put((String) options[option], options[option + 1]);
        }
        return JobRequest.draft(PROJECT, method)
                .base("tiny", DEMO.resolve("model").toString())
                .rows(training, validation)
                .suffix("test")
                .seed(7)
                .hyperparameters(Map.of("n_epochs", "auto"))
                .options(named)
                .build();
    }

    /** Returns a request as one of reinforcement. */
    static JobRequest graded(JobRequest asked, JobRequest.Reinforcement by) {
        return asked.edit().reinforcement(by).build();
    }

    static JobRequest dpo(String training, int epochs) {
        return request(
                JobRequest.Method.DPO,
                training,
                null,
                "epochs",
                epochs,
                "batch-size",
                8,
                "samples",
                0,
                "report",
                false);
    }

    Job create(JobRequest request) {
        return jobs.create(request, new Call("digest", null, false));
    }

    Job get(String id) {
        return jobs.find(PROJECT, id).orElseThrow();
    }

    /** Waits until a job is as wanted. */
    Job await(String id, Predicate<Job> wanted) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        Job job = get(id);
        while (!wanted.test(job)) {
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(until);
            Thread.sleep(LOOK_MILLIS);
            job = get(id);
        }
        return job;
    }

    Job awaitEnd(String id) throws InterruptedException {
        return await(id, job -> job.standing().state().isFinal());
    }

    Job awaitSuccess(String id) throws InterruptedException {
        Job job = awaitEnd(id);
        assertThat(job.standing().state()).as(job + "\n" + log(id)).isEqualTo(State.SUCCEEDED);
        return job;
    }

    private String log(String id) {
        try {
            Path log = new JobFolders(folder).log(id);
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException unread) {
            return unread.toString();
        }
    }

    /** Everything that a job told, oldest first. */
    List<JobEvent> events(String id) {
        List<JobEvent> events =
                new ArrayList<>(jobs.events(get(id), null, 10_000).items());
        Collections.reverse(events);
        return events;
    }

    List<String> texts(String id) {
        return events(id).stream().map(JobEvent::text).toList();
    }
}
