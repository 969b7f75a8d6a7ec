package org.align4j.core.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads how long each thread of this process was ready to run but had no processor. Linux counts it in {@code schedstat}, within
 * containers and without rights of any kind; a processor quota that is used up counts as waiting too. Elsewhere nothing waits.
 */
final class ProcessorWaits {
    private final Path tasks;
    private final byte[] line = new byte[128];
    private Map<String, long[]> last;
    private long lastNanos;

    /** @param tasks the folder with one folder a thread, {@code /proc/self/task} */
    ProcessorWaits(Path tasks) {
        this(tasks, System.nanoTime());
    }

    ProcessorWaits(Path tasks, long nanos) {
        this.tasks = tasks;
        this.last = read();
        this.lastNanos = nanos;
    }

    /**
     * Holds the processor time that threads used and waited for between two measurements.
     *
     * @param seconds between the looks
     * @param ran processor seconds that the process used
     * @param waited seconds that its threads waited for a processor, all together
     * @param longestOfBusy seconds that a thread waited at most, of those that wanted a processor at least half of the time: these
     *     compute, while the JVM's own threads come and go
     * @param longest the same of those that wanted one a fifth of the time: computing threads that wait for each other asleep
     */
    record Measurement(double seconds, double ran, double waited, double longestOfBusy, double longest) {}

    /** Whether the system counts waiting. */
    boolean counted() {
        return !last.isEmpty();
    }

    /** Measures processor time since the last measurement. */
    Measurement look() {
        return look(System.nanoTime());
    }

    Measurement look(long nanos) {
        Map<String, long[]> now = read();
        double seconds = (nanos - lastNanos) / 1e9;
        double ran = 0;
        double waited = 0;
        double longestOfBusy = 0;
        double longest = 0;
        for (Map.Entry<String, long[]> thread : now.entrySet()) {
            long[] before = last.getOrDefault(thread.getKey(), new long[2]);
            double run = Math.max(0, thread.getValue()[0] - before[0]) / 1e9;
            double wait = Math.max(0, thread.getValue()[1] - before[1]) / 1e9;
            ran += run;
            waited += wait;
            longestOfBusy = run + wait >= seconds / 2 ? Math.max(longestOfBusy, wait) : longestOfBusy;
            longest = run + wait >= seconds / 5 ? Math.max(longest, wait) : longest;
        }
        last = now;
        lastNanos = nanos;
        return new Measurement(seconds, ran, waited, longestOfBusy, longest);
    }

    private Map<String, long[]> read() {
        Map<String, long[]> threads = new HashMap<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(tasks)) {
            for (Path folder : folders) {
                read(folder, threads);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return Map.of();
        }
        return threads;
    }

    private void read(Path folder, Map<String, long[]> threads) {
        try (InputStream file = Files.newInputStream(folder.resolve("schedstat"))) {
            int length = file.readNBytes(line, 0, line.length);
            String[] fields = new String(line, 0, length, StandardCharsets.US_ASCII).split(" ", 3);
            threads.put(
                    folder.getFileName().toString(), new long[] {Long.parseLong(fields[0]), Long.parseLong(fields[1])});
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            // The thread has ended, or this kernel counts nothing.
        }
    }
}
