package org.align4j.examples.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code align serve} as one starts it from the unpacked zip, until it is closed. */
final class ServedZip implements AutoCloseable {
    private final Process process;
    private final String url;

    private ServedZip(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts a server and waits for its first line on standard output.
     *
     * @param words the command and its options, {@code --json} among them
     * @param log what it says meanwhile
     */
    static ServedZip start(List<String> words, Map<String, String> environment, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String first = process.inputReader(StandardCharsets.UTF_8).readLine();
        if (first == null) {
            throw new IOException("align serve said nothing; " + Files.readString(log));
        }
        return new ServedZip(process, first.replaceFirst(".*\"url\": ?\"([^\"]+)\".*", "$1"));
    }

    /** Returns the server's address, without a path. */
    String url() {
        return url;
    }

    /**
     * Makes a virtual environment of Python with the packages that a requirements file names.
     *
     * @param venv its folder, which isn't there yet
     * @return the command of its Python
     */
    static String python(Path venv, Path requirements) throws IOException, InterruptedException {
        String python = venv.resolve("bin/python").toString();
        run(List.of("python3", "-m", "venv", venv.toString()), Map.of());
        run(List.of(python, "-m", "pip", "install", "-q", "-r", requirements.toString()), Map.of());
        return python;
    }

    /** Runs a command to its end and returns what it printed; fails where it does or takes longer than ten minutes. */
    static String run(List<String> words, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(words)).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException(words + " ended with " + process.exitValue() + ":\n" + said);
        }
        return said;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("align serve didn't end within a minute of SIGTERM.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
