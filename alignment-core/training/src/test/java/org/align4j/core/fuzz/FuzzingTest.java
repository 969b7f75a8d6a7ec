package org.align4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Looks for inputs that break a reader, guided by what they reach of its code: {@code mvn -Pfuzz verify -pl
 * alignment-core/training -am -Dtest=FuzzingTest -Dsurefire.failIfNoSpecifiedTests=false}. A target ends when {@code -Dalign4j.fuzz.quiet} seconds (600) brought neither a finding nor a branch, at
 * the latest after {@code -Dalign4j.fuzz.seconds}; both count its process's time on the processor. What it finds is in {@code
 * target/fuzz}; each belongs into {@code src/test/resources/fuzz} when it is mended. {@code -Dalign4j.fuzz.targets=HUB,ROWS}
 * chooses targets, {@code -Dalign4j.fuzz.seeds=FOLDER} begins with further inputs: a folder with one for each target.
 */
@EnabledIfSystemProperty(named = "align4j.fuzz.seconds", matches = "\\d+")
class FuzzingTest {
    private static final Path OUT = Path.of("target/fuzz").toAbsolutePath();
    private static final Path CORPUS = Path.of("src/test/resources/fuzz").toAbsolutePath();
    private static final long QUIET = Long.getLong("align4j.fuzz.quiet", 600);
    private static final long MOST = Long.getLong("align4j.fuzz.seconds", 0);

    private long spent;
    private long news;

    static Stream<FuzzTargets> targets() {
        String names = System.getProperty("align4j.fuzz.targets");
        return names == null
                ? Stream.of(FuzzTargets.values())
                : Stream.of(names.split(",")).map(FuzzTargets::valueOf);
    }

    @ParameterizedTest
    @MethodSource("targets")
    void findsNothing(FuzzTargets target) throws IOException, InterruptedException {
        Path grown = Files.createDirectories(OUT.resolve("corpus").resolve(target.folder()));
        Path found = Files.createDirectories(OUT.resolve("found").resolve(target.folder()));
        Path log = OUT.resolve(target.folder() + ".log");
        Process process = new ProcessBuilder(command(target, grown, found))
                .directory(found.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();

        boolean stopped = stoppedWhenQuiet(process, log);

        FuzzLog all = FuzzLog.read(log);
        System.out.printf(
                Locale.ROOT,
                "%s: %d s of the processor, %d inputs, %d branches, the last that was new after %d s, %d findings%n",
                target,
                spent,
                all.inputs(),
                all.branches(),
                news,
                all.findings());
        assertThat(all.findings()).as("findings; see %s", log).isZero();
        assertThat(stopped)
                .as("Jazzer went on until it was stopped; see %s", log)
                .isTrue();
    }

    /** Waits until nothing new came for long enough; returns whether the process was there until then. */
    private boolean stoppedWhenQuiet(Process process, Path log) throws IOException, InterruptedException {
        FuzzLog last = FuzzLog.of("");
        while (!process.waitFor(1, TimeUnit.SECONDS)) {
            spent = process.info().totalCpuDuration().map(Duration::toSeconds).orElse(spent);
            FuzzLog now = FuzzLog.read(log);
            if (now.hasMoreThan(last) || now.branches() == 0) {
                last = now;
                news = spent;
            }
            if (spent >= Math.min(MOST, news + QUIET)) {
                process.destroy();
                if (!process.waitFor(1, TimeUnit.MINUTES)) {
                    process.destroyForcibly().waitFor();
                }
                return true;
            }
        }
        return false;
    }

    private static List<String> command(FuzzTargets target, Path grown, Path found) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + Fuzzing.class.getName(),
                "--target_args=" + target.name(),
                "--instrumentation_includes=org.align4j.core.**",
                // Patterns of users are compiled on purpose, and matched within bounds: UserPattern.
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection",
                "--keep_going=100",
                "--reproducer_path=" + found,
                "-max_len=" + target.longest(),
                // Fuzzing watches the time on the processor; this is time on the clock.
                "-timeout=7200",
                "-rss_limit_mb=3500",
                "-artifact_prefix=" + found + "/",
                grown.toString(),
                CORPUS.resolve(target.folder()).toString()));
        String seeds = System.getProperty("align4j.fuzz.seeds");
        if (seeds != null) {
            command.add(Path.of(seeds).resolve(target.folder()).toString());
        }
        return command;
    }
}
