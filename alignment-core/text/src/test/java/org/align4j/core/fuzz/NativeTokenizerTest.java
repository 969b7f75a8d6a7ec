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
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated tokenizer.json files in the native library, in processes that may die of them: {@value #FEW}, {@value #SOAK} with
 * {@code -Psoak}, or {@code -Dalign4j.tokenizers=N}. A seed is counted whose process dies, takes more memory than it may have,
 * or spends {@value #HANG_SECONDS} seconds of the processor; the next process goes on behind it.
 */
@DisabledOnOs(OS.WINDOWS)
class NativeTokenizerTest {
    private static final int FEW = 150;
    private static final int SOAK = 5000;
    private static final int BLOCK = 1000;
    private static final int HANG_SECONDS = 10;

    /** What a process may take of addresses, the JVM's own among them. */
    private static final int MEMORY_KIB = 3 << 20;

    @TempDir
    Path folder;

    private final Map<String, Integer> ends = new TreeMap<>();
    private final List<String> deaths = new ArrayList<>();
    private volatile Duration spentBefore = Duration.ZERO;

    @Test
    void noTokenizerKillsTheProcess() throws IOException, InterruptedException {
        int count = Integer.getInteger("align4j.tokenizers", Boolean.getBoolean("align4j.soak") ? SOAK : FEW);
        for (int next = 0; next < count; ) {
            next = run(next, Math.min(count, next + BLOCK));
        }
        System.out.println("Mutated tokenizers: " + ends + ", deaths " + deaths);
        assertThat(deaths).as("seeds of MutatedTokenizers whose process died").isEmpty();
        assertThat(ends.keySet()).as("ends").containsExactlyInAnyOrder("read", "refused");
        assertThat(ends.get("read")).as("how many come to encoding").isGreaterThan(count / 4);
    }

    /** Runs a process from a seed on; returns the seed to go on with. */
    private int run(int first, int end) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors");
        spentBefore = Duration.ZERO;
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -v " + MEMORY_KIB + " || true; exec \"$0\" \"$@\"",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:CompressedClassSpaceSize=64m",
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
                spentBefore = spent(process);
                if (ended) {
                    ends.merge(line, 1, Integer::sum);
                    if (line.startsWith("stray")) {
                        System.out.println(begun + " " + line);
                    }
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

    private void endWhereItHangs(Process process) {
        try {
            while (!process.waitFor(1, TimeUnit.SECONDS)) {
                if (spent(process).minus(spentBefore).toSeconds() >= HANG_SECONDS) {
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException stop) {
            process.destroyForcibly();
        }
    }

    private static Duration spent(Process process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
