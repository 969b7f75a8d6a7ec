package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.align4j.core.cli.Align;

/** {@code align} in a process of its own, which can be killed. */
public final class ChildAlign {
    private static final int LINES = 5;
    private static final int SIGKILL = 137;
    private static final int SIGTERM = 143;

    private final Process process;

    private ChildAlign(Process process) {
        this.process = process;
    }

    /** Starts it. */
    public static ChildAlign start(List<String> words) throws IOException {
        return start("", words);
    }

    /** @param shell what a shell runs before */
    public static ChildAlign start(String shell, List<String> words) throws IOException {
        return start(shell, classPath(), words);
    }

    /** The class path of this process. */
    public static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Starts it as a supervisor does: at the end of its standard input it saves and ends. */
    public static ChildAlign startHeld(List<String> words) throws IOException {
        return start("export ALIGN4J_SUPERVISOR=stdin; ", words);
    }

    /**
     * Starts it with classes of a user's own.
     *
     * @param shell what a shell runs before
     * @param classes its class path
     */
    public static ChildAlign start(String shell, String classes, List<String> words) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                shell + "exec \"$@\"",
                "sh",
                java.toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xms128m",
                "-Xmx128m",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                classes,
                Align.class.getName()));
        command.addAll(words);
        return new ChildAlign(new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /**
     * A run that is killed again and again, resumed each time, and at last goes on to its end.
     *
     * @param words that begin it
     * @param lines of its log before the next kill
     */
    public static void killAndResume(Path run, List<String> words, int kills, IntSupplier lines)
            throws IOException, InterruptedException {
        List<String> resume = List.of("resume", run.toString());
        int died = 0;
        for (int kill = 0; kill < kills; kill++) {
            ChildAlign child = start(Files.exists(run) ? resume : words);
            child.read(lines.getAsInt());
            died += child.kill() == SIGKILL ? 1 : 0;
        }
        System.out.println(words.get(0) + ": " + died + " of " + kills + " died by SIGKILL");
        ChildAlign last = start(resume);
        String log = last.readAll();
        assertThat(last.end()).as(log).isZero();
    }

    /**
     * A run that is told to end, keeps its last step, and goes on to its end in this process.
     *
     * @param words that begin it
     */
    public static void terminateAndResume(Path run, List<String> words) throws IOException, InterruptedException {
        ChildAlign child = start(words);
        child.read(LINES);
        child.terminate();
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(SIGTERM);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        AlignRuns.align(List.of("resume", run.toString()));
    }

    /** Reads so many lines of what the process logs. */
    public String read(int lines) throws IOException {
        BufferedReader log = process.errorReader();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            String line = log.readLine();
            if (line == null) {
                break;
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    /** Reads all that is left of what the process logs. */
    public String readAll() throws IOException {
        return read(Integer.MAX_VALUE);
    }

    /** Closes its standard input. */
    public void letGo() throws IOException {
        process.getOutputStream().close();
    }

    /** The process's own number. */
    public long pid() {
        return process.pid();
    }

    /** SIGKILL; the exit code is another where it had ended before. */
    public int kill() throws InterruptedException {
        process.destroyForcibly();
        return end();
    }

    /** SIGTERM. */
    public void terminate() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** The exit code. */
    public int end() throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
