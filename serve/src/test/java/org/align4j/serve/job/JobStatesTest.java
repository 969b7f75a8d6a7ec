package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.store.Call;
import org.align4j.web.Refusal;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that people pause, resume, cancel, ask for twice, or take the ground from. */
class JobStatesTest {
    private static final int LONG = 40;

    @TempDir
    Path folder;

    private static void assertRefused(int status, String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.status()).isEqualTo(status);
            assertThat(refusal.getMessage()).contains(words);
        });
    }

    private static boolean hasSteps(JobBench bench, Job job, int steps) {
        return bench.texts(job.id()).stream()
                        .filter(text -> text.startsWith("Step "))
                        .count()
                >= steps;
    }

    /** A file is needed by unfinished jobs of its own project, whether they train on it or validate by it. */
    @Test
    void anUnfinishedJobNeedsItsFiles() {
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            Job job = bench.create(JobBench.request(JobRequest.Method.DPO, "file-a", "file-v"));
            for (String file : List.of("file-a", "file-v")) {
                assertThat(bench.jobs.needs(JobBench.PROJECT, file)).isTrue();
                assertThat(bench.jobs.needs("another", file)).isFalse();
            }
            assertThat(bench.jobs.needs(JobBench.PROJECT, "file-b")).isFalse();
            Job paused = bench.jobs.pause(job);
            assertThat(bench.jobs.needs(JobBench.PROJECT, "file-v")).isTrue();
            bench.jobs.cancel(paused);
            assertThat(bench.jobs.needs(JobBench.PROJECT, "file-a")).isFalse();
        }
    }

    @Test
    void aJobSaysThatItGoesOnAfterARestart() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 16);
        String id;
        try (JobBench bench = JobBench.open(folder)) {
            id = bench.create(JobBench.dpo("file-a", LONG)).id();
            bench.await(id, job -> hasSteps(bench, job, 3));
            assertThat(bench.texts(id)).noneMatch(text -> text.contains("goes on"));
        }
        try (JobBench bench = JobBench.open(folder)) {
            String said = "The server was started again; the job goes on from its checkpoint of step ";
            bench.await(id, job -> bench.texts(id).stream().anyMatch(text -> text.startsWith(said)));
            bench.jobs.cancel(bench.get(id));
        }
    }

    @Tag("long")
    @Test
    void aPausedJobGoesOnWhereItStoppedAndACancelledOneKeepsItsLastCheckpoint() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 16);
        try (JobBench bench = JobBench.open(folder)) {
            String id = bench.create(JobBench.dpo("file-a", LONG)).id();
            bench.await(id, job -> hasSteps(bench, job, 3));
            Job paused = bench.jobs.pause(bench.get(id));
            assertThat(paused.standing().state()).isEqualTo(State.PAUSED);
            assertRefused(400, "is paused", () -> bench.jobs.pause(paused));
            assertThat(bench.jobs.resume(paused).standing().state()).isEqualTo(State.QUEUED);
            assertRefused(400, "can't be done", () -> bench.jobs.resume(bench.get(id)));
            bench.await(
                    id,
                    job -> job.standing().state() == State.RUNNING
                            && bench.jobs.checkpoints(job, null, 9).items().size() == 3);
            Job cancelled = bench.jobs.cancel(bench.get(id));
            assertThat(cancelled.standing().state()).isEqualTo(State.CANCELLED);
            assertThat(cancelled.standing().finished()).isNotNull();
            assertRefused(400, "is cancelled", () -> bench.jobs.cancel(cancelled));
            assertRefused(400, "is cancelled", () -> bench.jobs.pause(cancelled));
            List<JobCheckpoint> left =
                    bench.jobs.checkpoints(cancelled, null, 9).items();
            assertThat(left).isNotEmpty();
            for (JobCheckpoint checkpoint : left) {
                assertThat(bench.jobs
                                .model(JobBench.PROJECT, checkpoint.model())
                                .orElseThrow()
                                .adapter()
                                .resolve("adapter_model.safetensors"))
                        .exists();
            }
            List<String> texts = bench.texts(id);
            assertThat(texts).doesNotHaveDuplicates().contains("The job was paused", "The job was cancelled");
        }
        assertThat(ChildServer.over(folder)).isEmpty();
    }

    @Tag("long")
    @Test
    void aJobThatIsPausedBeforeItsTurnWaitsForItsExamination() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 16);
        String id;
        try (JobBench idle = JobBench.idle(folder, JobBench.settings(folder))) {
            id = idle.create(JobBench.dpo("file-a", 1)).id();
            assertThat(idle.jobs.pause(idle.get(id)).standing().state()).isEqualTo(State.PAUSED);
        }
        try (JobBench bench = JobBench.open(folder)) {
            assertThat(bench.get(id).standing().state()).isEqualTo(State.PAUSED);
            assertThat(bench.jobs.resume(bench.get(id)).standing().state()).isEqualTo(State.QUEUED);
            bench.awaitSuccess(id);
        }
    }

    @Test
    void aRepeatedCallAnswersWithItsJobAlsoAfterARestart() throws Exception {
        JobRequest request = JobBench.dpo("file-a", 1);
        Call keyed = new Call("body", "key", false);
        Call again = new Call("body", null, true);
        Job first;
        Job second;
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            first = bench.jobs.create(request, keyed);
            assertThat(bench.jobs.create(request, keyed)).isEqualTo(first);
            second = bench.jobs.create(request, new Call("other", null, false));
            assertThat(bench.jobs
                            .create(request, new Call("other", null, false))
                            .id())
                    .isNotEqualTo(second.id());
        }
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            assertThat(bench.jobs.create(request, keyed)).isEqualTo(first);
            assertThat(bench.jobs.create(request, again)).isEqualTo(first);
            assertRefused(
                    400,
                    "Idempotency-Key was used with another request",
                    () -> bench.jobs.create(request, new Call("changed", "key", false)));
            assertThat(bench.jobs.list(JobBench.PROJECT, null, 10, Map.of()).items())
                    .hasSize(3);
            assertThat(bench.jobs.list("another", null, 10, Map.of()).items()).isEmpty();
            assertThat(bench.jobs.find("another", first.id())).isEmpty();
        }
    }

    @Tag("long")
    @Test
    void tenThousandJobsWaitAndNoMore() throws Exception {
        JobRequest request = JobBench.dpo("file-none", 1);
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            List<String> ids = new ArrayList<>();
            for (int job = 0; job < 10_000; job++) {
                ids.add(bench.create(request).id());
            }
            assertRefused(503, "10000 jobs wait already", () -> bench.create(request));
            Jobs.Slice<Job> page = bench.jobs.list(JobBench.PROJECT, null, 100, Map.of());
            assertThat(page.more()).isTrue();
            assertThat(page.items().get(0).id()).isEqualTo(ids.get(9_999));
            Jobs.Slice<Job> last = bench.jobs.list(JobBench.PROJECT, ids.get(3), 100, Map.of());
            assertThat(last.items()).extracting(Job::id).containsExactly(ids.get(2), ids.get(1), ids.get(0));
            assertThat(last.more()).isFalse();
            assertRefused(400, "none of this list", () -> bench.jobs.list(JobBench.PROJECT, "ftjob-none", 1, Map.of()));
        }
        try (JobBench bench = JobBench.open(folder)) {
            String oldest = bench.jobs
                    .list(JobBench.PROJECT, null, 10_000, Map.of())
                    .items()
                    .get(9_999)
                    .id();
            Job failed = bench.awaitEnd(oldest);
            assertThat(failed.standing().state()).isEqualTo(State.FAILED);
            assertThat(failed.standing().fault())
                    .isEqualTo(new Job.Fault(
                            "invalid_training_file", "File 'file-none' does not exist.", "training_file"));
        }
    }

    @Test
    void jobsAreFoundByTheirMetadata() {
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            String plain = bench.create(JobBench.dpo("file-a", 1)).id();
            String team = bench.create(with(Map.of("team", "blue", "n", "1"))).id();
            String other = bench.create(with(Map.of("team", "red"))).id();
            assertThat(ids(bench, Map.of())).containsExactly(other, team, plain);
            assertThat(ids(bench, Map.of("team", "blue"))).containsExactly(team);
            assertThat(ids(bench, Map.of("team", "blue", "n", "2"))).isEmpty();
            assertThat(ids(bench, null)).containsExactly(plain);
        }
    }

    private static List<String> ids(JobBench bench, @Nullable Map<String, String> metadata) {
        return bench.jobs.list(JobBench.PROJECT, null, 10, metadata).items().stream()
                .map(Job::id)
                .toList();
    }

    private static JobRequest with(Map<String, String> metadata) {
        JobRequest plain = JobBench.dpo("file-a", 1);
        return plain.edit()
                .rows(plain.trainingFile(), null)
                .suffix(null)
                .seed(null)
                .metadata(metadata)
                .learningRateMultiplier(1)
                .notes(List.of("learning_rate_multiplier is 1"))
                .origin(JobRequest.Origin.OPENAI)
                .reinforcement(null)
                .held(false)
                .build();
    }

    @Test
    void aHeldJobWaitsForItsStartAfterItsFilesWereExamined() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 16);
        try (JobBench bench = JobBench.open(folder)) {
            String id = bench.create(held(JobBench.dpo("file-a", 1))).id();
            bench.await(id, job -> job.standing().state() == State.PAUSED);
            assertThat(bench.texts(id)).last().asString().contains("waits until somebody starts it");
            Job started =
                    bench.jobs.resume(bench.jobs.find(JobBench.PROJECT, id).orElseThrow());
            assertThat(started.standing().state()).isEqualTo(State.QUEUED);
            assertThat(bench.awaitSuccess(id).asked().origin())
                    .isEqualTo(new JobRequest.Origin("mistral", Map.of("a", 1)));
        }
    }

    private static JobRequest held(JobRequest plain) {
        return plain.edit()
                .rows(plain.trainingFile(), null)
                .suffix(null)
                .seed(null)
                .learningRateMultiplier(1)
                .notes(List.of())
                .origin(new JobRequest.Origin("mistral", Map.of("a", 1)))
                .reinforcement(null)
                .held(true)
                .build();
    }

    @Test
    void aRequestThatAnOlderServerKeptIsReadAsOpenAis() throws Exception {
        ObjectNode kept = (ObjectNode) Json.read(Json.text(JobBench.dpo("file-a", 1)));
        kept.remove(List.of("origin", "held"));
        JobRequest read = Json.read(kept.toString(), JobRequest.class);
        assertThat(read.origin()).isEqualTo(JobRequest.Origin.OPENAI);
        assertThat(read.held()).isFalse();
    }

    @Test
    void aFullDiskTakesNoJob() {
        Jobs.Settings usual = JobBench.settings(folder);
        Jobs.Settings full =
                new Jobs.Settings(usual.folder(), 1, 10, usual.engine(), usual.launch(), () -> 1000, sentence -> {});
        try (JobBench bench = JobBench.idle(folder, full)) {
            assertRefused(507, "less than 64 MiB left", () -> bench.create(JobBench.dpo("file-a", 1)));
            assertThat(bench.jobs.list(JobBench.PROJECT, null, 10, Map.of()).items())
                    .isEmpty();
        }
    }

    @Tag("long")
    @Test
    void aRunThatSomebodyDeletesIsTrainedAnew() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 16);
        try (JobBench bench = JobBench.open(folder)) {
            String id = bench.create(JobBench.dpo("file-a", LONG)).id();
            bench.await(id, job -> hasSteps(bench, job, 3));
            Path run = new JobFolders(folder).run(id);
            Folders.deleteTree(Files.move(run, folder.resolve("taken")));
            Job job = bench.awaitSuccess(id);
            assertThat(bench.texts(id)).doesNotHaveDuplicates();
            assertThat(bench.texts(id).stream().filter(text -> text.startsWith("Step ")))
                    .hasSize(2 * LONG);
            assertThat(job.outcome().resultFiles()).hasSize(1);
            String model = String.valueOf(job.outcome().tunedModel());
            Path adapter =
                    bench.jobs.model(JobBench.PROJECT, model).orElseThrow().adapter();
            assertThat(bench.jobs.delete("another", model)).isFalse();
            assertThat(bench.jobs.delete(JobBench.PROJECT, model)).isTrue();
            assertThat(bench.jobs.delete(JobBench.PROJECT, model)).isFalse();
            assertThat(adapter).doesNotExist();
        }
    }
}
