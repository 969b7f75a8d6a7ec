package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.store.Store;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers and trainers that die at any moment: every job ends as if nothing had happened. */
class JobKillsTest {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");
    private static final int EPOCHS = SOAK ? 12 : 4;
    private static final int STEPS_AN_EPOCH = 5;
    private static final int STEPS = EPOCHS * STEPS_AN_EPOCH;

    @TempDir
    Path folder;

    private final Map<String, String> served = new HashMap<>();

    private List<String> create(int count) throws IOException {
        List<String> ids = new ArrayList<>();
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            for (int job = 0; job < count; job++) {
                JobBench.pairs(folder, "file-" + job, 40 * job, 40);
                ids.add(bench.create(JobBench.dpo("file-" + job, EPOCHS)).id());
            }
        }
        return ids;
    }

    /** A server that dies before one of its writes, another one that does, and so on; the last one lives. */
    @Tag("long")
    @Test
    void aServerThatDiesBetweenTwoWrites() throws Exception {
        List<String> ids = create(1);
        Random random = new Random(34);
        int halts = 0;
        for (int server = 0; server < (SOAK ? 60 : 6); server++) {
            halts += ChildServer.start(folder, 1 + random.nextInt(16)).end() ? 0 : 1;
            look();
        }
        System.out.println("halts between two writes: " + halts);
        assertThat(halts).isPositive();
        assertThat(ChildServer.start(folder, 0).end()).isTrue();
        look();
        assertWhole(ids);
    }

    @Tag("long")
    @Test
    void serversAndTrainersThatAreKilledAtAnyMoment() throws Exception {
        int jobs = SOAK ? 10 : 2;
        int kills = SOAK ? 40 : 6;
        List<String> ids = create(jobs);
        Random random = new Random(40);
        ChildServer server = ChildServer.start(folder, 0);
        int[] killed = new int[2];
        int inARow = 0;
        for (int kill = 0; kill < kills && server.isAlive(); kill++) {
            TimeUnit.MILLISECONDS.sleep(300 + random.nextInt(3000));
            look();
            List<ProcessHandle> trainers = server.trainers();
            // A trainer that is killed five times in a row before its first step is the job's end, as where memory is
            // too small.
            if (inARow < 4 && random.nextBoolean() && !trainers.isEmpty()) {
                trainers.get(random.nextInt(trainers.size())).destroyForcibly();
                killed[1]++;
                inARow++;
            } else if (server.isAlive()) {
                server.kill();
                killed[0]++;
                inARow = 0;
                server = ChildServer.start(folder, 0);
            }
        }
        System.out.println("killed: " + killed[0] + " servers, " + killed[1] + " trainers, over " + jobs + " jobs");
        assertThat(killed[0] + killed[1]).isGreaterThanOrEqualTo(SOAK ? kills : kills / 2);
        while (server.isAlive()) {
            TimeUnit.MILLISECONDS.sleep(100);
            look();
        }
        assertThat(server.end()).isTrue();
        look();
        assertWhole(ids);
    }

    /** Reads what was told so far from the database of a server at work: what was told before is as it was. */
    private void look() throws SQLException {
        Map<String, String> now = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(Store.FILE));
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT id, job || ' ' || time || ' ' || text || ' ' || data FROM job_events")) {
            while (found.next()) {
                now.put(found.getString(1), found.getString(2));
            }
        }
        assertThat(now).containsAllEntriesOf(served);
        served.putAll(now);
    }

    private void assertWhole(List<String> ids) throws Exception {
        assertThat(ChildServer.over(folder)).as("orphans").isEmpty();
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            for (String id : ids) {
                assertWhole(bench, id);
            }
            assertThat(bench.store.<String>read(connection -> {
                        try (Statement statement = connection.createStatement();
                                ResultSet found = statement.executeQuery("PRAGMA integrity_check")) {
                            return found.getString(1);
                        }
                    }))
                    .isEqualTo("ok");
        }
    }

    private void assertWhole(JobBench bench, String id) throws IOException {
        Job job = bench.get(id);
        assertThat(job.standing().state()).as(job.toString()).isEqualTo(State.SUCCEEDED);
        List<JobEvent> events = bench.events(id);
        List<String> texts = events.stream().map(JobEvent::text).toList();
        assertThat(texts).doesNotHaveDuplicates();
        assertThat(events.stream()
                        .filter(event -> event.kind() == JobEvent.Kind.METRICS)
                        .map(event -> event.data().get("step")))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, STEPS).boxed().toList());
        assertThat(texts.stream().filter(text -> text.startsWith("Checkpoint created")))
                .hasSize(EPOCHS);
        assertThat(texts.get(texts.size() - 1)).isEqualTo("The job has successfully completed");
        List<TunedModel> models = bench.jobs.models(JobBench.PROJECT).stream()
                .filter(model -> model.job().equals(id))
                .toList();
        assertThat(models).hasSize(RunFollower.CHECKPOINTS + 1);
        Path again = folder.resolve("again-" + id);
        Path run = new JobFolders(folder).run(id);
        AlignRuns.align(List.of("dpo", "--config", run.resolve("config.yaml").toString(), "--out", again.toString()));
        for (TunedModel model : models) {
            String made = model.step() == null ? "adapter" : "adapters/step-%06d".formatted(model.step());
            for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
                assertThat(model.adapter().resolve(file))
                        .hasSameBinaryContentAs(again.resolve(made).resolve(file));
            }
        }
        assertThat(Files.list(run.resolve("checkpoints"))).hasSize(1);
    }
}
