package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.Trees;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunEvent;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapters of epochs, of 14 steps each, in runs of 40 steps whose checkpoints go as soon as there is a newer one. */
class EpochAdaptersTest {
    /** Saves at steps that are no epoch's end. */
    private static final CheckpointOptions KEPT = new CheckpointOptions(
            new CheckpointOptions.KeptOptions(5, 1, null, true, null),
            new CheckpointOptions.EvaluationOptions(null, null),
            OnNan.FAIL,
            new CheckpointOptions.ShownOptions(1, false, 0));

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    private Path run;

    /** A run that keeps the checkpoint of each step. */
    @BeforeAll
    static void runUndisturbed() {
        ArrayRun.train(whole.resolve("run"), new ArrayModel(true, moment -> {}), ArrayRun.keeping(1, OnNan.FAIL));
    }

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private void assertKept() throws IOException {
        for (String step : List.of("step-000014", "step-000028")) {
            assertThat(run.resolve("adapters").resolve(step).resolve("weights.bin"))
                    .hasSameBinaryContentAs(
                            whole.resolve("run/checkpoints").resolve(step).resolve("adapter/weights.bin"));
        }
        assertThat(run.resolve("adapters"))
                .isDirectoryNotContaining(entry -> !entry.toString().matches(".*step-0000(14|28)"));
        assertThat(run.resolve("checkpoints")).isDirectoryContaining(entry -> entry.endsWith("step-000040"));
        assertThat(run.resolve("checkpoints")).isDirectoryNotContaining(entry -> !entry.endsWith("step-000040"));
    }

    @Test
    void theyStandBeforeTheCheckpointIsToldOfAndStayWhenItGoes() throws IOException {
        List<Integer> told = new ArrayList<>();
        List<Integer> there = new ArrayList<>();
        TrainingLog log = new TrainingLog(event -> {
            if (event instanceof RunEvent.Saved saved) {
                told.add(saved.step());
                if (Files.exists(run.resolve(saved.checkpoint().replace("checkpoints", "adapters") + "/weights.bin"))) {
                    there.add(saved.step());
                }
            }
        });
        ArrayRun.train(run, new ArrayModel(true, moment -> {}), ArrayRun.options(ArrayRun.STEPS, KEPT), log);
        assertThat(told).containsExactly(5, 10, 14, 15, 20, 25, 28, 30, 35, 40);
        assertThat(there).containsExactly(14, 28);
        assertKept();
    }

    @Test
    void checkpointsThatAreToStayDoHoweverManyNewerOnesThereAre() throws IOException {
        CheckpointOptions keeping = new CheckpointOptions(
                new CheckpointOptions.KeptOptions(9, 1, 12, false, null),
                new CheckpointOptions.EvaluationOptions(null, null),
                OnNan.FAIL,
                new CheckpointOptions.ShownOptions(1, false, 0));
        ArrayRun.train(
                run, new ArrayModel(true, moment -> {}), ArrayRun.options(ArrayRun.STEPS, keeping), TrainingLog.SILENT);
        try (Stream<Path> left = Files.list(run.resolve("checkpoints"))) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("step-000012", "step-000024", "step-000036", "step-000040");
        }
        assertThat(run.resolve("checkpoints/step-000024/adapter/weights.bin"))
                .hasSameBinaryContentAs(whole.resolve("run/checkpoints/step-000024/adapter/weights.bin"));
    }

    @Test
    void withoutTheOptionThereAreNone() {
        ArrayRun.train(run, new ArrayModel(true, moment -> {}), ArrayRun.AUTO);
        assertThat(run.resolve("adapters")).doesNotExist();
    }

    /** A kill between the checkpoint and the adapter, or in the middle of the adapter. */
    @Test
    void whatAKillCutOffIsThereAfterTheRunWentOn() throws IOException {
        ArrayModel stopped = new ArrayModel(true, moment -> {
            if (moment.startsWith("row 29 ")) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, stopped, KEPT)).isInstanceOf(StoppedException.class);
        Trees.delete(run.resolve("adapters/step-000028"));
        ArrayRun.train(run, new ArrayModel(true, moment -> {}), KEPT);
        assertKept();
    }

    @Test
    void aLinkInTheirPlaceIsRefused() throws IOException {
        ArrayModel stopped = new ArrayModel(true, moment -> {
            if (moment.startsWith("row 8 ")) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, stopped, KEPT)).isInstanceOf(StoppedException.class);
        Files.createSymbolicLink(run.resolve("adapters"), Files.createDirectory(folder.resolve("elsewhere")));
        assertThatThrownBy(() -> ArrayRun.train(run, new ArrayModel(true, moment -> {}), KEPT))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is a link, which is not followed");
        assertThat(folder.resolve("elsewhere")).isEmptyDirectory();
    }
}
