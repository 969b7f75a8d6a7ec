package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.train.SharedHistory.Event;
import org.align4j.core.weights.SafetensorsWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes start, kill, go on with and report the same runs, and read the same cache; then their history is checked. */
class SharedRunsTest {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");
    private static final int PROCESSES = 3;
    private static final int KILLS = SOAK ? 60 : 3;
    private static final int ACTIONS = SOAK ? 40 : 12;
    private static final long LONGEST_MILLIS = SOAK ? 3000 : 1500;
    private static final long SEED = 5;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final List<Event> deaths = new ArrayList<>();

    private Process start(long seed) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-Xmx96m",
                        "-Djava.awt.headless=true",
                        "-cp",
                        ChildAlign.classPath(),
                        SharedRuns.class.getName(),
                        folder.toString(),
                        Long.toString(seed),
                        Integer.toString(ACTIONS))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("errors-" + seed).toFile())
                .start();
    }

    private String prepareCache() throws Exception {
        float[] values = new float[1 << 18];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        new SafetensorsWriter().add("w", values, 512, 512).write(folder.resolve("w.safetensors"));
        return SharedRuns.digest(
                SharedRuns.quantized(folder, folder.resolve("w.nf4")).entry("w").map());
    }

    @Tag("long")
    @Test
    void noRunIsWrittenByTwoAndNoCacheIsHalf() throws Exception {
        String cached = prepareCache();
        Files.createDirectory(folder.resolve("history"));
        ArrayRun.train(
                folder.resolve("undisturbed"),
                new ArrayModel(true, moment -> {}),
                ArrayRun.options(SharedRuns.STEPS, ArrayRun.EACH_STEP),
                TrainingLog.SILENT);
        List<Process> processes = new ArrayList<>();
        long seeds = 0;
        while (processes.size() < PROCESSES) {
            processes.add(start(++seeds));
        }
        for (int kill = 0; kill < KILLS; kill++) {
            int victim = random.nextInt(PROCESSES);
            Process process = processes.get(victim);
            // The moment of the kill: not before long, or when it ends by itself.
            if (!process.waitFor(random.nextLong(LONGEST_MILLIS), TimeUnit.MILLISECONDS)) {
                deaths.add(SharedHistory.killed(process.pid()));
                process.destroyForcibly().waitFor();
            }
            processes.set(victim, start(++seeds));
        }
        for (Process process : processes) {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        }
        SharedHistory history = SharedHistory.read(folder, deaths);
        assertThat(history.wrongs(cached)).isEmpty();
        assertThat(errors()).isEmpty();
        System.out.println("several processes: " + deaths.size() + " kills, " + history.count("holds") + " held, "
                + history.count("refused") + " refused, " + history.count("reported") + " reports, "
                + history.count("read") + " cache reads, " + history.count("gone") + " of a file that was deleted");
        for (int run = 0; run < SharedRuns.RUNS; run++) {
            assertGoesOnToTheLastBit(SharedRuns.run(folder, run));
        }
    }

    private String errors() throws IOException {
        StringBuilder text = new StringBuilder();
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("errors-"))
                    .toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    /** No lock of the dead is in the way. */
    private void assertGoesOnToTheLastBit(Path run) throws IOException {
        ArrayRun.train(
                run,
                new ArrayModel(true, moment -> {}),
                ArrayRun.options(SharedRuns.STEPS, ArrayRun.EACH_STEP),
                TrainingLog.SILENT);
        Path undisturbed = folder.resolve("undisturbed");
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(undisturbed));
        assertThat(run.resolve("adapter/weights.bin"))
                .hasSameBinaryContentAs(undisturbed.resolve("adapter/weights.bin"));
    }

    @Test
    void whatMustNotBeIsFoundInAHistory() {
        Event holds = new Event(1, 10, "holds", "run-0", "-");
        Event second = new Event(3, 11, "holds", "run-0", "-");
        assertThat(new SharedHistory(List.of(holds, second)).wrongs("x")).hasSize(1);
        assertThat(new SharedHistory(List.of(holds, new Event(2, 10, "frees", "run-0", "-"), second)).wrongs("x"))
                .isEmpty();
        assertThat(new SharedHistory(List.of(holds, new Event(2, 10, "killed", "-", ""), second)).wrongs("x"))
                .isEmpty();
        assertThat(new SharedHistory(List.of(new Event(1, 10, "read", "cache", "y"))).wrongs("x"))
                .hasSize(1);
        assertThat(new SharedHistory(List.of(new Event(1, 10, "half", "run-0", "-"))).wrongs("x"))
                .hasSize(1);
    }
}
