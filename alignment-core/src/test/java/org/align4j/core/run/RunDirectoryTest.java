package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.report.TensorBoardWriter;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunDirectoryTest {
    private static final Map<String, ?> MANIFEST = Map.of("command", "dpo", "rows", Map.of("read", 3, "used", 2));

    @TempDir
    Path folder;

    private RunDirectory create(String name) {
        return RunDirectory.create(folder.resolve(name), "beta: 0.1\n", MANIFEST);
    }

    @Test
    void holdsWhatItWasBegunWith() throws IOException {
        try (RunDirectory run = create("deep/er/run")) {
            assertThat(run.configFile()).hasContent("beta: 0.1\n");
            assertThat(run.manifest()).containsEntry("command", "dpo");
            assertThat(run.result()).isEqualTo(RunResult.start(0));
            StepMetrics figures =
                    StepMetrics.EMPTY.with("step", 3).with("loss", 0.25).with("odd", Double.NaN);
            RunState.Best best = new RunState.Best("eval_loss", 0.1, 2);
            Measured margin = new Measured("margin", 0.5, 1, 0.5, Arrays.asList(null, 0.75), 9, "counted");
            RunResult result = new RunResult(
                    Status.FAILED, 3, 9, figures, "diverged", best, List.of("Beware."), Verdict.WORSE, List.of(margin));
            run.write(result);
            assertThat(run.result()).isEqualTo(result);
            assertThat(Files.readString(run.path().resolve("result.json")).replaceAll("\\s", ""))
                    .isEqualTo(
                            "{\"status\":\"failed\",\"step\":3,\"total_steps\":9,\"metrics\":{\"step\":3,\"loss\":0.25,"
                                    + "\"odd\":null},\"reason\":\"diverged\",\"best\":{\"metric\":\"eval_loss\",\"value\":0.1,"
                                    + "\"step\":2},\"warnings\":[\"Beware.\"],\"verdict\":\"worse\",\"evidence\":[{\"figure\":\"margin\",\"before\":0.5,"
                                    + "\"after\":1.0,\"difference\":0.5,\"interval\":[null,0.75],\"n\":9,\"method\":\"counted\"}]}");
        }
    }

    /** Four ways in which a disk or a person leaves it. */
    @ParameterizedTest
    @ValueSource(strings = {"", "{\"status\":\"do", "[]", "{\"step\":\"x\"}", "{\"status\":\"finished\",\"step\":1}"})
    void aDamagedResultIsRebuiltFromMetricsCheckpointsAndProducts(String damaged) throws IOException {
        RunState.Best best = new RunState.Best("eval_loss", 0.5, 1);
        try (RunDirectory run = create("run")) {
            run.checkpoints().save(RunState.START.afterStep(9, 0).afterEvaluation(best), List.of());
        }
        Path path = folder.resolve("run");
        Files.writeString(
                path.resolve("metrics.jsonl"),
                "{\"step\":1,\"loss\":0.7}\n{\"step\":1,\"eval_loss\":0.5}\n{\"step\":2,\"loss\":0.6}\n{\"step\":3,\"lo");
        Files.writeString(
                path.resolve("warnings.json"), "[{\"code\":\"few-rows\",\"seen\":\"Few.\",\"advice\":\"More.\"}]");
        Files.writeString(path.resolve("result.json"), damaged);
        StepMetrics last = StepMetrics.EMPTY.with("step", 2).with("loss", 0.6).with("eval_loss", 0.5);
        try (RunDirectory run = RunDirectory.open(path)) {
            assertThat(run.result().status()).isEqualTo(Status.RUNNING);
            assertThat(run.result().step()).isEqualTo(2);
            assertThat(run.result().metrics()).isEqualTo(last);
            assertThat(run.result().best()).isEqualTo(best);
            assertThat(run.result().warnings()).containsExactly("Few. More.");
        }
        assertThat(Files.readString(path.resolve("result.json"))).contains("\"status\" : \"running\"");
        Files.createDirectory(path.resolve("adapter"));
        Files.writeString(path.resolve("result.json"), damaged);
        try (RunDirectory run = RunDirectory.open(path)) {
            assertThat(run.result().status()).isEqualTo(Status.DONE);
            assertThat(run.result().totalSteps()).isEqualTo(2);
        }
    }

    @Test
    void whatANewerVersionTellsIsKept() throws IOException {
        create("run").close();
        Path file = folder.resolve("run/result.json");
        String newer = "{\"status\":\"stopped\",\"step\":3,\"total_steps\":9,\"mood\":\"good\"}";
        Files.writeString(file, newer);
        try (RunDirectory run = RunDirectory.open(folder.resolve("run"))) {
            assertThat(run.result().status()).isEqualTo(Status.STOPPED);
            assertThat(file).hasContent(newer);
        }
    }

    @Test
    void onlyANewOrEmptyDirectoryIsTaken() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        RunDirectory.create(empty, "", MANIFEST).close();
        assertThatThrownBy(() -> RunDirectory.requireNewOrEmpty(empty))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds a run already")
                .hasMessageContaining("align resume " + empty);
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("thesis.tex"), "");
        assertThatThrownBy(() -> RunDirectory.create(full, "", MANIFEST))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not empty (thesis.tex)");
        assertThat(full.toFile().list()).containsExactly("thesis.tex");
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> RunDirectory.create(file, "", MANIFEST))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("which is a file");
        assertThatThrownBy(() -> RunDirectory.create(file.resolve("below"), "", MANIFEST))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("can't be written");
    }

    /** Who may write to a run's folder must not reach files beyond it. */
    @Test
    void linksInsideAreNotFollowed() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        create("run").close();
        Path run = folder.resolve("run");
        Files.delete(run.resolve(".lock"));
        Files.createSymbolicLink(run.resolve(".lock"), victim);
        assertThatThrownBy(() -> RunDirectory.open(run))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(".lock is a link, which is not followed; remove it");
        Files.delete(run.resolve(".lock"));
        Files.createSymbolicLink(run.resolve(".tmp-result.json"), victim);
        Files.createSymbolicLink(run.resolve("metrics.jsonl"), victim);
        try (RunDirectory opened = RunDirectory.open(run)) {
            opened.write(RunResult.start(9));
            assertThatThrownBy(() -> MetricsFile.open(opened.metricsFile(), 0))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("metrics.jsonl is a link");
        }
        assertThat(victim).hasContent("precious");
    }

    /** What is behind such a link is somebody else's, whatever its names. */
    @ParameterizedTest
    @ValueSource(strings = {"checkpoints", "tensorboard"})
    void aLinkAsAFolderOfTheRunIsRefusedBeforeAnythingChanges(String name) throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path precious =
                Files.createDirectories(elsewhere.resolve("step-000001")).resolve("precious.txt");
        Files.writeString(precious, "precious");
        Files.createDirectory(elsewhere.resolve(".tmp-step-000002"));
        create("run").close();
        Path run = folder.resolve("run");
        Files.createSymbolicLink(run.resolve(name), elsewhere);
        assertThatThrownBy(() -> RunDirectory.open(run))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(run.resolve(name)
                        + " is a link, which is not followed; remove it, and put the folder itself there");
        assertThat(precious).hasContent("precious");
        assertThat(elsewhere.resolve(".tmp-step-000002")).exists();
        Files.delete(run.resolve(name));
        Files.writeString(run.resolve(name), "a file");
        assertThatThrownBy(() -> RunDirectory.open(run)).hasMessageContaining("is a file where a folder belongs");
    }

    /** A link that is put there while the run is at work. */
    @Test
    void aLinkThatComesLaterIsNotWrittenThroughEither() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path precious =
                Files.createDirectories(elsewhere.resolve("step-000001")).resolve("precious.txt");
        Files.writeString(precious, "precious");
        try (RunDirectory run = create("run")) {
            Files.createSymbolicLink(run.path().resolve("checkpoints"), elsewhere);
            assertThatThrownBy(() -> run.checkpoints().save(RunState.START.afterStep(9, 0), List.of()))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("checkpoints is a link, which is not followed");
            assertThatThrownBy(() -> run.checkpoints().retain(1, step -> false))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("checkpoints is a link, which is not followed");
            Files.createSymbolicLink(run.path().resolve("tensorboard"), elsewhere);
            assertThatThrownBy(() -> TensorBoardWriter.openAt(run.path().resolve("tensorboard"), 0, Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tensorboard is a link, which is not followed");
        }
        assertThat(elsewhere.toFile().list()).containsExactly("step-000001");
        assertThat(precious).hasContent("precious");
    }

    @Test
    void aLinkAsACheckpointIsRefusedAndDeletedByNobody() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("precious.txt"), "precious");
        try (RunDirectory run = create("run")) {
            run.checkpoints().save(RunState.START.afterStep(9, 0).afterStep(9, 0), List.of());
            Path link = Files.createSymbolicLink(run.path().resolve("checkpoints/step-000001"), elsewhere);
            run.checkpoints().retain(1, step -> false);
            assertThat(link).isSymbolicLink();
            assertThat(run.checkpoints().steps()).containsExactly(2);
            assertThatThrownBy(() -> run.checkpoints().newestWhole())
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(link + " is a link, which is not followed");
        }
        assertThat(elsewhere.resolve("precious.txt")).hasContent("precious");
    }

    @Test
    void aLinkAsTheRunStays() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("disk/run"));
        create("link").close();
        assertThat(link).isSymbolicLink();
        assertThat(folder.resolve("disk/run/config.yaml")).exists();
    }

    @Test
    void whatAKillLeftBeforeTheOptionsWereWrittenIsNoRun() throws IOException {
        RunDirectory run = create("run");
        run.close();
        Files.delete(run.configFile());
        assertThatThrownBy(() -> RunDirectory.open(run.path()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no run directory: it has no config.yaml");
        create("run").close();
    }

    @Test
    void oneProcessAtATimeAndOnce() {
        try (RunDirectory run = create("run")) {
            assertThatThrownBy(() -> RunDirectory.open(run.path()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("is being written by this process already");
        }
        RunDirectory.open(folder.resolve("run")).close();
    }

    @Test
    void aProductAppearsWholeOrNotAtAll() throws IOException {
        try (RunDirectory run = create("run")) {
            run.publish("adapter", directory -> Files.writeString(directory.resolve("a"), "1"));
            assertThatThrownBy(() -> run.publish("adapter", directory -> {
                        Files.writeString(directory.resolve("a"), "2");
                        throw new IOException("No space left on device");
                    }))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("adapter could not be written")
                    .hasMessageContaining("No space left on device");
            assertThat(run.path().resolve("adapter/a")).hasContent("1");
            assertThat(run.path()).isDirectoryNotContaining("glob:**/.tmp-*");
            run.remove("adapter");
            assertThat(run.path().resolve("adapter")).doesNotExist();
        }
    }

    @Test
    void openingSweepsUpWhatAKillLeft() throws IOException {
        create("run").close();
        Path aside = Files.createDirectories(folder.resolve("run/checkpoints/.tmp-step-000007/adapter"));
        Files.writeString(aside.resolve("half"), "half");
        Path old = Files.createDirectories(folder.resolve("run/.old-adapter-0123456789abcdef"));
        Path result = Files.createFile(folder.resolve("run/.tmp-result.json-0123456789abcdef"));
        RunDirectory.open(folder.resolve("run")).close();
        assertThat(aside.getParent()).doesNotExist();
        assertThat(old).doesNotExist();
        assertThat(result).doesNotExist();
    }

    /** Reports, answers and merged models are written without the run's lock. */
    @ParameterizedTest
    @ValueSource(strings = {"report.html", "rows-asked-for.jsonl", "merged-model"})
    void whatAnotherProcessIsWritingInTheRunStays(String name) throws IOException {
        create("run").close();
        Path page = Files.writeString(folder.resolve("run/.tmp-" + name + "-0123456789abcdef"), "half");
        Path former = Files.writeString(folder.resolve("run/.was-" + name + "-0123456789abcdef"), "former");
        RunDirectory.open(folder.resolve("run")).close();
        assertThat(page).hasContent("half");
        assertThat(former).hasContent("former");
        assertThat(folder.resolve("run").resolve(name)).doesNotExist();
    }

    @Test
    void aNameThatNoKillWouldBeClearedOfIsNotWritten() {
        try (RunDirectory run = create("run")) {
            assertThatThrownBy(() -> run.writeJson("other.json", Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("other.json is no name of HeldNames");
        }
    }

    @Test
    void aReadOnlyDirectoryIsRefused() throws IOException {
        Path parent = Files.createDirectory(folder.resolve("locked"));
        Assumptions.assumeTrue(parent.toFile().setWritable(false) && !Files.isWritable(parent), "not as root");
        assertThatThrownBy(() -> RunDirectory.create(parent.resolve("run"), "", MANIFEST))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("can't be written");
    }
}
