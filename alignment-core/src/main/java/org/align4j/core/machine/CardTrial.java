package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.FileFailure;

/** Tries a kernel on each of some devices, in a process of its own: a card that the libraries have no code for may end or hang it. */
public final class CardTrial {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String DONE = "computed ";
    private static final int ONES = 8;

    private CardTrial() {}

    /** Computes on each device and prints a line for each: this is the process of its own. */
    public static void main(String[] devices) {
        Natives.prepare();
        for (String name : devices) {
            try (NDManager manager = NDManager.newBaseManager(Device.fromName(name), "PyTorch")) {
                float sum = manager.ones(new Shape(ONES)).add(1).sum().getFloat();
                System.out.println(sum == 2 * ONES ? DONE + name : name + " computes 8 times 2 as " + sum);
            }
        }
    }

    /**
     * Returns what was wrong with each device that didn't compute, with what to do.
     *
     * @param devices such as {@code gpu:0}
     */
    public static List<String> refusals(List<String> devices) {
        return refusals(devices, command(), PATIENCE);
    }

    private static List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                java,
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ErrorFile=/dev/null",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                CardTrial.class.getName());
    }

    /** @param command starts the process of its own, up to the devices */
    static List<String> refusals(List<String> devices, List<String> command, Duration patience) {
        List<String> words = new ArrayList<>(command);
        words.addAll(devices);
        Path said = null;
        Process process = null;
        try {
            said = Files.createTempFile("align4j-trial", ".log");
            process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            process.getOutputStream().close();
            Optional<Integer> status = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(process.exitValue())
                    : Optional.empty();
            return refusals(devices, status, Files.readString(said, StandardCharsets.UTF_8), patience);
        } catch (IOException e) {
            return refusals(devices, Optional.of(1), FileFailure.told(e), patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refusals(devices, Optional.of(1), "the wait for it was interrupted", patience);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            if (said != null) {
                said.toFile().delete();
            }
        }
    }

    /**
     * Reads what the process said.
     *
     * @param status its exit status; empty where it was still at it when the time was over
     */
    static List<String> refusals(List<String> devices, Optional<Integer> status, String text, Duration patience) {
        List<String> refusals = new ArrayList<>();
        for (String device : devices) {
            if (text.lines().noneMatch((DONE + device)::equals)) {
                refusals.add(format(
                        "%s did not compute a first kernel (%s); use --device cpu, or libraries that have code for the card (align"
                                + " gpu-setup --cuda 12.8 is for the newest).",
                        device, reason(status, text, patience)));
            }
        }
        return refusals;
    }

    /** What CUDA says is the reason, else the last thing that was said. */
    private static String reason(Optional<Integer> status, String text, Duration patience) {
        if (status.isEmpty()) {
            return format("no answer for %d s", patience.toSeconds());
        }
        List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith(DONE))
                .toList();
        return lines.stream()
                .filter(line -> line.contains("CUDA error") || line.contains("Exception"))
                .findFirst()
                .or(() -> lines.stream().reduce((first, last) -> last))
                .map(line -> line.replaceFirst("^Exception in thread \"main\" ", ""))
                .orElse(format("the process ended with %d and said nothing", status.get()));
    }
}
