package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden file is made by TensorBoard's own classes, see {@code make_golden.py} beside it. */
class TensorBoardWriterTest {
    @TempDir
    Path folder;

    @Test
    void equalsTensorBoardsOwnBytes() throws IOException {
        writeGolden();
        assertThat(written()).isEqualTo(golden());
    }

    /** Resuming after two lines removes the third, of step 300; writing it again, by a clock that goes on, gives the same file. */
    @Test
    void cutsBackToACheckpointAndGoesOn() throws IOException {
        writeGolden();
        try (TensorBoardWriter writer = TensorBoardWriter.openAt(folder, 2, clock(3))) {
            assertThat(written()).isEqualTo(Arrays.copyOf(golden(), golden().length - 62));
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
        TensorBoardWriter.openAt(folder, 3).close();
        assertThat(written()).isEqualTo(golden());

        byte[] damaged = golden();
        damaged[damaged.length - 10] ^= 1;
        Files.write(file, damaged);
        TensorBoardWriter.openAt(folder, 3).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), golden().length - 62));
    }

    /** One line is what was evaluated before the first step; none leaves only the file's version. */
    @Test
    void startsAnew() throws IOException {
        writeGolden();
        TensorBoardWriter.openAt(folder, 1).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), 40 + 45));
        TensorBoardWriter.openAt(folder, 0, clock(0)).close();
        assertThat(written()).isEqualTo(Arrays.copyOf(golden(), 40));
    }

    private void writeGolden() throws IOException {
        try (TensorBoardWriter writer = TensorBoardWriter.openAt(folder, 0, clock(0))) {
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

    private static byte[] golden() throws IOException {
        try (InputStream in = TensorBoardWriterTest.class.getResourceAsStream("/tensorboard/golden.tfevents")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
