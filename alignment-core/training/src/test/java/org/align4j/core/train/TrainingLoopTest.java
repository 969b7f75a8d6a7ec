package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.error.InputException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.Learner.GradientLearner;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.TrainingPlan;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingLoopTest {
    @TempDir
    static Path whole;

    private static final ArrayModel undisturbed = new ArrayModel(true, moment -> {});

    @TempDir
    Path folder;

    private Path run;

    @BeforeAll
    static void runUndisturbed() {
        ArrayRun.train(whole.resolve("undisturbed"), undisturbed, ArrayRun.AUTO);
    }

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private void assertSameAsUndisturbed(ArrayModel model) throws IOException {
        assertThat(model.state()).containsExactly(undisturbed.state());
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(whole.resolve("undisturbed")));
        assertThat(ArrayRun.boardSteps(run)).isEqualTo(ArrayRun.steps(run));
        assertThat(run.resolve("adapter/weights.bin"))
                .hasSameBinaryContentAs(whole.resolve("undisturbed/adapter/weights.bin"));
        try (RunDirectory directory = RunDirectory.open(run)) {
            assertThat(directory.result().status()).isEqualTo(Status.DONE);
            assertThat(directory.result().step()).isEqualTo(ArrayRun.STEPS);
        }
    }

    /** A model that is told to stop at the last kernel of a moment that begins so. */
    private static ArrayModel stoppingAt(String moment) {
        return new ArrayModel(true, word -> {
            if (word.startsWith(moment)) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 13, 14, 20, 28, 39})
    void stoppedAfterAStepAndResumedIsBitIdentical(int step) throws IOException {
        AtomicInteger kernels = new AtomicInteger();
        ArrayModel stopped = new ArrayModel(true, word -> {
            if (word.startsWith("row " + (step + 1) + " ") && kernels.incrementAndGet() > (step == 13 ? 0 : 2)) {
                throw new StoppedException("SIGTERM", 143); // in the middle of the next batch; batch 14 has one row
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, stopped, ArrayRun.AUTO)).isInstanceOf(StoppedException.class);
        try (RunDirectory directory = RunDirectory.open(run)) {
            assertThat(directory.result().status()).isEqualTo(Status.STOPPED);
            assertThat(directory.result().step()).isEqualTo(step);
            assertThat(directory.result().reason()).contains("SIGTERM");
            assertThat(directory.checkpoints().steps()).contains(step);
        }
        assertThat(run.resolve("adapter")).doesNotExist();

        ArrayModel resumed = new ArrayModel(true, moment -> {});
        ArrayRun.train(run, resumed, ArrayRun.AUTO);
        assertSameAsUndisturbed(resumed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"row 1 ", "evaluate 0", "evaluate 14", "evaluate 40"})
    void stoppedInAnEvaluationOrBeforeTheFirstStep(String moment) throws IOException {
        assertThatThrownBy(() -> ArrayRun.train(run, stoppingAt(moment), ArrayRun.AUTO))
                .isInstanceOf(StoppedException.class);
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.AUTO);
        assertSameAsUndisturbed(resumed);
    }

    /** A run that is told to stop, and whose last step can't be saved, has failed. */
    @Test
    void aStepThatCanNotBeSavedAtAStopIsAFailure() throws IOException {
        AtomicBoolean told = new AtomicBoolean();
        ArrayModel model = new ArrayModel(true, word -> {
            if (word.startsWith("row 24 ")) {
                told.set(true);
                throw new StoppedException("SIGTERM", 143);
            }
            if (told.get() && word.startsWith("save ")) {
                throw new NotFiniteException("The second moment of weights is not finite.");
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, model, ArrayRun.AUTO)).isInstanceOf(NotFiniteException.class);
        try (RunDirectory directory = RunDirectory.open(run)) {
            assertThat(directory.result().status()).isEqualTo(Status.FAILED);
            assertThat(directory.result().reason()).contains("second moment");
        }
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.AUTO);
        assertSameAsUndisturbed(resumed);
    }

    @Test
    void crashesAtAnyMomentLeaveSomethingToGoOnFrom() throws IOException {
        Random random = new Random(11);
        for (int crash = 0; crash < 40; crash++) {
            AtomicInteger left = new AtomicInteger(random.nextInt(60));
            ArrayModel model = new ArrayModel(true, word -> {
                if (left.decrementAndGet() < 0) {
                    throw new OutOfMemoryError("as if");
                }
            });
            try {
                ArrayRun.train(run, model, ArrayRun.EACH_STEP);
                break;
            } catch (OutOfMemoryError expected) {
                assertThat(Files.readString(run.resolve("result.json"))).contains("\"failed\"");
            }
        }
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.EACH_STEP);
        assertSameAsUndisturbed(resumed);
    }

    @Test
    void aTornLastLineIsCutAway() throws IOException {
        assertThatThrownBy(() -> ArrayRun.train(run, stoppingAt("row 21 "), ArrayRun.AUTO))
                .isInstanceOf(StoppedException.class);
        Path metrics = run.resolve("metrics.jsonl");
        Files.writeString(metrics, Files.readString(metrics) + "{\"step\":21,\"lo");
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.AUTO);
        assertSameAsUndisturbed(resumed);
    }

    @Test
    void aDamagedCheckpointIsPassedOverAndNamed() throws IOException {
        assertThatThrownBy(() -> ArrayRun.train(run, stoppingAt("row 21 "), ArrayRun.AUTO))
                .isInstanceOf(StoppedException.class);
        Path file = run.resolve("checkpoints/step-000020/second.bin");
        byte[] bytes = Files.readAllBytes(file);
        bytes[5] ^= 4;
        Files.write(file, bytes);
        List<String> notes = new ArrayList<>();
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.options(ArrayRun.STEPS, ArrayRun.AUTO), new TrainingLog(event -> {
            if (event instanceof RunEvent.Progress note) {
                notes.add(note.label());
            }
        }));
        assertSameAsUndisturbed(resumed);
        assertThat(notes).singleElement().asString().contains("step-000020", "second.bin", "goes on from step-000014");
        assertThat(run.resolve("checkpoints/damaged-step-000020")).isDirectory();
    }

    /** Steps 1 to 3 warm up from 0; the loss of step 1 has no step before it to compare with. */
    @Test
    void aLossThatIsNotFiniteIsNotApplied() throws IOException {
        ArrayModel model = new ArrayModel(true, word -> {});
        Objective poisoned = new Poisoned(model, 18, Double.NaN, 1);
        try (RunDirectory directory = ArrayRun.directory(run)) {
            TrainingLoop loop = ArrayRun.loop(ArrayRun.options(40, ArrayRun.EACH_STEP), poisoned, model);
            assertThatThrownBy(() -> loop.run(
                            directory,
                            ArrayRun.FACTS,
                            List.of(new Product("adapter", model.product())),
                            TrainingLog.SILENT))
                    .isInstanceOf(RunException.class)
                    .hasMessageMatching(
                            "Loss became NaN at step 18 \\(rows \\d+\\)\\. Last finite loss [\\d.e-]+, gradient"
                                    + " norm [\\d.e-]+\\. The step was not applied\\. Maybe lower learning-rate \\(0\\.0500; 0\\.0100 is usual\\)\\.");
            assertThat(directory.result().status()).isEqualTo(Status.FAILED);
            assertThat(directory.result().reason()).contains("step 18");
            assertThat(directory.checkpoints().steps()).endsWith(17);
            assertThat(model.state()[18]).isEqualTo(17); // updates
        }
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.EACH_STEP);
        assertSameAsUndisturbed(resumed);
    }

    @Test
    void aGradientThatIsNotFiniteNamesTheWholeBatch() {
        ArrayModel model = new ArrayModel(false, word -> {});
        OptimizerStep spoiling = new OptimizerStep() {
            @Override
            public double gradientNorm() {
                model.spoilGradient();
                return model.gradientNorm();
            }

            @Override
            public void apply(double learningRate, double gradientScale) {
                throw new AssertionError("applied");
            }
        };
        try (RunDirectory directory = ArrayRun.directory(run)) {
            TrainingLoop loop = ArrayRun.loop(ArrayRun.options(40, ArrayRun.AUTO), model, spoiling);
            assertThatThrownBy(() -> loop.run(
                            directory,
                            ArrayRun.FACTS,
                            List.of(new Product("adapter", model.product())),
                            TrainingLog.SILENT))
                    .isInstanceOf(RunException.class)
                    .hasMessageMatching(
                            "Gradient norm became NaN at step 1 \\(rows \\d+, \\d+, \\d+, \\d+\\)\\. The step was not.*");
        }
    }

    @Test
    void aFullDiskWhileSavingLeavesTheCheckpointBefore() throws IOException {
        AtomicInteger saves = new AtomicInteger();
        ArrayModel model = new ArrayModel(true, word -> {
            if (word.equals("save second.bin") && saves.incrementAndGet() == 5) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, model, ArrayRun.EACH_STEP))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("step-000005")
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("The last checkpoint, step-000004, is untouched");
        assertThat(run.resolve("checkpoints")).isDirectoryNotContaining("glob:**/.tmp-*");
        ArrayModel resumed = new ArrayModel(true, word -> {});
        ArrayRun.train(run, resumed, ArrayRun.EACH_STEP);
        assertSameAsUndisturbed(resumed);
    }

    @Test
    void theNewestStayAndTheBestToo() throws IOException {
        CheckpointOptions keeping = ArrayRun.keeping(5, 2, "accuracy", null, 3);
        RunResult result = ArrayRun.train(run, new ArrayModel(true, word -> {}), keeping);
        assertThat(result.best()).isNotNull();
        assertThat(result.best().metric()).isEqualTo("eval_accuracy");
        try (RunDirectory directory = RunDirectory.open(run)) {
            assertThat(directory.checkpoints().steps())
                    .contains(35, 40, result.best().step())
                    .hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void stopsEarlyAndSaysWhy() throws IOException {
        CheckpointOptions keeping = ArrayRun.keeping(null, 3, "accuracy", 2, 1);
        RunResult result = ArrayRun.train(run, new ArrayModel(true, word -> {}), keeping);
        assertThat(result.status()).isEqualTo(Status.DONE);
        assertThat(result.step()).isLessThan(ArrayRun.STEPS);
        assertThat(result.reason())
                .contains(
                        "eval_accuracy",
                        "2 evaluations",
                        "step " + result.best().step());
        assertThat(run.resolve("adapter")).isDirectory();
    }

    /** The weight passes 0.5 early on, so the best step is none of the last two; its checkpoint stays beside theirs. */
    @Test
    void theBestCheckpointStaysBesideTheNewest() {
        ArrayRun.train(run, new ArrayModel(true, word -> {}), ArrayRun.keeping(1, 2, "accuracy", null, 1));
        try (RunDirectory directory = RunDirectory.open(run)) {
            int best = directory.result().best().step();
            assertThat(best).isBetween(1, ArrayRun.STEPS - 3);
            assertThat(directory.checkpoints().steps()).containsExactly(best, ArrayRun.STEPS - 1, ArrayRun.STEPS);
        }
    }

    /** Checkpoints are rare, but the best step has one, which is kept. */
    @Test
    void theBestStepIsSavedThoughNoCheckpointIsDue() {
        ArrayRun.train(run, new ArrayModel(true, word -> {}), ArrayRun.keeping(30, 1, "accuracy", null, 1));
        try (RunDirectory directory = RunDirectory.open(run)) {
            int best = directory.result().best().step();
            assertThat(directory.checkpoints().steps()).containsExactly(best, ArrayRun.STEPS);
        }
    }

    /** Patience of two: the second evaluation after the best one ends the run. */
    @Test
    void patienceCountsFromTheBestEvaluation() {
        RunResult result =
                ArrayRun.train(run, new ArrayModel(true, word -> {}), ArrayRun.keeping(null, 3, "accuracy", 2, 1));
        assertThat(result.step()).isEqualTo(result.best().step() + 2);
    }

    @Test
    void anUnknownFigureToKeepTheBestOfIsRefused() {
        CheckpointOptions keeping = ArrayRun.keeping(null, 3, "f1", null, null);
        assertThatThrownBy(() -> ArrayRun.train(run, new ArrayModel(true, word -> {}), keeping))
                .hasMessage("keep-best is eval_f1, which the evaluation does not report; it reports eval_loss,"
                        + " eval_accuracy.");
        assertThatThrownBy(() ->
                        ArrayRun.loop(ArrayRun.options(9, keeping), new ArrayModel(false, word -> {}), undisturbed))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("keep-best is given but there are no evaluation rows");
    }

    @Test
    void aFinishedRunGoesFurther() throws IOException {
        ArrayRun.train(run, new ArrayModel(true, word -> {}), ArrayRun.options(10, ArrayRun.AUTO), TrainingLog.SILENT);
        List<String> notes = new ArrayList<>();
        RunResult result = ArrayRun.train(
                run,
                new ArrayModel(true, word -> {
                    notes.add(word);
                    assertThat(run.resolve("adapter")).doesNotExist();
                }),
                ArrayRun.options(12, ArrayRun.AUTO),
                TrainingLog.SILENT);
        assertThat(notes.get(0)).startsWith("row 11 ");
        assertThat(result.step()).isEqualTo(12);
        assertThat(run.resolve("adapter")).isDirectory();
        assertThatThrownBy(() -> ArrayRun.train(
                        run, new ArrayModel(true, word -> {}), ArrayRun.options(11, ArrayRun.AUTO), TrainingLog.SILENT))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has done 12 steps already but is to have 11");
        assertThat(run.resolve("adapter")).isDirectory();
    }

    @Test
    void autoSavesEveryTenMinutesToo() throws IOException {
        AtomicLong now = new AtomicLong();
        ArrayModel model = new ArrayModel(false, word -> now.addAndGet(30_000_000_000L)); // half a minute a kernel
        List<Path> saved = new ArrayList<>();
        try (RunDirectory directory = ArrayRun.directory(run)) {
            TrainingPlan plan = ArrayRun.options(10, ArrayRun.AUTO);
            new TrainingLoop(plan, model, new GradientLearner(model, model, plan.optimizer(), null), now::get)
                    .run(
                            directory,
                            ArrayRun.FACTS,
                            List.of(new Product("adapter", model.product())),
                            new TrainingLog(event -> {
                                if (event instanceof RunEvent.Saved checkpoint) {
                                    saved.add(Path.of(checkpoint.checkpoint()).getFileName());
                                }
                            }));
        }
        assertThat(saved)
                .containsExactly(
                        Path.of("step-000002"),
                        Path.of("step-000004"),
                        Path.of("step-000006"),
                        Path.of("step-000008"),
                        Path.of("step-000010"));
    }

    @Test
    void everyLineHasItsFiguresInOrderAndTimingLast() throws IOException {
        List<String> lines = Files.readAllLines(whole.resolve("undisturbed/metrics.jsonl"));
        assertThat(lines).hasSize(40 + 4);
        assertThat(lines.get(0)).startsWith("{\"step\":0,\"epoch\":0.0,\"eval_loss\":");
        assertThat(lines.get(1))
                .matches(
                        "\\{\"step\":1,\"epoch\":0\\.07\\d+,\"loss\":[^,]+,\"grad_norm\":[^,]+,\"learning_rate\":0\\.0,"
                                + "\"weight\":[^,]+,\"num_tokens\":24,\"num_padding_tokens\":4,"
                                + "\"seconds\":[^,]+,\"tokens_per_second\":[^,]+,\"peak_memory_bytes\":\\d+}");
        assertThat(lines.get(14))
                .contains("\"step\":14,\"epoch\":1.0,")
                .contains("\"num_tokens\":318,"); // 53 rows of 6
        assertThat(Files.readString(whole.resolve("undisturbed/warnings.json"))).contains("few-steps");
    }

    /** The rows' losses are as they are but for one. */
    private record Poisoned(ArrayModel model, int step, double loss, int place) implements Objective {
        @Override
        public StepOutcome accumulate(StepPlan plan) {
            StepOutcome outcome = model.accumulate(plan);
            if (plan.step() != step) {
                return outcome;
            }
            outcome.rowLosses()[place] = loss;
            return new StepOutcome(
                    loss, outcome.rowLosses(), outcome.metrics(), outcome.tokens(), outcome.paddingTokens());
        }

        @Override
        public void commit(StepPlan plan) {
            model.commit(plan);
        }

        @Override
        public int rows() {
            return model.rows();
        }

        @Override
        public int inputRow(int row) {
            return model.inputRow(row);
        }

        @Override
        public TokenBudget budget() {
            return model.budget();
        }

        @Override
        public boolean evaluates() {
            return true;
        }

        @Override
        public Evaluation evaluate() {
            return model.evaluate();
        }

        @Override
        public List<Saved> parts() {
            return model.parts();
        }
    }
}
