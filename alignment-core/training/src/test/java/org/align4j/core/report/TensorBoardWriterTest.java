package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden file is made by TensorBoard's own classes, see {@code make_golden.py} beside it. */
class TensorBoardWriterTest {
    /** Bytes of the file before its first line: version and options. */
    private static final int BEGINNING = 227;

    private static final int VERSION = 40;
    private static final int LAST_LINE = 74;

    private static final Map<String, Object> OPTIONS = options();

    @TempDir
    Path folder;

    @Test
    void equalsTensorBoardsOwnBytes() throws IOException {
        writeGolden();
        assertThat(written()).isEqualTo(golden());
    }

    /** How a run ended stands behind its lines, and is cut off where the run goes on. */
    @Test
    void saysHowTheRunEnded() throws IOException {
        writeGolden();
        try (TensorBoardWriter writer = TensorBoardWriter.openAt(folder, 3, OPTIONS, clock(4))) {
            writer.end(true);
        }
        assertThat(written()).isEqualTo(bytes("/tensorboard/golden-ended.tfevents"));
        TensorBoardWriter.openAt(folder, 3, OPTIONS).close();
        assertThat(written()).isEqualTo(golden());
    }

    /** A file of an earlier version begins with its first line. */
    @Test
    void goesOnWithAFileWithoutOptions() throws IOException {
        writeGolden();
        Path file = folder.resolve(TensorBoardWriter.FILE_NAME);
        byte[] earlier = Arrays.copyOf(golden(), golden().length - (BEGINNING - VERSION));
        System.arraycopy(golden(), BEGINNING, earlier, VERSION, golden().length - BEGINNING);
        Files.write(file, earlier);
        TensorBoardWriter.openAt(folder, 2, OPTIONS).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(earlier, earlier.length - LAST_LINE));
    }

    /** Resuming after two lines removes the third, of step 300; writing it again, by a clock that goes on, gives the same file. */
    @Test
    void cutsBackToACheckpointAndGoesOn() throws IOException {
        writeGolden();
        try (TensorBoardWriter writer = TensorBoardWriter.openAt(folder, 2, OPTIONS, clock(3))) {
            assertThat(written()).isEqualTo(Arrays.copyOf(golden(), golden().length - LAST_LINE));
            writer.write(300, last());
        }
        assertThat(written()).isEqualTo(golden());
    }

    /** A process that was killed while it wrote leaves half an event: it is cut off, the rest stays. */
    @Test
    void cutsOffAHalfWrittenOrDamagedEvent() throws IOException {
        writeGolden();
        Path file = folder.resolve(TensorBoardWriter.FILE_NAME);
        Files.write(file, new byte[] {30, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3}, StandardOpenOption.APPEND);
        TensorBoardWriter.openAt(folder, 3, OPTIONS).close();
        assertThat(written()).isEqualTo(golden());

        byte[] damaged = golden();
        damaged[damaged.length - 10] ^= 1;
        Files.write(file, damaged);
        TensorBoardWriter.openAt(folder, 3, OPTIONS).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), golden().length - LAST_LINE));
    }

    /** One line is what was evaluated before the first step; none leaves only the file's version. */
    @Test
    void startsAnew() throws IOException {
        writeGolden();
        TensorBoardWriter.openAt(folder, 1, OPTIONS).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), BEGINNING + 45));
        TensorBoardWriter.openAt(folder, 0, OPTIONS, clock(0)).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), BEGINNING));
    }

    private void writeGolden() throws IOException {
        try (TensorBoardWriter writer = TensorBoardWriter.openAt(folder, 0, OPTIONS, clock(0))) {
            writer.write(0, Map.of("eval_loss", Math.log(2)));
            Map<String, Double> first = new LinkedHashMap<>();
            first.put("step", 1.0);
            first.put("epoch", 0.25);
            first.put("loss", Math.log(2));
            first.put("rewards/chosen", -0.125);
            first.put("grad_norm", Double.NaN);
            writer.write(1, first);
            writer.write(300, last());
        }
    }

    private static Map<String, Double> last() {
        Map<String, Double> last = new LinkedHashMap<>();
        last.put("loss", 1e-7);
        last.put("num_tokens", 123456789.0);
        return last;
    }

    private static DoubleSupplier clock(int start) {
        AtomicInteger seconds = new AtomicInteger(1_700_000_000 + start);
        return seconds::getAndIncrement;
    }

    private byte[] written() throws IOException {
        return Files.readAllBytes(folder.resolve(TensorBoardWriter.FILE_NAME));
    }

    private static Map<String, Object> options() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("learning-rate", 1e-3);
        options.put("batch-size", 16);
        options.put("shuffle", false);
        options.put("loss", List.of("sigmoid", "sft"));
        options.put("max-steps", null);
        options.put("system", "");
        options.put("guard-data", List.of());
        return options;
    }

    private static byte[] golden() throws IOException {
        return bytes("/tensorboard/golden.tfevents");
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = TensorBoardWriterTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
