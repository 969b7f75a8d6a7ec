package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.verdict.Verdict;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
            RunResult result =
                    new RunResult(Status.FAILED, 3, 9, figures, "diverged", best, List.of("Beware."), Verdict.WORSE);
            run.write(result);
            assertThat(run.result()).isEqualTo(result);
            assertThat(Files.readString(run.path().resolve("result.json")).replaceAll("\\s", ""))
                    .isEqualTo(
                            "{\"status\":\"failed\",\"step\":3,\"total_steps\":9,\"metrics\":{\"step\":3,\"loss\":0.25,"
                                    + "\"odd\":null},\"reason\":\"diverged\",\"best\":{\"metric\":\"eval_loss\",\"value\":0.1,"
                                    + "\"step\":2},\"warnings\":[\"Beware.\"],\"verdict\":\"worse\"}");
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
        Files.createDirectories(folder.resolve("run/.old-adapter"));
        RunDirectory.open(folder.resolve("run")).close();
        assertThat(aside.getParent()).doesNotExist();
        assertThat(folder.resolve("run/.old-adapter")).doesNotExist();
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
