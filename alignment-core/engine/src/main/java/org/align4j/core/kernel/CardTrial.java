package org.align4j.core.kernel;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.FileFailure;
import org.align4j.core.machine.Natives;

/** Tries a kernel on a device, in a process of its own: a card that the libraries have no code for may end or hang it. */
final class CardTrial {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ONES = 8;

    private CardTrial() {}

    /** Computes on a device, or ends with a failure: this is the process of its own. */
    public static void main(String[] device) {
        Natives.prepareEngine();
        try (NDManager manager = NDManager.newBaseManager(Device.fromName(device[0]), "PyTorch")) {
            float sum = manager.ones(new Shape(ONES)).add(1).sum().getFloat();
            if (sum != 2 * ONES) {
                throw new IllegalStateException(device[0] + " computes 8 times 2 as " + sum);
            }
        }
    }

    /** Returns what is wrong with a device that doesn't compute; empty where it does. */
    static Optional<String> refusal(String device) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                java,
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ErrorFile=/dev/null",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                CardTrial.class.getName());
        return refusal(device, command, PATIENCE);
    }

    /** @param command starts the process of its own, up to the device */
    static Optional<String> refusal(String device, List<String> command, Duration patience) {
        List<String> words = new ArrayList<>(command);
        words.add(device);
        Process process;
        try {
            process = new ProcessBuilder(words).redirectErrorStream(true).start();
        } catch (IOException e) {
            return refusal(device, Optional.of(1), FileFailure.told(e), patience);
        }
        try (InputStream said = process.getInputStream()) {
            process.getOutputStream().close();
            boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
            byte[] text = ended ? said.readNBytes(said.available()) : new byte[0];
            return refusal(
                    device,
                    ended ? Optional.of(process.exitValue()) : Optional.empty(),
                    new String(text, StandardCharsets.UTF_8),
                    patience);
        } catch (IOException e) {
            return refusal(device, Optional.of(1), FileFailure.told(e), patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refusal(device, Optional.of(1), "the wait for it was interrupted", patience);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Judges the process.
     *
     * @param status its exit status; empty where it was still at it when the time was over
     * @param text all that it printed
     */
    static Optional<String> refusal(String device, Optional<Integer> status, String text, Duration patience) {
        return status.equals(Optional.of(0))
                ? Optional.empty()
                : Optional.of(format(
                        "%s did not compute a first kernel (%s); use --device cpu, or libraries that have code for the card (align"
                                + " gpu-setup --cuda 12.8 is for the newest).",
                        device, reason(status, text, patience)));
    }

    /** What CUDA says is the reason, else the last thing that was said. */
    private static String reason(Optional<Integer> status, String text, Duration patience) {
        if (status.isEmpty()) {
            return format("no answer for %d s", patience.toSeconds());
        }
        List<String> lines =
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        return lines.stream()
                .filter(line -> line.contains("CUDA error") || line.contains("Exception"))
                .findFirst()
                .or(() -> lines.stream().reduce((first, last) -> last))
                .map(line -> line.replaceFirst("^Exception in thread \"main\" ", ""))
                .orElse(format("the process ended with %d and said nothing", status.get()));
    }
}
