package org.align4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Looks for inputs that break a reader, guided by what they reach of its code: {@code mvn -Pfuzz verify -pl alignment-core
 * -Dtest=FuzzingTest -Dalign4j.fuzz.seconds=600}. What it finds is in {@code target/fuzz}; each belongs into
 * {@code src/test/resources/fuzz} when it is mended. {@code -Dalign4j.fuzz.seeds=FOLDER} begins with further inputs: a folder
 * with one for each target.
 */
@EnabledIfSystemProperty(named = "align4j.fuzz.seconds", matches = "\\d+")
class FuzzingTest {
    private static final Path OUT = Path.of("target/fuzz").toAbsolutePath();
    private static final Path CORPUS = Path.of("src/test/resources/fuzz").toAbsolutePath();

    @ParameterizedTest
    @EnumSource
    void findsNothing(FuzzTargets target) throws IOException, InterruptedException {
        Path grown = Files.createDirectories(OUT.resolve("corpus").resolve(target.folder()));
        Path found = Files.createDirectories(OUT.resolve("found").resolve(target.folder()));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + Fuzzing.class.getName(),
                "--target_args=" + target.name(),
                "--instrumentation_includes=org.align4j.core.**:com.fasterxml.jackson.core.json.**",
                // Patterns of users are compiled on purpose, and matched within bounds: UserPattern.
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection",
                "--reproducer_path=" + found,
                "-max_total_time=" + Integer.getInteger("align4j.fuzz.seconds"),
                "-max_len=" + target.longest(),
                "-timeout=90",
                "-rss_limit_mb=3500",
                "-print_final_stats=1",
                "-artifact_prefix=" + found + "/",
                grown.toString(),
                CORPUS.resolve(target.folder()).toString()));
        String seeds = System.getProperty("align4j.fuzz.seeds");
        if (seeds != null) {
            command.add(Path.of(seeds).resolve(target.folder()).toString());
        }
        Path log = OUT.resolve(target.folder() + ".log");
        int code = new ProcessBuilder(command)
                .directory(found.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(code).as("Jazzer's exit; see %s", log).isZero();
    }
}
