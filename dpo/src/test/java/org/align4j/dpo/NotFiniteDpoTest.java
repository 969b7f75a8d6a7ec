package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PairTokens;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real steps with something in step 3 that is not finite, of a loss that judges the whole batch and remembers earlier ones. */
class NotFiniteDpoTest {
    private static final int STEP = 3;
    private static final String[] OPTIONS = {
        "--max-steps",
        "5",
        "--save-every",
        "1",
        "--keep",
        "9",
        "--loss",
        "bco_pair",
        "--lora-dropout",
        "0.1",
        "--samples",
        "0",
        "--threads",
        "1"
    };

    @TempDir
    private Path folder;

    /** What is spoilt once the gradient of step 3 is there. */
    private enum Spoilt {
        NOTHING,
        LOSS,
        GRADIENT,
        WEIGHT
    }

    /** An objective that is spoilt, once of a weight, always of the others. */
    private static final class Spoiling implements Objective {
        private final Objective objective;
        private final TrainingSession<?> session;
        private final Spoilt spoilt;
        private boolean done;

        Spoiling(Objective objective, TrainingSession<?> session, Spoilt spoilt) {
            this.objective = objective;
            this.session = session;
            this.spoilt = spoilt;
        }

        @Override
        public StepOutcome accumulate(StepPlan plan) {
            StepOutcome outcome = objective.accumulate(plan);
            if (plan.step() != STEP || done) {
                return outcome;
            }
            Trainable member = session.policy().trainables().members().get(1);
            switch (spoilt) {
                case LOSS -> {
                    double[] losses = outcome.rowLosses().clone();
                    losses[1] = Double.NaN;
                    done = true;
                    return new StepOutcome(Double.NaN, losses, outcome.metrics(), outcome.tokens(), 0);
                }
                case GRADIENT -> spoil(member.gradient());
                case WEIGHT -> {
                    spoil(member.master());
                    done = true;
                }
                default -> {}
            }
            return outcome;
        }

        private void spoil(NDArray tensor) {
            try (Scope scope = session.policy().base().engine().open()) {
                float[] values = TensorKernels.toFloats(scope, tensor);
                values[1] = Float.NaN;
                TensorKernels.fill(
                        scope, tensor, scope.floats(values, tensor.getShape().getShape()));
            }
        }

        @Override
        public void commit(StepPlan plan) {
            objective.commit(plan);
        }

        @Override
        public void skipStep(StepPlan plan) {
            objective.skipStep(plan);
        }

        @Override
        public int rows() {
            return objective.rows();
        }

        @Override
        public int inputRow(int row) {
            return objective.inputRow(row);
        }

        @Override
        public TokenBudget budget() {
            return objective.budget();
        }

        @Override
        public boolean evaluates() {
            return objective.evaluates();
        }

        @Override
        public Evaluation evaluate() {
            return objective.evaluate();
        }

        @Override
        public List<Saved> parts() {
            return objective.parts();
        }
    }

    private Path run(String name, Spoilt spoilt, String onNan) {
        Path out = folder.resolve(name);
        String[] options = AlignRuns.concat(OPTIONS, "--on-nan", onNan);
        DpoOptions parsed = OptionsYaml.parse(AlignRuns.yaml(DpoRuns.dpo(out, options)), "test", DpoOptions.class);
        DpoMethod.OfRows<PairTokens> method = DpoMethod.paired(parsed);
        try (TrainingSession<PairTokens> session =
                TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT)) {
            DpoPlan plan = parsed.plan(session.plan(), session.reference());
            TrainingRun<PairTokens> run = TrainingRun.begin(session, OptionsYaml.write(plan.options()), null);
            try (RunDirectory directory = run.run()) {
                run.train(new Spoiling(new DpoRecipe(session, plan), session, spoilt), Supplement.NONE);
                assertThat(directory.isInPlace()).isTrue();
            }
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource(names = {"LOSS", "GRADIENT"})
    void aSkippedStepMovesNoBit(Spoilt spoilt) throws IOException {
        Path run = run("run", spoilt, "skip");
        Path before = run.resolve("checkpoints/step-000002");
        for (String file :
                List.of("adapter/adapter_model.safetensors", "optimizer.safetensors", "optimizer.json", "loss.json")) {
            assertThat(run.resolve("checkpoints/step-000003").resolve(file))
                    .hasSameBinaryContentAs(before.resolve(file));
        }
        JsonNode line = AlignRuns.steps(run).get(STEP - 1);
        assertThat(line.get("num_skipped").asInt()).isEqualTo(8);
        assertThat(AlignRuns.steps(run).get(STEP).has("num_skipped")).isFalse();
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("done");
    }

    @Test
    void goingBackMendsWeightsToTheLastBit() throws IOException {
        Path mended = run("mended", Spoilt.WEIGHT, "roll-back");
        Path usual = run("usual", Spoilt.NOTHING, "roll-back");
        assertThat(AlignRuns.product(mended).path())
                .hasSameBinaryContentAs(AlignRuns.product(usual).path());
        assertThat(AlignRuns.steps(mended).get(STEP - 1).get("num_rolled_back").asInt())
                .isEqualTo(1);
        for (String file : List.of("optimizer.safetensors", "loss.json")) {
            assertThat(mended.resolve("checkpoints/step-000005").resolve(file))
                    .hasSameBinaryContentAs(
                            usual.resolve("checkpoints/step-000005").resolve(file));
        }
    }

    /** The second row of step 3 goes; the step's other seven are judged together without it. */
    @Test
    void goingBackLeavesOutTheRowToBlame() throws IOException {
        Path run = run("run", Spoilt.LOSS, "roll-back");
        JsonNode step = AlignRuns.steps(run).get(STEP - 1);
        assertThat(step.get("num_left_out").asInt()).isEqualTo(1);
        assertThat(step.get("loss").isNull()).isFalse();
        JsonNode told = AlignRuns.json(run.resolve("manifest.json")).get("not_finite");
        assertThat(told).hasSize(1);
        assertThat(told.get(0).get("rows")).hasSize(1);
        assertThat(AlignRuns.steps(run))
                .extracting(line -> line.get("step").asInt())
                .containsExactly(1, 2, 3, 4, 5);
    }
}
