package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.train.Trees;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Trials;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs in JVMs of their own that are killed, told to stop, or find the disk full. */
class KilledRunTest {
    private static final int KILLS = Trials.kills("align4j.kills", 3, 60);

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    private Path run;

    @BeforeAll
    static void runUndisturbed() {
        ArrayRun.train(whole.resolve("run"), new ArrayModel(true, moment -> {}), ArrayRun.EACH_STEP);
    }

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private Process start(String shell, String... arguments) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of("sh", "-c", shell + "exec \"$@\"", "sh", java.toString()));
        command.addAll(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx64m", "-cp", classes));
        command.add(ArrayRun.class.getName());
        command.add(run.toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    /** Reads what the child says until it has said that many words, or until it ends. */
    private static String read(Process child, int words) throws IOException {
        BufferedReader reader = child.inputReader(StandardCharsets.UTF_8);
        String last = "";
        for (int i = 0; i < words; i++) {
            String word = reader.readLine();
            if (word == null) {
                return last;
            }
            last = word;
        }
        return last;
    }

    private int end(Process child) throws InterruptedException {
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return child.exitValue();
    }

    private void assertSameAsUndisturbed() throws IOException {
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(whole.resolve("run")));
        assertThat(run.resolve("adapter/weights.bin")).hasSameBinaryContentAs(whole.resolve("run/adapter/weights.bin"));
        for (String file : List.of("adapter/weights.bin", "first.bin", "second.bin", "memory.bin")) {
            assertThat(run.resolve("checkpoints/step-000040").resolve(file))
                    .hasSameBinaryContentAs(
                            whole.resolve("run/checkpoints/step-000040").resolve(file));
        }
        assertThat(result().status()).isEqualTo(Status.DONE);
    }

    private RunResult result() {
        try (RunDirectory directory = RunDirectory.open(run)) {
            return directory.result();
        }
    }

    @Test
    void sigkillAtAnyMomentThenResumeIsBitIdentical() throws Exception {
        Random random = new Random(5);
        int died = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = start("");
            read(child, 1 + random.nextInt(70));
            child.destroyForcibly();
            if (end(child) == 137) {
                died++;
            } else {
                // It had ended before: the next run begins anew.
                assertSameAsUndisturbed();
                Trees.delete(run);
            }
        }
        System.out.println("array: " + died + " of " + KILLS + " died by SIGKILL");
        Process child = start("");
        read(child, Integer.MAX_VALUE);
        assertThat(end(child)).isZero();
        assertSameAsUndisturbed();
    }

    @ParameterizedTest
    @CsvSource({"TERM,143,60", "INT,130,25", "HUP,129,90"})
    void signalsSaveTheLastStepAndExit(String signal, int code, int words) throws Exception {
        Process child = start("");
        read(child, words);
        if (ignores(child, signal)) {
            child.destroyForcibly();
            end(child);
            Assumptions.abort("the shell that runs the tests ignores SIG" + signal);
        }
        new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid()))
                .start()
                .waitFor();
        read(child, Integer.MAX_VALUE);
        assertThat(end(child)).isEqualTo(code);
        RunResult stopped = result();
        assertThat(stopped.status()).isEqualTo(Status.STOPPED);
        assertThat(stopped.reason()).isEqualTo("Stopped by SIG" + signal + ".");
        assertThat(stopped.step()).isBetween(1, 39);
        ArrayRun.train(run, new ArrayModel(true, moment -> {}), ArrayRun.EACH_STEP);
        assertSameAsUndisturbed();
    }

    private static boolean ignores(Process child, String signal) throws IOException {
        int number = signal.equals("TERM") ? 15 : signal.equals("INT") ? 2 : 1;
        Path status = Path.of("/proc", Long.toString(child.pid()), "status");
        if (!Files.exists(status)) {
            return false;
        }
        String mask = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("SigIgn:\\s*", "");
        return (Long.parseUnsignedLong(mask, 16) >> (number - 1) & 1) == 1;
    }

    /**
     * Files may have 8 KiB only, as if the disk were full: the metrics and TensorBoard's file meet it after some twenty steps, and how many
     * digits the seconds have says which is first.
     */
    @Test
    void whereTheDiskTakesNoMoreTheLastCheckpointIsWhole() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "Linux only");
        Process child = start("ulimit -f 16; ");
        read(child, Integer.MAX_VALUE);
        assertThat(end(child)).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("stderr")))
                .containsPattern(
                        "(metrics\\.jsonl|The TensorBoard file) could not be written: File too large\\. The last checkpoint is untouched");
        assertThat(result().status()).isEqualTo(Status.FAILED);
        ArrayRun.train(run, new ArrayModel(true, moment -> {}), ArrayRun.EACH_STEP);
        assertSameAsUndisturbed();
    }

    @Test
    void twoProcessesDoNotWriteOneRun() throws Exception {
        Process child = start("", "hold");
        assertThat(read(child, 1)).startsWith("held");
        assertThatThrownBy(() -> RunDirectory.open(run))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is being written by process " + child.pid());
        child.getOutputStream().close();
        assertThat(end(child)).isZero();
        RunDirectory.open(run).close();
    }
}
