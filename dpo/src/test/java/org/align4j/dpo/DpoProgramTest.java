package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.Sft;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingListener.Step;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FourThreads;
import org.align4j.core.error.InputException;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.stop.StoppedException;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SimPo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DPO from a Java program: the same runs as from the command line, cancelled, resumed, and refused where something is wrong. */
class DpoProgramTest {
    private static final Preferences PAIRS = Preferences.read(DpoRuns.PAIRS);

    @TempDir
    Path folder;

    private LanguageModel base;

    @BeforeEach
    void open() {
        base = Align4j.model(DpoRuns.MODEL).device("cpu").dtype("fp32").open();
    }

    @AfterEach
    void close() {
        base.close();
    }

    /** The settings of {@link DpoRuns#dpo}. */
    private static Dpo settings() {
        return Dpo.with(new Sigmoid(0.1))
                .learningRate(2e-3)
                .batchSize(8)
                .maxLength(64)
                .option("lora-rank", 4)
                .option("report", false);
    }

    private Path run(String name) {
        return folder.resolve(name);
    }

    @Test
    void aRunHasTheBytesOfTheCommandLines() throws IOException {
        AlignRuns.align(DpoRuns.dpo(run("command"), "--max-steps", "4", "--beta", "0.1", "--eval-fraction", "0.2"));
        List<Step> steps = new ArrayList<>();
        Dpo asked = settings().maxSteps(4).option("eval_fraction", 0.2);
        try (TrainedPolicy policy = asked.train(base, PAIRS, run("program"), steps::add)) {
            assertThat(policy.result().step()).isEqualTo(4);
        }
        AlignRuns.assertSame(run("program"), run("command"));
        List<JsonNode> lines = AlignRuns.steps(run("command"));
        assertThat(steps).extracting(Step::number).containsExactly(1, 2, 3, 4);
        assertThat(steps).extracting(Step::total).containsOnly(4);
        assertThat(steps)
                .extracting(step -> step.figures().loss())
                .containsExactlyElementsOf(
                        lines.stream().map(line -> line.get("loss").asDouble()).toList());
    }

    /** The rows of the run itself, so that the figures are those of its last evaluation. */
    @Test
    void aPolicyIsEvaluatedAsItsRunWas() {
        try (TrainedPolicy policy = settings().maxSteps(3).evaluatedOn(PAIRS).train(base, PAIRS, run("evaluated"))) {
            FigureValues again = policy.evaluate(PAIRS);
            assertThat(again.values()).isNotEmpty();
            again.values()
                    .forEach((name, value) -> assertThat(policy.figures().get("eval_" + name))
                            .as(name)
                            .isEqualTo(value));
        }
    }

    @Test
    void aCancelledRunEndsAfterAWholeStepAndIsResumedToTheSameBytes() throws IOException {
        settings().maxSteps(6).train(base, PAIRS, run("whole")).close();
        Cancellation cancellation = new Cancellation();
        assertThatThrownBy(() -> settings()
                        .maxSteps(6)
                        .cancelledBy(cancellation)
                        .train(base, PAIRS, run("cancelled"), step -> {
                            if (step.number() == 3) {
                                Thread other = new Thread(cancellation::cancel);
                                other.start();
                                join(other);
                            }
                        }))
                .isInstanceOf(StoppedException.class);
        JsonNode result = AlignRuns.json(run("cancelled").resolve("result.json"));
        assertThat(result.get("status").asText()).isEqualTo("stopped");
        assertThat(result.get("step").asInt()).isEqualTo(3);
        Dpo.resume(run("cancelled")).close();
        AlignRuns.assertSame(run("cancelled"), run("whole"));
        assertThat(words(Run.open(run("cancelled")).events()))
                .containsSubsequence(
                        "started 0", "step 1", "step 2", "step 3", "saved 3", "stopped", "finished STOPPED")
                .containsSubsequence(
                        "finished STOPPED", "started 3", "step 4", "step 5", "step 6", "saved 6", "finished DONE")
                .endsWith("finished DONE")
                .contains("step 3")
                .doesNotHaveDuplicates();
        // Who has cancelled once begins nothing new with the same handle; any other training goes on.
        assertThatThrownBy(() -> settings().cancelledBy(cancellation).train(base, PAIRS, run("later")))
                .isInstanceOf(StoppedException.class);
        assertThat(run("later").resolve("config.yaml")).doesNotExist();
        settings().maxSteps(1).train(base, PAIRS, run("other")).close();
    }

