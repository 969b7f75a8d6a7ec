package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("metrics.jsonl");
    }

    private static StepMetrics line(int step, double loss) {
        return StepMetrics.EMPTY.with("step", step).with("loss", loss).with("num_tokens", 3e9);
    }

    @Test
    void aLineAStepInFullPrecision() throws IOException {
        try (MetricsFile metrics = MetricsFile.open(file, 0)) {
            metrics.append(line(1, Math.nextUp(0.1)));
            metrics.append(line(2, Double.NEGATIVE_INFINITY));
            assertThat(metrics.sync()).isEqualTo(Files.size(file));
        }
        assertThat(file)
                .hasContent("{\"step\":1,\"loss\":0.10000000000000002,\"num_tokens\":3000000000}\n"
                        + "{\"step\":2,\"loss\":null,\"num_tokens\":3000000000}");
        assertThat(MetricsFile.read(file)).containsExactly(line(1, Math.nextUp(0.1)), line(2, Double.NaN));
    }

    @Test
    void goesOnWhereACheckpointSays() throws IOException {
        long bytes;
        try (MetricsFile metrics = MetricsFile.open(file, 0)) {
            metrics.append(line(1, 1));
            bytes = metrics.sync();
            metrics.append(line(2, 2));
        }
        Files.writeString(file, Files.readString(file) + "{\"ste");
        assertThat(MetricsFile.read(file)).hasSize(2);
        try (MetricsFile metrics = MetricsFile.open(file, bytes)) {
            metrics.append(line(2, 3));
        }
        assertThat(MetricsFile.read(file)).containsExactly(line(1, 1), line(2, 3));
        assertThatThrownBy(() -> MetricsFile.open(file, 1_000))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("bytes but had 1000 when the checkpoint was taken");
    }

    /** A killed run leaves half a last line; a broken line before the last is an error with file and line. */
    @Test
    void readsMetricsLines() throws IOException {
        Files.writeString(file, "{\"step\":1,\"loss\":0.5}\n{\"step\":1,\"eval_loss\":null}\n{\"step\":2,\"lo");
        MetricHistory history = MetricsFile.history(file);
        assertThat(history.names()).containsExactly("step", "loss", "eval_loss");
        assertThat(history.series("eval_loss").last()).isNaN();
        assertThat(history.lastStep()).isEqualTo(1);
        Files.writeString(file, "{\"step\":1}\nnonsense\n{\"step\":2}\n");
        assertThatThrownBy(() -> MetricsFile.history(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("metrics.jsonl:2");
    }

    @Test
    void figuresKeepTheirOrder() {
        StepMetrics figures = StepMetrics.EMPTY.with("b", 1).with("a", 2).with(StepMetrics.EMPTY.with("b", 3));
        assertThat(figures.values().toString()).isEqualTo("{b=3.0, a=2.0}");
        assertThat(figures.prefixed("eval_").get("eval_a")).hasValue(2);
        assertThat(figures.get("eval_a")).isEmpty();
    }
}
