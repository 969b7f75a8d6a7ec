package org.align4j.core.process;

import static org.align4j.core.error.RootFormat.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.align4j.core.error.Shortened;
import org.align4j.core.error.VisibleText;
import org.jspecify.annotations.Nullable;

/** A living program and its three pipes, each with a thread of its own, so that it can't block the one that asks. */
final class Child {
    private static final int LINES_AHEAD = 16;
    private static final int LONGEST_ERROR = 1 << 13;
    private static final long LAST_WORDS_MILLIS = 1000;
    private static final long DEATH_SECONDS = 5;
    private static final byte[] END = {};

    private final Process process;
    private final BlockingQueue<byte[]> input = new LinkedBlockingQueue<>();
    private final BlockingQueue<Said> said = new ArrayBlockingQueue<>(LINES_AHEAD);
    private final Set<ProcessHandle> family = new LinkedHashSet<>();
    private final Thread errors;
    private volatile String lastError = "";

    /**
     * A line that a program wrote, or the end of its output.
     *
     * @param line without its end; null where nothing more comes
     * @param end why nothing more comes; null where a line came
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Said(byte @Nullable [] line, @Nullable String end) {}

    private Child(Process process, Consumer<String> errorLines, int longest) {
        this.process = process;
        this.errors = thread("stderr", () -> readErrors(errorLines));
        thread("stdin", this::write);
        thread("stdout", () -> readLines(longest));
    }

    /**
     * Starts a program, in the folder and with the environment of this process.
     *
     * @param errorLines hears each line of its error output
     * @param longest bytes that a line of its output may have
     */
    static Child start(CommandWords command, Consumer<String> errorLines, int longest) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.words());
        builder.environment().remove("ALIGN4J_SUPERVISOR"); // its input is no supervisor's
        Process process = builder.start();
        try {
            ProcessKeeper.watch(process.toHandle());
        } catch (IOException noKeeper) {
            process.destroyForcibly();
            throw noKeeper;
        }
        return new Child(process, errorLines, longest);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, "child-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Sends bytes once the program reads what was sent before. */
    void send(byte[] bytes) {
        input.add(bytes);
    }

    private void write() {
        try (OutputStream pipe = process.getOutputStream()) {
            for (byte[] bytes = input.take(); bytes.length > 0; bytes = input.take()) {
                pipe.write(bytes);
                pipe.flush();
            }
        } catch (IOException closed) {
            // It reads no more: its output's end says why.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readLines(int longest) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 13];
        try (InputStream output = process.getInputStream()) {
            for (int n = output.read(buffer); n >= 0; n = output.read(buffer)) {
                int from = 0;
                for (int at = 0; at < n; at++) {
                    if (buffer[at] == '\n') {
                        line.write(buffer, from, at - from);
                        said.put(new Said(line.toByteArray(), null));
                        line.reset();
                        from = at + 1;
                    }
                }
                line.write(buffer, from, n - from);
                if (line.size() > longest) {
                    said.put(new Said(null, format("wrote a line of more than %,d bytes", longest)));
                    return;
                }
            }
            said.put(new Said(null, ending(line.size())));
        } catch (IOException closed) {
            said.offer(new Said(null, "closed its output"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String ending(int left) throws InterruptedException {
        boolean ended = process.waitFor(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
        if (ended) {
            errors.join(LAST_WORDS_MILLIS);
        }
        String how = ended ? "ended with exit code " + process.exitValue() : "closed its output";
        return left == 0 ? how : how + " in the middle of a line";
    }

    private void readErrors(Consumer<String> lines) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 13];
        try (InputStream output = process.getErrorStream()) {
            for (int n = output.read(buffer); n >= 0; n = output.read(buffer)) {
                for (int at = 0; at < n; at++) {
                    if (buffer[at] == '\n' || line.size() == LONGEST_ERROR) {
                        hear(lines, line);
                    }
                    if (buffer[at] != '\n') {
                        line.write(buffer[at]);
                    }
                }
            }
        } catch (IOException closed) {
            // Killed: nobody reads on.
        }
        if (line.size() > 0) {
            hear(lines, line);
        }
    }

    private void hear(Consumer<String> lines, ByteArrayOutputStream line) {
        String text = VisibleText.of(line.toString(StandardCharsets.UTF_8));
        line.reset();
        if (!text.isBlank()) {
            lastError = text;
        }
        lines.accept(text);
    }

    /** Returns what the program wrote next; null where that doesn't come within a while. */
    @Nullable
    Said next(long millis) throws InterruptedException {
        remember();
        return said.poll(millis, TimeUnit.MILLISECONDS);
    }

    /** Returns the last line of its error output in brackets; empty where there is none. */
    String lastWords() {
        return lastError.isEmpty() ? "" : " (" + Shortened.of(lastError.strip()) + ")";
    }

    /** Notes which processes the program has started: those of a dead one can't be found any more. */
    private void remember() {
        process.descendants().forEach(family::add);
    }

    /** Closes the program's input, gives it a while to end by itself, and ends it with all that it started. */
    void end(long millis) {
        send(END);
        try {
            if (millis > 0 && process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                errors.join(LAST_WORDS_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remember();
        process.destroyForcibly();
        for (ProcessHandle each : List.copyOf(family)) {
            each.descendants().forEach(ProcessHandle::destroyForcibly);
            each.destroyForcibly();
        }
        try {
            if (process.waitFor(DEATH_SECONDS, TimeUnit.SECONDS)) {
                ProcessKeeper.forget(process.toHandle());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