    /** The events of one kind that a test compares; what a person reads is left out. */
    private static List<String> words(List<Recorded> events) {
        return events.stream()
                .map(recorded -> {
                    if (recorded.event() instanceof RunEvent.Started started) {
                        return "started " + started.from();
                    }
                    if (recorded.event() instanceof RunEvent.Step step) {
                        return "step " + step.step();
                    }
                    if (recorded.event() instanceof RunEvent.Saved saved) {
                        return "saved " + saved.step();
                    }
                    if (recorded.event() instanceof RunEvent.Finished finished) {
                        return "finished " + finished.status();
                    }
                    return recorded.event() instanceof RunEvent.Stopped ? "stopped" : "";
                })
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** A program hears the very events that the run's file has, and a sink on the class path too; neither reads a text. */
    @Test
    void aListenerHearsTheEventsOfTheRun() {
        List<RunEvent> heard = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void step(Step step) {}

            @Override
            public void hear(RunEvent event) {
                heard.add(event);
            }
        };
        HeardEvents.ofRuns(() -> settings()
                .maxSteps(2)
                .evaluatedOn(PAIRS)
                .train(base, PAIRS, run("heard"), listener)
                .close());
        List<Recorded> kept = Run.open(run("heard")).events();
        assertThat(kept).extracting(Recorded::event).isEqualTo(heard).last().isInstanceOf(RunEvent.Finished.class);
        assertThat(kept).extracting(Recorded::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(heard)
                .hasAtLeastOneElementOfType(RunEvent.Evaluated.class)
                .hasAtLeastOneElementOfType(RunEvent.Warned.class);
        assertThat(HeardEvents.HEARD).isEqualTo(kept);
    }

    private static void join(Thread other) {
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void fourThreadsTrainOnOneModelAtOnce() throws Exception {
        FourThreads.assertSameRuns(name -> {
            settings().maxSteps(2).threads(1).train(base, PAIRS, run(name)).close();
            return run(name);
        });
    }

    @Test
    void aLossIsARecordWithItsParameters() throws IOException {
        Dpo.with(new SimPo(2.5, 1.0, 0))
                .maxSteps(1)
                .maxLength(64)
                .train(base, PAIRS, run("simpo"))
                .close();
        assertThat(Files.readString(run("simpo").resolve("config.yaml")))
                .contains("loss: [simpo]", "beta: 2.5", "simpo-gamma: 1.0");
    }

    @Test
    void lossesOfASumShareWhatTheyShare() {
        assertThatThrownBy(() -> Dpo.with(new Sigmoid(0.1), new SimPo(2.5, 1.0, 0)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("beta is 0.1 of sigmoid but 2.5 of simpo");
    }

    @Test
    void whatIsWrongIsRefusedAndLeavesNothing() {
        refused(
                settings().option("lerning-rate", 1),
                "There is no option lerning-rate here; did you mean learning-rate?");
        refused(settings().learningRate(-1), "learning-rate is -1.0 but must be");
        refused(settings().option("data", "x.jsonl"), "data is set as an option");
        refused(settings().option("dry-run", true), "dry-run is set as an option, but train trains");
        refused(
                settings().evaluatedOn(PAIRS).option("eval-data", "x.jsonl"),
                "eval-data is set as an option, but the rows to evaluate on are given too");
        refused(settings().option("dtype", "bf16"), "dtype is bf16 but the model was opened with dtype fp32");
        refused(
                settings().option("method", "qlora"),
                "quantization is nf4 (doubled) but the model was opened with quantization none");
        refused(settings().option("device", "gpu:7"), "device is gpu:7");
    }

    private void refused(Dpo asked, String message) {
        assertThatThrownBy(() -> asked.train(base, PAIRS, run("refused")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
        assertThat(run("refused")).doesNotExist();
    }

    /** This model has no tokenizer, which rows of text need. */
    @Test
    void rowsThatCannotBeReadLeaveNothing() {
        Preferences rows = Preferences.of(List.of(Preference.of("a", "b", "c")));
        assertThatThrownBy(() -> settings().train(base, rows, run("refused")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tokenizer");
        assertThat(run("refused")).doesNotExist();
    }

    @Test
    void rowsThatAreNullOrNoneAreRefused() {
        assertThatThrownBy(() -> Preferences.of(Arrays.asList(Preference.of("a", "b", "c"), null)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("Row 1 of the program's rows (from 0) is null");
        assertThatThrownBy(() -> Preferences.of(List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("gives no row");
    }

    @Test
    void aDirectoryWithOtherFilesIsRefused() throws IOException {
        Files.createDirectories(run("full"));
        Files.writeString(run("full").resolve("notes.txt"), "mine");
        assertThatThrownBy(() -> settings().train(base, PAIRS, run("full")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not empty (notes.txt)");
    }

    @Test
    void whatIsClosedIsUsedNoMore() {
        TrainedPolicy policy = settings().maxSteps(1).train(base, PAIRS, run("closed"));
        assertThatThrownBy(base::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in use by 1");
        policy.close();
        policy.close();
        assertThatThrownBy(() -> policy.evaluate(PAIRS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        base.close();
        assertThatThrownBy(() -> settings().train(base, PAIRS, run("late")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        assertThat(run("late")).doesNotExist();
    }

    @Test
    void anAdapterIsSavedOnceWhereNothingIs() throws IOException {
        try (TrainedPolicy policy = settings().maxSteps(2).train(base, PAIRS, run("saved"))) {
            policy.saveAdapter(run("a/b/adapter"));
            assertThat(run("a/b/adapter").resolve("adapter_model.safetensors"))
                    .hasSameBinaryContentAs(run("saved").resolve("adapter/adapter_model.safetensors"));
            assertThatThrownBy(() -> policy.saveAdapter(run("a/b/adapter")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("is not empty");
        }
    }

    @Test
    void aRunIsResumedByItsOwnMethod() {
        settings().maxSteps(1).train(base, PAIRS, run("done")).close();
        assertThatThrownBy(() -> Sft.resume(run("done")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is a run of dpo, but a run of sft is required");
        assertThatThrownBy(() -> Dpo.resume(run("done")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is done (step 1 of 1)");
    }

    @Test
    void aListenerThatThrowsEndsTheRun() {
        TrainingListener broken = step -> {
            throw new IllegalStateException("no more");
        };
        assertThatThrownBy(() -> settings().maxSteps(3).train(base, PAIRS, run("broken"), broken))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no more");
    }
}
