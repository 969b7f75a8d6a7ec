package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose supervisor holds them by a pipe: it closes the pipe, or dies. */
class SupervisedRunTest {
    private static final int SIGTERM = 143;
    private static final String REASON = "Stopped by the end of its supervisor's pipe.";
    private static final String[] OPTIONS = {
        "--max-steps", "12", "--lora-dropout", "0.1", "--eval-fraction", "0.1", "--eval-every", "2"
    };

    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private static List<String> words(Path out) {
        return DpoRuns.dpo(out, OPTIONS);
    }

    private void assertSameAsUndisturbed() throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        AlignRuns.align(words(undisturbed));
        AlignRuns.assertSame(run, undisturbed);
    }

    @Tag("long")
    @Test
    void thePipesEndSavesTheLastStepAndExits() throws Exception {
        ChildAlign child = ChildAlign.startHeld(words(run));
        String log = readUntil(child, "step  3/12");
        child.letGo();
        log += child.readAll();
        assertThat(child.end()).as(log).isEqualTo(SIGTERM);
        assertThat(log).contains(REASON + " Go on with: align resume " + run);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        assertThat(new Run(run).events().stream().map(RunEvent.Recorded::event)).contains(new RunEvent.Stopped(REASON));
        AlignRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed();
    }

    private static String readUntil(ChildAlign child, String words) throws IOException {
        StringBuilder log = new StringBuilder();
        String line = child.read(1);
        while (!line.isEmpty()) {
            log.append(line);
            if (line.contains(words)) {
                return log.toString();
            }
            line = child.read(1);
        }
        return log.toString();
    }

    /** Before anything is read, while the rows are read, while the model loads and while the run is evaluated at its start. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void atAnyMomentBeforeTheFirstStepToo(int lines) throws Exception {
        ChildAlign child = ChildAlign.startHeld(words(run));
        String log = child.read(lines);
        child.letGo();
        log += child.readAll();
        assertThat(child.end()).as(log).isEqualTo(SIGTERM);
        assertThat(log).contains("Stopped by").doesNotContain("12/12");
        AlignRuns.align(Files.exists(run) ? List.of("resume", run.toString()) : words(run));
        assertSameAsUndisturbed();
    }

    @Tag("long")
    @Test
    void aSupervisorThatIsKilledLeavesNoOrphan() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                ChildAlign.classPath(),
                Holder.class.getName()));
        command.addAll(words(run));
        Process holder = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        ProcessHandle trainer;
        try (BufferedReader said = holder.inputReader(StandardCharsets.UTF_8)) {
            trainer = ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
            assertThat(said.readLine()).isEqualTo("trains");
            assertThat(trainer.isAlive()).isTrue();
            holder.destroyForcibly();
            assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        trainer.onExit().get(60, TimeUnit.SECONDS);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("reason").asText())
                .isEqualTo(REASON);
        AlignRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed();
    }

    /** Holds a trainer by its pipe, tells its number, and that it takes steps. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] words) throws IOException, InterruptedException {
            ChildAlign child = ChildAlign.startHeld(List.of(words));
            System.out.println(child.pid());
            readUntil(child, "step  2/12");
            System.out.println("trains");
            child.end();
        }
    }

    @Test
    void whatStandardInputIsTakenForIsRefusedElsewhere() throws Exception {
        ChildAlign reading = ChildAlign.startHeld(
                List.of("logprobs", "--model", DpoRuns.MODEL.toString(), "--data", "-", "--out", run.toString()));
        String log = reading.readAll();
        assertThat(reading.end()).as(log).isEqualTo(2);
        assertThat(log).contains("standard input is the pipe of a supervisor (ALIGN4J_SUPERVISOR=stdin)");
    }

    @Test
    void anotherValueIsRefused() throws Exception {
        ChildAlign child = ChildAlign.start("export ALIGN4J_SUPERVISOR=fd3; ", List.of("version"));
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(2);
        assertThat(log).contains("ALIGN4J_SUPERVISOR is fd3 but must be stdin");
    }

    /** The schedule is that of the whole run, so that it goes on as if it had not been stopped. */
    @Tag("long")
    @Test
    void aLastStepEndsTheRunThereAndNoLater() throws Exception {
        ChildAlign child = ChildAlign.start("export ALIGN4J_STOP_AFTER=5; ", words(run));
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(SIGTERM);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        assertThat(AlignRuns.json(run.resolve("result.json")).get("step").asInt())
                .isEqualTo(5);
        AlignRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed();
    }

    @Test
    void aLastStepThatIsNoNumberOfStepsIsRefused() throws Exception {
        ChildAlign child = ChildAlign.start("export ALIGN4J_STOP_AFTER=0; ", List.of("version"));
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(2);
        assertThat(log).contains("ALIGN4J_STOP_AFTER is 0 but must be a whole number of optimizer steps, at least 1");
    }
}
