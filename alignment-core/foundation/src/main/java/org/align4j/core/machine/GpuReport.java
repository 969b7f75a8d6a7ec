package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.jspecify.annotations.Nullable;

/**
 * Says what is known of a machine's GPUs without loading anything: the system's device files, and what the driver's own program
 * {@code nvidia-smi} says.
 *
 * @param present whether the system has an NVIDIA card, whatever its driver says
 * @param driver the driver's version; empty where it doesn't tell
 * @param cards those that the driver reports
 * @param failure why the driver says nothing, empty where it says something
 */
public record GpuReport(boolean present, String driver, List<Gpu> cards, String failure) {
    private static final String PROGRAM = "nvidia-smi";

    private static final List<String> QUERY = List.of(
            "--query-gpu=index,name,compute_cap,memory.total,memory.free,driver_version",
            "--format=csv,noheader,nounits");
    private static final int FIELDS = 6;
    private static final long MEBI = 1L << 20;
    private static final long PATIENCE_SECONDS = 10;
    /** What is printed in place of a figure that a card doesn't have, or that the driver won't tell. */
    private static final Pattern NOT_TOLD = Pattern.compile("\\[[^]]*]");

    /** Where WSL 2 has what the driver of Windows brings; the folder isn't always on the path. */
    private static final String WSL = "usr/lib/wsl/lib";

    private static final String NO_PROGRAM = "nvidia-smi is not here, so no driver is installed";

    public GpuReport {
        cards = List.copyOf(cards);
    }

    /** Queries the GPUs of this machine. */
    public static GpuReport current() {
        return of(isPresent(), answer());
    }

    /** Returns quickly whether the system has an NVIDIA card. */
    public static boolean isPresent() {
        return isPresent(Path.of("/"), System.getenv("SystemRoot"));
    }

    /**
     * Looks at files alone: Linux' device of the driver, in WSL 2 Windows' device for all GPUs with NVIDIA's library beside it, in Windows
     * that library.
     *
     * @param root of the file system
     * @param windows the folder of Windows; null elsewhere
     */
    static boolean isPresent(Path root, @Nullable String windows) {
        if (Files.exists(root.resolve("dev/nvidiactl"))
                || (Files.exists(root.resolve("dev/dxg"))
                        && Files.exists(root.resolve(WSL).resolve("libcuda.so.1")))
                || (windows != null && Files.exists(Path.of(windows, "System32", "nvcuda.dll")))) {
            return true;
        }
        try (Stream<Path> cards = Files.list(root.resolve("proc/driver/nvidia/gpus"))) {
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
        return new Gpu(
                Integer.parseInt(fields.get(0)),
                fields.get(1),
                architecture(fields.get(2)),
                bytes(fields.get(3)),
                bytes(fields.get(4)));
    }

    private static OptionalInt architecture(String capability) {
        if (NOT_TOLD.matcher(capability).matches()) {
            return OptionalInt.empty();
        }
        List<String> parts = Splitter.on('.').splitToList(capability);
        return OptionalInt.of(10 * Integer.parseInt(parts.get(0)) + Integer.parseInt(parts.get(1)));
    }

    private static OptionalLong bytes(String mebi) {
        return NOT_TOLD.matcher(mebi).matches() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(mebi) * MEBI);
    }

    /**
     * Holds what a program said.
     *
     * @param status its exit status
     * @param text all that it printed
     */
    record Answer(int status, String text) {}

    private static @Nullable Answer answer() {
        for (String program : List.of(PROGRAM, "/" + WSL + "/" + PROGRAM)) {
            List<String> command = new ArrayList<>(List.of(program));
            command.addAll(QUERY);
            try {
                return answer(
                        new ProcessBuilder(command).redirectErrorStream(true).start());
            } catch (IOException absent) {
                // the next place is looked at
            }
        }
        return null;
    }

    private static Answer answer(Process process) {
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
