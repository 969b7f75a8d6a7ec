package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.session.RunStart;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
    private static final String CONFIG =
            "model: m\nadapter: null\ndata: [a.jsonl, b.jsonl]\nbeta: 0.25\nloss: [sigmoid]\n"
                    + "reference: none\nreport: true\nunknown-to-this-version: 7\n";

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void writeARun() throws IOException {
        path = folder.resolve("run");
        try (RunDirectory run =
                        RunDirectory.create(path, CONFIG, Map.of("command", "dpo", "hashes", Map.of("data", "ab")));
                MetricsFile metrics = MetricsFile.open(run.metricsFile(), 0)) {
            metrics.append(StepMetrics.EMPTY.with("step", 1).with("loss", 0.5));
            run.checkpoints().save(RunState.START.afterApplied(3, 0), List.of());
            run.checkpoints().save(RunState.START.afterApplied(3, 0).afterApplied(3, 0), List.of());
            run.write(RunResult.start(4));
        }
    }

    /** A run is read as it stands, by one type: how it is, options in their types, figures, checkpoints. */
    @Test
    void readsWhatARunLeft() {
        Run run = Run.open(path);
        assertThat(run.status()).isEqualTo(Status.RUNNING);
        assertThat(run.result().totalSteps()).isEqualTo(4);
        assertThat(run.options()).containsEntry("report", true).containsEntry("loss", List.of("sigmoid"));
        assertThat(run.number("beta")).hasValue(0.25);
        assertThat(run.number("loss")).isEmpty();
        assertThat(run.text("reference")).isEmpty();
        assertThat(run.text("model")).hasValue("m");
        assertThat(run.options(RunStart.class)).isEqualTo(new RunStart("m", null));
        assertThat(run.options(DataOptions.class).data()).containsExactly("a.jsonl", "b.jsonl");
        assertThat(run.hash("data")).hasValue("ab");
        assertThat(run.hash("adapter")).isEmpty();
        assertThat(run.metrics().series("loss").last()).isEqualTo(0.5);
        assertThat(run.checkpoints())
                .containsExactly(
                        Map.entry(1, path.resolve("checkpoints/step-000001")),
                        Map.entry(2, path.resolve("checkpoints/step-000002")));
        assertThat(run.evidence()).isEmpty();
        assertThat(run.report()).isEmpty();
    }

    @Test
    void isFoundByWhatLiesInIt() throws IOException {
        Files.createDirectories(path.resolve("adapter"));
        Run run = new Run(path.toAbsolutePath().normalize());
        assertThat(Run.of(path.toString())).hasValue(run);
        assertThat(Run.of(path.resolve("adapter").toString())).hasValue(run);
        assertThat(Run.of(path.resolve("checkpoints/step-000001").toString())).hasValue(run);
        assertThat(Run.of("org/name@1")).isEmpty();
        assertThat(Run.of("")).isEmpty();
        assertThat(Run.ofCheckpoint(path.resolve("checkpoints/step-000001"))).hasValue(run);
        assertThat(Run.ofCheckpoint(path.resolve("adapter"))).isEmpty();
    }

    @Test
    void listsTheRunsOfAFolder() throws IOException {
        Files.createDirectories(folder.resolve("other"));
        RunDirectory.create(folder.resolve("a"), CONFIG, Map.of()).close();
        assertThat(Run.list(folder)).containsExactly(new Run(folder.resolve("a")), new Run(path));
        assertThat(Run.list(folder.resolve("nowhere"))).isEmpty();
    }

    @Test
    void refusesWhatIsNoneOrDamaged() throws IOException {
        assertThatThrownBy(() -> Run.open(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no run directory: it has no config.yaml");
        Files.writeString(path.resolve("manifest.json"), "{\"comm");
        assertThatThrownBy(() -> Run.open(path).manifest())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("manifest.json can't be read")
                .hasMessageContaining("restore it");
        Files.delete(path.resolve("manifest.json"));
        assertThat(Run.open(path).manifest()).isEmpty();
        Files.writeString(path.resolve("config.yaml"), "beta: [");
        assertThatThrownBy(() -> Run.open(path).options()).isInstanceOf(InputException.class);
    }
}
