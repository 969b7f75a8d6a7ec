package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.align4j.core.cli.train.ChildAlign;

/**
 * A Java program in a process of its own, which writes all that it says into a file.
 *
 * @param log the file
 */
record JavaProcess(Process process, Path log) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Starts a program by the class path of this one. */
    static JavaProcess start(Path log, String main, List<String> words) throws IOException {
        return start(log, List.of("-Xmx1g", "-cp", ChildAlign.classPath()), main, words, environment -> {});
    }

    /**
     * Starts a program.
     *
     * @param options of Java
     * @param environment changes the variables
     */
    static JavaProcess start(
            Path log, List<String> options, String main, List<String> words, Consumer<Map<String, String>> environment)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.add(main);
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(Map.of("SPARK_LOCAL_IP", "127.0.0.1", "SPARK_SCALA_VERSION", "2.13"));
        environment.accept(builder.environment());
        return new JavaProcess(builder.start(), log);
    }

    String said() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** Waits until the file says something; what it says by then. */
    String await(Predicate<String> enough) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            String said = said();
            if (enough.test(said)) {
                return said;
            }
            assertThat(process.isAlive()).as(said).isTrue();
            Thread.sleep(50);
        }
        throw new AssertionError("It never said so: " + said());
    }

    /** The exit code. */
    int end() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        end();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
