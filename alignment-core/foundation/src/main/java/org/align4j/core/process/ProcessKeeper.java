package org.align4j.core.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A small JVM beside this one that ends the programs which this one started, should this one die in whatever way: it holds a pipe of
 * this one, which closes then.
 */
final class ProcessKeeper {
    private static final String WATCH = "watch ";
    private static final String FORGET = "forget ";

    private static @Nullable Process keeper;

    private ProcessKeeper() {}

    /** Has a program ended with this process. */
    static void watch(ProcessHandle program) throws IOException {
        say(WATCH, program);
    }

    /** Lets a program go, which has ended. */
    static void forget(ProcessHandle program) {
        try {
            say(FORGET, program);
        } catch (IOException gone) {
            // Whoever watches nothing has nothing to forget.
        }
    }

    private static synchronized void say(String word, ProcessHandle program) throws IOException {
        Process living = keeper;
        if (living == null || !living.isAlive()) {
            living = started();
            keeper = living;
        }
        OutputStream pipe = living.getOutputStream();
        pipe.write((word + program.pid() + " " + start(program) + "\n").getBytes(StandardCharsets.UTF_8));
        pipe.flush();
    }

    private static Process started() throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ProcessKeeper.class.getName());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return builder.start();
    }

    private static long start(ProcessHandle program) {
        return program.info().startInstant().orElse(Instant.EPOCH).toEpochMilli();
    }

    /** Reads which programs to watch until its input ends, then ends those that are left. */
    public static void main(String[] none) throws InterruptedException {
        Map<String, String> watched = new HashMap<>();
        Thread reader = new Thread(() -> follow(watched), "keeper");
        // A signal to the whole group, such as Ctrl-C, must not end it before the process that it works for.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(reader), "keeper-hook"));
        reader.start();
        reader.join();
    }

    private static void awaitEnd(Thread reader) {
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void follow(Map<String, String> watched) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", 3);
                if (line.startsWith(WATCH)) {
                    watched.put(words[1], words[2]);
                } else {
                    watched.remove(words[1]);
                }
            }
        } catch (IOException broken) {
            // The other end is gone, as far as anyone can tell.
        }
        watched.forEach((pid, start) -> ProcessHandle.of(Long.parseLong(pid))
                .filter(program -> start(program) == Long.parseLong(start))
                .ifPresent(program -> Stream.concat(Stream.of(program), program.descendants())
                        .toList()
                        .forEach(ProcessHandle::destroyForcibly)));
    }
}
