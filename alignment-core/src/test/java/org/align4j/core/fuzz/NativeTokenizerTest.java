package org.align4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated tokenizer.json files in the native library, in processes that may die of them. A seed whose process dies or hangs is
 * counted, and the next process goes on behind it. In {@code -Psoak} {@value #SOAK} of them, or {@code -Dalign4j.tokenizers=N}.
 */
@EnabledIfSystemProperty(named = "align4j.soak", matches = "true")
class NativeTokenizerTest {
    private static final int SOAK = 5000;
    private static final int BLOCK = 250;
    private static final int HANG_SECONDS = 120;

    @TempDir
    Path folder;

    private final Map<String, Integer> ends = new TreeMap<>();
    private final List<String> deaths = new ArrayList<>();

    @Test
    void noTokenizerKillsTheProcess() throws IOException, InterruptedException {
        int count = Integer.getInteger("align4j.tokenizers", SOAK);
        for (int next = 0; next < count; ) {
            next = run(next, Math.min(count, next + BLOCK));
        }
        System.out.println("Mutated tokenizers: " + ends + ", deaths " + deaths);
        assertThat(deaths).as("seeds of MutatedTokenizers whose process died").isEmpty();
        assertThat(ends.getOrDefault("read", 0)).isPositive();
        assertThat(ends.getOrDefault("refused", 0)).isPositive();
        assertThat(ends.keySet()).as("ends").allMatch(end -> !end.startsWith("stray"));
    }

    /** Runs a process from a seed on; returns the seed to go on with. */
    private int run(int first, int end) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ErrorFile=" + folder.resolve("hs_err"),
                        "-Dai.djl.default_engine=PyTorch",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MutatedTokenizers.class.getName(),
                        folder.toString(),
                        String.valueOf(first),
                        String.valueOf(end))
                .redirectError(errors.toFile())
                .start();
        Thread watch = new Thread(() -> endWhereItHangs(process), "watch of tokenizers");
        watch.setDaemon(true);
        watch.start();
        int begun = first;
        boolean ended = true;
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                ended = !line.matches("\\d+");
                if (ended) {
                    ends.merge(line, 1, Integer::sum);
                } else {
                    begun = Integer.parseInt(line);
                }
            }
        }
        int code = process.waitFor();
        if (code != 0 || !ended) {
            deaths.add(begun + " (" + code + ") "
                    + Files.readString(errors).lines().limit(2).toList());
        }
        return code == 0 && ended ? end : begun + 1;
    }

    private static void endWhereItHangs(Process process) {
        try {
            while (!process.waitFor(1, TimeUnit.SECONDS)) {
                long spent = process.info()
                        .totalCpuDuration()
                        .map(Duration::toSeconds)
                        .orElse(0L);
                if (spent > HANG_SECONDS) {
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException stop) {
            process.destroyForcibly();
        }
    }
}
