package org.align4j.desk.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page says of a run in every state that its directory can be in. */
class WatchedRunTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    @TempDir
    Path folder;

    private Path path;
    private WatchedRun run;

    @BeforeEach
    void place() {
        path = folder.resolve("run");
        run = new WatchedRun(path);
    }

    private RunDirectory begin() {
        return RunDirectory.create(path, "max-steps: 10\nlearning-rate: 0.1\n", Map.of("command", "dpo"));
    }

    private void events(RunEvent... events) {
        try (EventsFile file = EventsFile.open(path)) {
            for (RunEvent event : events) {
                file.append(Instant.EPOCH, 0, event);
            }
        }
    }

    private static RunEvent step(int step) {
        return new RunEvent.Step(
                step, 10, StepMetrics.EMPTY.with("step", step).with("loss", 0.5).with("seconds", 2));
    }

    private static RunResult result(Status status, String reason) {
        return new RunResult(
                status,
                3,
                10,
                StepMetrics.EMPTY.with("loss", 0.25),
                reason,
                null,
                List.of(),
                Verdict.UNCLEAR,
                List.of());
    }

    private RunState state() throws IOException {
        return run.line().state();
    }

    @Test
    void waitsForARunThatIsNotThereYet() throws IOException {
        assertThat(state()).isEqualTo(RunState.WAITING);
        Files.createDirectory(path);
        assertThat(state()).isEqualTo(RunState.WAITING);
        try (RunDirectory held = begin()) {
            assertThat(held.leftControl()).isEmpty();
            assertThat(state()).isEqualTo(RunState.STARTING);
            assertThat(run.line().ask()).isEmpty();
        }
    }

    @Test
    void followsStepsAPauseAndAStepBack() throws IOException {
        try (RunDirectory held = begin()) {
            held.write(RunResult.start(10));
            events(new RunEvent.Started(0, 10), step(1), step(2), step(3));
            RunLine line = run.line();
            assertThat(line.state()).isEqualTo(RunState.RUNNING);
            assertThat(line.step()).isEqualTo(3);
            assertThat(line.left()).isEqualTo(14.0);
            assertThat(line.figures()).contains("loss 0.5000").doesNotContain("step");
            assertThat(line.ask()).containsExactly("pause", "stop");
            Files.writeString(path.resolve("control"), "pause\n");
            assertThat(state()).isEqualTo(RunState.PAUSING);
            events(new RunEvent.Progress(RunEvent.Progress.PAUSED, 0L, 1L));
            assertThat(state()).isEqualTo(RunState.PAUSED);
            assertThat(run.line().ask()).containsExactly("continue", "stop");
            Files.writeString(path.resolve("control"), "stop\n");
            assertThat(state()).isEqualTo(RunState.STOPPING);
            Files.delete(path.resolve("control"));
            events(new RunEvent.Started(1, 10));
            assertThat(run.line().step()).as("a resumed run takes steps again").isEqualTo(1);
            assertThat(state()).isEqualTo(RunState.RUNNING);
        }
        assertThat(state()).as("nobody holds it, and it says that it runs").isEqualTo(RunState.KILLED);
        assertThat(run.line().reason()).contains("align resume ");
    }

    @Test
    void saysWhyARunEnded() throws IOException {
        try (RunDirectory held = begin()) {
            held.write(result(Status.FAILED, HOSTILE));
        }
        assertThat(state()).isEqualTo(RunState.FAILED);
        assertThat(run.line().reason()).startsWith(HOSTILE + ". Go on with: align resume ");
        assertThat(run.line().figures()).contains("loss 0.2500");
        assertThat(String.join("", run.report().read().parts().values()))
                .contains("&lt;img src=x onerror=alert(1)&gt;")
                .doesNotContain("<img");
        try (RunDirectory held = RunDirectory.open(path)) {
            assertThat(state()).as("somebody takes it up").isEqualTo(RunState.STARTING);
            held.write(result(Status.DONE, null));
        }
        assertThat(state()).isEqualTo(RunState.DONE);
        assertThat(run.line().ask()).isEmpty();
    }

    @Test
    void aRunThatIsMovedIsGoneAndAnotherInItsPlaceIsAnother() throws IOException {
        try (RunDirectory held = begin()) {
            held.write(result(Status.DONE, null));
            events(new RunEvent.Started(0, 10), step(1));
        }
        assertThat(state()).isEqualTo(RunState.DONE);
        Files.move(path, folder.resolve("elsewhere"));
        assertThat(state()).isEqualTo(RunState.GONE);
        try (RunDirectory held = begin()) {
            held.write(RunResult.start(10));
            events(new RunEvent.Started(0, 10));
            assertThat(run.line().step()).isZero();
            assertThat(state()).isEqualTo(RunState.RUNNING);
        }
        AtomicDirectory.delete(path);
        assertThat(state()).isEqualTo(RunState.GONE);
        assertThat(run.report().read().parts()).isEmpty();
    }

    @Test
    void aFolderShowsItsRunsAndFindsThemByNameAlone() throws IOException {
        try (RunDirectory held = begin()) {
            held.write(result(Status.DONE, null));
        }
        Files.createDirectory(folder.resolve("notes"));
        WatchedFolder several = new WatchedFolder(folder);
        assertThat(several.scene().rows()).extracting(Watched.Row::key).containsExactly("run");
        assertThat(several.scene().kind()).isEqualTo("folder");
        assertThat(several.scene().line().ask())
                .as("a folder of runs is steered run by run")
                .isEmpty();
        assertThat(several.find("run")).contains(path);
        assertThat(several.find("../run")).isEmpty();
        assertThat(several.find("notes")).isEmpty();
        AtomicDirectory.delete(path);
        assertThat(several.scene().rows()).extracting(row -> row.line().state()).containsExactly(RunState.GONE);
    }
}
