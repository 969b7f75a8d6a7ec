package org.align4j.desk.track;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Warned;
import org.align4j.desk.Sweeps;
import org.align4j.desk.track.FakeMlflow.FakeRun;
import org.align4j.desk.track.FakeMlflow.Mishap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small trainings that an MLflow server hears of, or doesn't. */
class MlflowSinkTest {
    @TempDir
    static Path folder;

    private static List<String> options;
    private static Path untracked;

    @BeforeAll
    static void trainUntracked() throws IOException {
        options = new ArrayList<>(Sweeps.options(folder, 12));
        options.addAll(List.of("--save-every", "2"));
        untracked = folder.resolve("untracked");
        AlignRuns.align(words(untracked, "none"));
    }

    private static List<String> words(Path out, String track) {
        List<String> words = new ArrayList<>(List.of("dpo", "--out", out.toString(), "--track", track));
        words.addAll(options);
        return words;
    }

    private static List<Warned> untold(Path run) {
        return Run.open(run).events().stream()
                .map(Recorded::event)
                .filter(event -> event instanceof Warned warned && warned.code().equals("not-tracked"))
                .map(Warned.class::cast)
                .toList();
    }

    /** What the server has is what metrics.jsonl has, each figure once. */
    private static void assertWhole(FakeRun there, Path run) throws IOException {
        assertThat(new HashSet<>(there.metrics)).hasSameSizeAs(there.metrics);
        int figures = 0;
        for (String text : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode line = AlignRuns.json(write(run, text));
            figures += line.size() - 1;
            line.properties().forEach(figure -> {
                String name = figure.getKey();
                String key = name.startsWith("eval_") ? "eval/" + name.substring(5) : "train/" + name;
                if (!name.equals("step") && !name.contains("second") && !name.endsWith("_bytes")) {
                    assertThat(there.of(key))
                            .as(key)
                            .anyMatch(point -> point.step() == line.path("step").asLong()
                                    && point.value() == figure.getValue().asDouble());
                }
            });
        }
        assertThat(there.metrics).hasSize(figures);
        assertThat(there.status).isEqualTo("FINISHED");
        assertThat(there.params).containsEntry("lora-rank", "2");
    }

    private static Path write(Path run, String text) throws IOException {
        return Files.writeString(run.resolveSibling("line.json"), text);
    }

    @Test
    void aServerThatIsThereHasTheRunAsItEnds() throws IOException {
        try (FakeMlflow mlflow = new FakeMlflow()) {
            Path run = folder.resolve("tracked");
            AlignRuns.align(words(run, "tensorboard,mlflow:" + mlflow.url() + "#demo"));
            assertWhole(mlflow.only(), run);
            assertThat(mlflow.artifacts.keySet())
                    .contains(
                            "1/run-0/artifacts/report.html",
                            "1/run-0/artifacts/adapter/adapter_model.safetensors",
                            "1/run-0/artifacts/config.yaml");
            assertThat(mlflow.artifacts.get("1/run-0/artifacts/report.html"))
                    .isEqualTo(Files.readAllBytes(run.resolve("report.html")));
            assertThat(untold(run)).isEmpty();
            AlignRuns.assertSameToTheEnd(run, untracked);
            assertThat(run.resolve("tensorboard")).exists();
            assertThat(untracked.resolve("tensorboard")).doesNotExist();
        }
    }

    @Test
    void aServerThatIsDownCostsTheRunNothingAndHearsOfItLater() throws IOException {
        int port;
        try (FakeMlflow gone = new FakeMlflow()) {
            port = gone.port();
        }
        Path run = folder.resolve("unheard");
        String target = "mlflow:http://127.0.0.1:" + port + "#demo";
        String log = AlignRuns.align(words(run, target));
        AlignRuns.assertSameToTheEnd(run, untracked);
        assertThat(untold(run)).singleElement().satisfies(warned -> {
            assertThat(warned.seen()).contains("lacks all of this run");
            assertThat(warned.advice()).contains("align track " + run + " --to " + target);
        });
        assertThat(log).containsOnlyOnce("lacks all of this run");
        try (FakeMlflow mlflow = new FakeMlflow(port)) {
            AlignRuns.align(List.of("track", run.toString(), "--to", target));
            assertWhole(mlflow.only(), run);
            int calls = mlflow.calls.size();
            AlignRuns.align(List.of("track", run.toString(), "--to", target));
            assertThat(mlflow.calls).hasSize(calls);
        }
    }

    @Tag("long")
    @Test
    void aServerThatRefusesOrWritesHalfHasEverythingOnceAfterwards() throws IOException {
        for (Mishap mishap : List.of(Mishap.REFUSED, Mishap.HALF)) {
            try (FakeMlflow mlflow = new FakeMlflow()) {
                mlflow.meets(mishap, "log-batch", 1000);
                Path run = folder.resolve("run-" + mishap);
                String target = "mlflow:" + mlflow.url() + "#demo";
                AlignRuns.align(words(run, target));
                AlignRuns.assertSameToTheEnd(run, untracked);
                assertThat(untold(run)).hasSize(1);
                mlflow.meets(null);
                AlignRuns.align(List.of("track", run.toString(), "--to", target));
                assertWhole(mlflow.only(), run);
            }
        }
    }

    @Tag("long")
    @Test
    void killedInTheMiddleAndResumedEachFigureIsThereOnce() throws Exception {
        try (FakeMlflow mlflow = new FakeMlflow()) {
            Path run = folder.resolve("killed");
            ChildAlign.killAndResume(run, words(run, "mlflow:" + mlflow.url() + "#demo"), 2, () -> 14);
            assertWhole(mlflow.only(), run);
            assertThat(AlignRuns.product(run).path())
                    .hasSameBinaryContentAs(AlignRuns.product(untracked).path());
        }
    }

    @Test
    void whatNobodySendsToIsRefusedBeforeTheRun() {
        Path run = folder.resolve("refused");
        assertThat(AlignRuns.ends(2, words(run, "mlflw:http://127.0.0.1:1#x"))).contains("mlflow", "no sink");
        assertThat(AlignRuns.ends(2, words(run, "mlflow:http://127.0.0.1:1"))).contains("names no experiment");
        assertThat(AlignRuns.ends(2, words(run, "wandb"))).contains("align track RUN --to wandb");
        assertThat(AlignRuns.ends(2, words(run, "none,tensorboard"))).contains("none alone");
        assertThat(AlignRuns.ends(2, List.of("track", folder.toString(), "--to", "mlflow:http://127.0.0.1:1#x")))
                .contains("neither a run nor a sweep");
        assertThat(AlignRuns.ends(2, List.of("track", untracked.toString(), "--to", "comet")))
                .contains("no tracker");
        assertThat(AlignRuns.ends(
                        2, List.of("track", untracked.toString(), "--to", "wandb", "--python", "no-such-python")))
                .contains("can't be started");
        assertThat(run).doesNotExist();
    }
}
