package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunEvent.Started;
import org.align4j.core.run.RunEvent.Step;
import org.align4j.core.run.StepMetrics;
import org.align4j.serve.job.JobTable.Kept;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose events were broken off at a bad moment. */
class RunFollowerTest {
    @TempDir
    Path folder;

    /** A trainer that is killed after its checkpoint was written doesn't say so; the next one begins there. */
    @Test
    void aCheckpointThatNobodySaidWasSavedIsPublished() throws Exception {
        try (JobBench bench = JobBench.idle(folder, JobBench.settings(folder))) {
            JobBench.pairs(folder, "file-1", 0, 40);
            Job job = bench.create(JobBench.dpo("file-1", 2));
            Kept kept = bench.store.write(connection -> {
                JobTable table = new JobTable(connection);
                long number =
                        table.find(JobBench.PROJECT, job.id()).orElseThrow().number();
                table.examined(number, 5, 0);
                return table.get(number);
            });
            JobFolders folders = new JobFolders(folder);
            Path run = folders.run(job.id());
            Path adapter = Files.createDirectories(run.resolve("adapters/step-000005"));
            Files.writeString(adapter.resolve("adapter_config.json"), "{}");
            RunFollower follower = new RunFollower(bench.store, folders, kept);
            try (EventsFile events = EventsFile.open(run)) {
                events.append(Instant.EPOCH, 0, new Started(0, 10));
                events.append(Instant.EPOCH, 5, new Step(5, 10, new StepMetrics(Map.of("loss", 0.5))));
                follower.follow();
                assertThat(bench.jobs.checkpoints(job, null, 10).items()).isEmpty();
                events.append(Instant.EPOCH, 5, new Started(5, 10));
                events.append(Instant.EPOCH, 6, new Step(6, 10, new StepMetrics(Map.of("loss", 0.4))));
                follower.follow();
            }
            assertThat(bench.jobs.checkpoints(job, null, 10).items()).hasSize(1);
            assertThat(bench.events(job.id()).stream().map(JobEvent::text))
                    .anyMatch(text -> text.startsWith("Checkpoint created at step 5 "));
            assertThat(folders.model(job.id(), "step-5").resolve("adapter_config.json"))
                    .exists();
        }
    }
}
