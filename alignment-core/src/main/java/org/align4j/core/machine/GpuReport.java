package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.jspecify.annotations.Nullable;

/**
 * Tells what is known of a machine's GPUs without loading anything: the system's device files, and what the driver's own program
 * {@code nvidia-smi} says.
 *
 * @param present whether the system has an NVIDIA card, whatever its driver says
 * @param driver the driver's version; empty where it doesn't tell
 * @param cards those that the driver tells of
 * @param failure why the driver tells nothing, empty where it tells something
 */
public record GpuReport(boolean present, String driver, List<Gpu> cards, String failure) {
    private static final List<String> QUERY = List.of(
            "nvidia-smi",
            "--query-gpu=index,name,compute_cap,memory.total,memory.free,driver_version",
            "--format=csv,noheader,nounits");
    private static final int FIELDS = 6;
    private static final long MEBI = 1L << 20;
    private static final long PATIENCE_SECONDS = 10;
    private static final String NO_PROGRAM = "nvidia-smi is not here, so no driver is installed";

    public GpuReport {
        cards = List.copyOf(cards);
    }

    /** Queries the GPUs of this machine. */
    public static GpuReport current() {
        return of(isPresent(), answer());
    }

    /** Tells, in a moment, whether the system has an NVIDIA card. */
    public static boolean isPresent() {
        if (Files.exists(Path.of("/dev/nvidiactl"))) {
            return true;
        }
        try (Stream<Path> cards = Files.list(Path.of("/proc/driver/nvidia/gpus"))) {
            return cards.findAny().isPresent();
        } catch (IOException none) {
            return false;
        }
    }

    /**
     * Reads what the driver's program printed.
     *
     * @param answer its output and exit status; null where there is no such program
     */
    static GpuReport of(boolean present, @Nullable Answer answer) {
        if (answer == null) {
            return new GpuReport(present, "", List.of(), NO_PROGRAM);
        }
        if (answer.status() != 0) {
            String words = answer.text().strip().replaceAll("\\s+", " ");
            return new GpuReport(
                    present, "", List.of(), words.isEmpty() ? "nvidia-smi ends with " + answer.status() : words);
        }
        List<Gpu> cards = new ArrayList<>();
        String driver = "";
        for (String line : answer.text().lines().filter(l -> !l.isBlank()).toList()) {
            List<String> fields = Splitter.on(',').trimResults().splitToList(line);
            try {
                if (fields.size() != FIELDS) {
                    throw new NumberFormatException();
                }
                cards.add(card(fields));
                driver = fields.get(FIELDS - 1);
            } catch (NumberFormatException | IndexOutOfBoundsException unreadable) {
                return new GpuReport(present, driver, cards, format("nvidia-smi prints what can't be read: %s", line));
            }
        }
        return new GpuReport(
                present || !cards.isEmpty(), driver, cards, cards.isEmpty() ? "the driver finds no card" : "");
    }

    private static Gpu card(List<String> fields) {
        List<String> capability = Splitter.on('.').splitToList(fields.get(2));
        return new Gpu(
                Integer.parseInt(fields.get(0)),
                fields.get(1),
                Integer.parseInt(capability.get(0)),
                Integer.parseInt(capability.get(1)),
                Long.parseLong(fields.get(3)) * MEBI,
                Long.parseLong(fields.get(4)) * MEBI);
    }

    /**
     * Holds what a program said.
     *
     * @param status its exit status
     * @param text all that it printed
     */
    record Answer(int status, String text) {}

    private static @Nullable Answer answer() {
        Process process;
        try {
            process = new ProcessBuilder(QUERY).redirectErrorStream(true).start();
        } catch (IOException absent) {
            return null;
        }
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return new Answer(1, format("nvidia-smi says nothing for %d s", PATIENCE_SECONDS));
            }
            return new Answer(
                    process.exitValue(), new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Answer(1, "nvidia-smi can't be read: " + FileFailure.reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(1, "the wait for nvidia-smi was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}
