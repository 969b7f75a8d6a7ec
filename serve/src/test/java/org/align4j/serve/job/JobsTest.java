package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.serve.job.Job.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on the demo's model, from their creation to their model. */
class JobsTest {
    @TempDir
    Path folder;

    private JobBench bench;

    @BeforeEach
    void open() {
        bench = JobBench.open(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void aJobTellsItsWayAndLeavesTheModelOfTheSameCommand() throws Exception {
        JobBench.pairs(folder, "file-a", 0, 40);
        JobBench.pairs(folder, "file-v", 700, 12);
        Job receipt = bench.create(JobBench.request(
                JobRequest.Method.DPO,
                "file-a",
                "file-v",
                "epochs",
                4,
                "batch-size",
                8,
                "samples",
                0,
                "report",
                false));
        assertThat(receipt.standing().state()).isEqualTo(State.VALIDATING);
        Job job = bench.awaitSuccess(receipt.id());

        List<String> texts = bench.events(job.id()).stream()
                .filter(event -> event.level() == JobEvent.Level.INFO)
                .map(JobEvent::text)
                .toList();
        assertThat(texts.subList(0, 5))
                .containsExactly(
                        "Created fine-tuning job: " + job.id(),
                        "Validating training file: file-a and validation file: file-v",
                        "Files validated, moving job to queued state",
                        "Fine-tuning job started",
                        texts.get(4));
        String model = job.outcome().tunedModel();
        assertThat(model)
                .isEqualTo("ft:tiny:local:test:" + job.id().substring(job.id().length() - 8));
        assertThat(texts.get(4)).matches("Step 1/20: training loss=0\\.69");
        assertThat(texts.subList(texts.size() - 5, texts.size() - 2))
                .satisfies(
                        last -> assertThat(last.get(0))
                                .matches(
                                        "Step 20/20: training loss=0\\.\\d\\d, validation loss=(0\\.\\d\\d), full validation loss=\\1"))
                .satisfies(last -> assertThat(last.get(1))
                        .isEqualTo("Checkpoint created at step 20 with Snapshot ID: " + model + ":ckpt-step-20"))
                .element(2)
                .asString()
                .matches(
                        "Verdict: unclear; .*of \\d+ validation rows .* before, .* after, difference .*|Verdict: unclear; the run's report.*");
        assertThat(texts.subList(texts.size() - 2, texts.size()))
                .containsExactly("New fine-tuned model created: " + model, "The job has successfully completed");
        assertThat(texts.stream().filter(text -> text.startsWith("Step "))).hasSize(20);
        assertThat(job.outcome().trainedTokens()).isPositive();
        assertThat(job.outcome().settled())
                .containsEntry("epochs", 4.0)
                .containsEntry("batch-size", 8)
                .containsKeys("beta", "learning-rate");

        assertThat(bench.jobs.checkpoints(job, null, 10).items())
                .extracting(JobCheckpoint::step)
                .containsExactly(20, 15, 10);
        Map<String, Object> metrics =
                bench.jobs.checkpoints(job, null, 1).items().get(0).metrics();
        assertThat(metrics).containsKeys("step", "train_loss", "full_valid_loss", "reward_accuracy", "reward_margin");

        JobFolders folders = new JobFolders(folder);
        Path again = folder.resolve("again");
        AlignRuns.align(List.of(
                "dpo", "--config", folders.run(job.id()).resolve("config.yaml").toString(), "--out", again.toString()));
        TunedModel made = bench.jobs.model(JobBench.PROJECT, model).orElseThrow();
        for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
            assertThat(made.adapter().resolve(file))
                    .hasSameBinaryContentAs(again.resolve("adapter").resolve(file));
        }
        List<String> csv = Files.readAllLines(folders.figures(job.id()));
        assertThat(csv).hasSize(21);
        assertThat(csv.get(0))
                .isEqualTo(
                        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,reward_accuracy,reward_margin");
        assertThat(csv.get(1)).startsWith("1,0.69315,,,,");
    }

    /** A ledger without room for a second training lets one train after the other, though two may train side by side. */
    @Tag("long")
    @Test
    void trainingsGoSideBySideWhereTheirMemoryAllows() throws Exception {
        MemoryLedger ledger = MemoryLedger.shared();
        long most = ledger.account().memory().limit();
        try (MemoryLedger.Claim all = ledger.enter("everything", most, sentence -> {})) {
            all.expect(most);
            Job first = bench.create(JobBench.dpo(JobBench.pairs(folder, "file-a", 0, 40), 3));
            Job second = bench.create(JobBench.dpo(JobBench.pairs(folder, "file-b", 100, 40), 3));
            bench.await(first.id(), job -> job.standing().state() == State.RUNNING);
            bench.await(second.id(), job -> {
                if (job.standing().state() == State.RUNNING) {
                    assertThat(bench.get(first.id()).standing().state()).isEqualTo(State.SUCCEEDED);
                }
                return job.standing().state() == State.SUCCEEDED;
            });
            assertThat(ledger.account().holdings())
                    .extracting(MemoryLedger.Holding::what)
                    .contains("everything")
                    .noneMatch(what -> what.startsWith(folder.toString()));
        }
    }
}
