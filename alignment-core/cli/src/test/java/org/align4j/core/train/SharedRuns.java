package org.align4j.core.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.QuantizedFile;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/**
 * One of several processes on one machine that train, go on with, report and read what all of them share, as a seed says, and that
 * write down when: {@code TIME WHAT THING DETAIL} in a file of their own, by the clock that all processes have.
 */
final class SharedRuns {
    static final Quantization QUANTIZATION = new Quantization(Quantization.Scheme.NF4, true);
    static final int RUNS = 3;
    static final int STEPS = 60;

    private final Path folder;
    private final Random random;
    private final BufferedWriter history;

    private SharedRuns(Path folder, long seed, BufferedWriter history) {
        this.folder = folder;
        this.random = new Random(seed);
        this.history = history;
    }

    static Path run(Path folder, int number) {
        return folder.resolve("run-" + number);
    }

    static Path history(Path folder, long pid) {
        return folder.resolve("history").resolve(pid + ".txt");
    }

    /** @param arguments the folder, a seed, how many actions */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path file = history(folder, ProcessHandle.current().pid());
        try (BufferedWriter history =
                Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            SharedRuns shared = new SharedRuns(folder, Long.parseLong(arguments[1]), history);
            for (int action = 0; action < Integer.parseInt(arguments[2]); action++) {
                shared.act();
            }
            shared.note("ended", "-", "-");
        }
    }

    private void note(String what, String thing, String detail) throws IOException {
        history.write(System.nanoTime() + " " + what + " " + thing + " " + detail.replaceAll("\\s+", " ") + "\n");
        history.flush();
    }

    private void act() throws Exception {
        int action = random.nextInt(10);
        if (action < 5) {
            train(random.nextInt(RUNS));
        } else if (action < 7) {
            report(random.nextInt(RUNS));
        } else {
            read(action == 9);
        }
    }

    /** A few steps of a run, or all that are left. */
    private void train(int number) throws IOException {
        Path path = run(folder, number);
        try (RunDirectory run = ArrayRun.directory(path)) {
            note("holds", path.getFileName().toString(), "-");
            ArrayModel model = new ArrayModel(true, moment -> {});
            ArrayRun.loop(ArrayRun.options(STEPS, ArrayRun.EACH_STEP), model, model)
                    .run(run, ArrayRun.FACTS, List.of(new Product("adapter", model.product())), TrainingLog.SILENT);
            note("frees", path.getFileName().toString(), "-");
        } catch (InputException refused) {
            note("refused", path.getFileName().toString(), String.valueOf(refused.getMessage()));
        }
    }

    private void report(int number) throws IOException {
        Path path = run(folder, number);
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, "report", path.toString());
        if (code == 0) {
            boolean whole =
                    Files.readString(path.resolve("report.html")).strip().endsWith("</html>");
            note(whole ? "reported" : "half", path.getFileName().toString(), "-");
        } else {
            note("unreported", path.getFileName().toString(), code + " " + terminal.captureLog());
        }
    }

    /** @param clears whether the file goes first, as a user who needs room deletes what can be made again */
    private void read(boolean clears) throws Exception {
        Path file = folder.resolve("cache").resolve("w.nf4");
        if (clears) {
            Files.deleteIfExists(file);
        }
        try {
            note("read", "cache", digest(quantized(folder, file).entry("w").map()));
        } catch (InputException gone) {
            note("gone", "cache", String.valueOf(gone.getMessage()));
        }
    }

    static QuantizedFile quantized(Path folder, Path file) {
        TensorEntry entry = Objects.requireNonNull(
                SafetensorsFile.open(folder.resolve("w.safetensors")).find("w"));
        return QuantizedFile.openOrMake(file, QUANTIZATION, Map.of("w", new QuantizedFile.Source(entry, false)));
    }

    static String digest(ByteBuffer bytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes);
        return HexFormat.of().formatHex(digest.digest());
    }
}
