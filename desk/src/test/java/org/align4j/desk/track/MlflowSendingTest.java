package org.align4j.desk.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.error.InputException;
import org.align4j.desk.track.FakeMlflow.FakeRun;
import org.align4j.desk.track.FakeMlflow.Mishap;
import org.align4j.desk.track.MlflowSending.Amount;
import org.align4j.desk.track.MlflowServer.Point;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server with MLflow's limits has after all that can go wrong between. */
class MlflowSendingTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private FakeMlflow mlflow;

    @BeforeEach
    void start() throws IOException {
        mlflow = new FakeMlflow();
    }

    @AfterEach
    void stop() {
        mlflow.close();
    }

    private Amount send(Path run) throws IOException {
        return send(run, LONG);
    }

    private Amount send(Path run, Duration call) throws IOException {
        return new TrackedFolder(run, MlflowTarget.parse(mlflow.url() + "#an experiment"), call, call).send();
    }

    /** 300 steps of 41 figures (one of them not finite, one the time) are 12,300 values; 240 options and out, rate and epochs are 243 parameters. */
    @Test
    void theServerHasEveryFigureParameterAndFileWithinItsLimits() throws IOException {
        RunFolder run =
                RunFolder.at(folder.resolve("run"), 240).evaluated(0, 0.7).steps(1, 300, 40, 0);
        run.stands("done");
        assertThat(send(run.path())).isEqualTo(new Amount(301, 243, 5));
        FakeRun there = mlflow.only();
        assertThat(there.metrics).hasSize(300 * 41 + 1);
        assertThat(there.of("train/figure/7"))
                .hasSize(300)
                .element(41)
                .extracting(Point::step, Point::value)
                .containsExactly(42L, 43.0);
        assertThat(there.of("train/grad_norm")).hasSize(300).allMatch(point -> Double.isNaN(point.value()));
        assertThat(there.of("eval/loss"))
                .singleElement()
                .extracting(Point::step, Point::value)
                .containsExactly(0L, 0.7);
        assertThat(there.params)
                .hasSize(243)
                .containsEntry("learning-rate", "0.001")
                .containsEntry("option-239", "239");
        assertThat(there.tags).containsEntry("mlflow.runName", "run").containsEntry("align4j.run_id", "run-of-run");
        assertThat(there.status).isEqualTo("FINISHED");
        assertThat(mlflow.artifacts.keySet())
                .contains("1/run-0/artifacts/adapter/adapter_config.json", "1/run-0/artifacts/report.html");

        int calls = mlflow.calls.size();
        assertThat(send(run.path())).isEqualTo(Amount.NOTHING);
        assertThat(mlflow.calls).as("nothing is missing, so nothing is asked").hasSize(calls);
    }

    /** A call goes wrong now and then, in each way; the next sending, by another process, brings what is missing and nothing twice. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "HALF", "UNANSWERED"})
    void whateverHappensToACallNothingIsThereTwice(Mishap mishap) throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 150);
        Random random = new Random(mishap.ordinal());
        mlflow.meets(call -> !call.contains("get-history") && random.nextInt(3) == 0 ? mishap : null);
        int failures = 0;
        for (int part = 0; part < 4; part++) {
            run.steps(1 + 60 * part, 60 * (part + 1), 8, 0);
            failures += attempt(run.path());
        }
        run.stands("done");
        while (attempt(run.path()) > 0) {
            failures++;
        }
        assertThat(failures).isPositive();
        FakeRun there = mlflow.only();
        assertThat(there.metrics).hasSize(240 * 9);
        assertThat(new HashSet<>(there.metrics)).hasSize(240 * 9);
        assertThat(there.params).hasSize(153);
        assertThat(there.status).isEqualTo("FINISHED");
    }

    private int attempt(Path run) {
        try {
            send(run);
            return 0;
        } catch (IOException failed) {
            return 1;
        }
    }

    /** What a server lacks is said by kinds, and what it doesn't lack isn't said. */
    @Test
    void whatIsMissingIsNamed() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1).steps(1, 3, 3, 0);
        TrackedFolder tracked = new TrackedFolder(run.path(), MlflowTarget.parse(mlflow.url() + "#named"), LONG, LONG);
        assertThat(tracked.missing()).isEqualTo("all of this run");
        tracked.send();
        run.steps(4, 4, 3, 0);
        assertThat(tracked.missing()).isEqualTo("1 line of figures of this run");
        run.stands("done");
        assertThat(tracked.missing()).isEqualTo("1 line of figures and 5 files of this run");
        tracked.send();
        assertThat(tracked.missing()).isNull();
        run.stands("failed");
        assertThat(tracked.missing()).isEqualTo("how this run ended");
    }

    @Test
    void aServerThatNeverAnswersIsLeftAndHasEverythingLater() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1).steps(1, 3, 3, 0);
        mlflow.meets(Mishap.SILENT, "log-batch", 1);
        assertThatThrownBy(() -> send(run.path(), Duration.ofMillis(300))).isInstanceOf(IOException.class);
        send(run.path());
        assertThat(mlflow.only().metrics).hasSize(3 * 4);
    }

    /** A killed run takes steps 3 to 5 again from its checkpoint: the same figures. After a rollback step 5 comes out otherwise, and is sent too. */
    @Test
    void stepsTakenAgainAreSentWhereTheyDiffer() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1).steps(1, 5, 3, 0);
        send(run.path());
        run.steps(3, 6, 3, 0);
        send(run.path());
        FakeRun there = mlflow.only();
        assertThat(there.of("train/figure/1")).extracting(Point::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        run.steps(5, 5, 3, 0.5);
        send(run.path());
        assertThat(there.of("train/figure/1")).extracting(Point::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 5L);
    }

    @Test
    void anOptionThatChangedIsATagSinceParametersAreWrittenOnce() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1);
        send(run.path());
        Path config = run.path().resolve("config.yaml");
        Files.writeString(config, Files.readString(config).replace("epochs: 1.0", "epochs: 2.0"));
        send(run.path());
        assertThat(mlflow.only().params).containsEntry("epochs", "1.0");
        assertThat(mlflow.only().tags).containsEntry("align4j.changed.epochs", "2.0");
    }

    @Test
    void aRunMadeByACallWhoseAnswerWasLostIsFoundAgain() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1);
        mlflow.meets(Mishap.UNANSWERED, "runs/create", 1);
        assertThatThrownBy(() -> send(run.path())).hasMessageContaining("status 500");
        send(run.path());
        assertThat(mlflow.runs).hasSize(1);
    }

    @Test
    void whatIsLongerThanTheServerTakesIsCutAndNamesAreMadeLegal() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 0);
        Files.writeString(run.path().resolve("config.yaml"), "data: " + "x".repeat(7000) + "\n");
        send(run.path());
        assertThat(mlflow.only().params.get("data")).hasSize(6000).endsWith("x…");
        assertThat(MlflowSending.key("loss/My Loss-1.5")).isEqualTo("loss/My Loss-1.5");
        assertThat(List.of("loss/a:b", "../x", "a//b", "/a", "a/", "ä", "x".repeat(300)))
                .allSatisfy(name -> assertThat(MlflowSending.key(name))
                        .matches("[A-Za-z0-9_/. -]{1,250}")
                        .doesNotMatch("/.*|.*/|.*//.*|(.*/)?\\.\\.(/.*)?")
                        .isNotEqualTo(name));
    }

    @Test
    void trialsAreShownUnderTheirSweep() throws IOException {
        Path sweep = Files.createDirectories(folder.resolve("rates"));
        Files.writeString(
                sweep.resolve("plan.json"),
                "{\"command\": \"dpo\", \"search\": \"grid\", \"metric\": null, \"base\": {\"beta\": 0.1}, \"swept\": [{\"key\": \"seed\", \"values\": [1, 2]}]}");
        for (int trial = 0; trial < 2; trial++) {
            send(RunFolder.at(sweep.resolve("trials/00" + trial), 1)
                    .steps(1, 2, 2, 0)
                    .path());
        }
        assertThat(mlflow.runs).hasSize(3);
        FakeRun parent = mlflow.runs.get("run-0");
        assertThat(List.copyOf(mlflow.runs.values()).subList(1, 3))
                .allSatisfy(run -> assertThat(run.tags).containsEntry("mlflow.parentRunId", "run-0"));
        assertThat(mlflow.runs.get("run-2").tags).containsEntry("mlflow.runName", "rates/001");
        Files.writeString(sweep.resolve("sweep.json"), "{\"trials\": [], \"groups\": [], \"winner\": null}");
        send(sweep);
        assertThat(parent.params)
                .containsEntry("command", "dpo")
                .containsEntry("set.seed", "1,2")
                .containsEntry("beta", "0.1");
        assertThat(parent.tags).containsEntry("align4j.winner", "none");
        assertThat(parent.status).isEqualTo("FINISHED");
        assertThat(mlflow.artifacts).containsKey("1/run-0/artifacts/sweep.json");
    }

    @Test
    void nothingIsSentWhereNothingAnswers() throws IOException {
        RunFolder run = RunFolder.at(folder.resolve("run"), 1).steps(1, 2, 2, 0);
        send(run.path());
        run.steps(3, 4, 2, 0);
        AtomicInteger lookups = new AtomicInteger();
        mlflow.meets(call -> {
            lookups.addAndGet(call.contains("get-history") ? 1 : 0);
            return null;
        });
        int port = mlflow.port();
        mlflow.close();
        assertThatThrownBy(() -> send(run.path())).isInstanceOf(MlflowServer.Unreached.class);
        FakeMlflow again = new FakeMlflow(port);
        again.runs.putAll(mlflow.runs);
        mlflow = again;
        send(run.path());
        assertThat(lookups).as("no call had reached the server").hasValue(0);
        assertThat(mlflow.only().of("train/figure/1")).hasSize(4);
    }

    @Test
    void addressesAreRefusedBeforeAnythingIsSent() {
        assertThat(MlflowTarget.parse("http://127.0.0.1:5000/#x").text()).isEqualTo("mlflow:http://127.0.0.1:5000#x");
        assertThatThrownBy(() -> MlflowTarget.parse("http://me:secret@host#x"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("MLFLOW_TRACKING_USERNAME")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> MlflowTarget.parse("http://host?token=abc123secret#x"))
                .hasMessageContaining("query")
                .hasMessageNotContaining("abc123secret");
        assertThatThrownBy(() -> MlflowTarget.parse("http://host")).hasMessageContaining("no experiment");
        assertThatThrownBy(() -> MlflowTarget.parse("ftp://host#x")).hasMessageContaining("no address");
    }
}
