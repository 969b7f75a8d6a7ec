package org.align4j.core.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that are told to end while no kernel runs. */
class StopSignalTest {
    /** Two seconds, and one for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(3);

    private static Process start(String... arguments) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                java.toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx64m",
                "-cp",
                classes,
                StuckWork.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static void signal(Process child, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid()))
                .start()
                .waitFor();
    }

    private static void abortWhereIgnored(Process child) throws IOException {
        Path status = Path.of("/proc", Long.toString(child.pid()), "status");
        Assumptions.assumeTrue(Files.exists(status), "Linux only");
        String mask = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElseThrow()
                .replaceAll("SigIgn:\\s*", "");
        if ((Long.parseUnsignedLong(mask, 16) >> 1 & 1) == 1) {
            child.destroyForcibly();
            Assumptions.abort("the shell that runs the tests ignores SIGINT");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "deaf, TERM, 143, last words: Stopped by SIGTERM.",
        "deaf, INT, 130, last words: Stopped by SIGINT.",
        "pattern, TERM, 143, Stopped by SIGTERM.",
        "template, TERM, 143, Stopped by SIGTERM."
    })
    void workWithoutKernelsEndsSoon(String work, String signal, int code, String words) throws Exception {
        Process child = start(work);
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("ready");
            if (signal.equals("INT")) {
                abortWhereIgnored(child);
            }
            signal(child, signal);
            assertThat(child.waitFor(SOON.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
            assertThat(child.exitValue()).isEqualTo(code);
            assertThat(said.readLine()).isEqualTo(words);
        } finally {
            child.destroyForcibly();
        }
    }

    /** Work that has something to save gets its time; who asks twice wants no more of it. */
    @Test
    void aSecondSignalEndsAtOnce() throws Exception {
        Process child = start("keeping");
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("ready");
            signal(child, "TERM");
            signal(child, "TERM");
            assertThat(child.waitFor(2100, TimeUnit.MILLISECONDS))
                    .as("the second came with the first, and there is something to save")
                    .isFalse();
            signal(child, "TERM");
            assertThat(child.waitFor(2, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isEqualTo(143);
        } finally {
            child.destroyForcibly();
        }
    }
}
