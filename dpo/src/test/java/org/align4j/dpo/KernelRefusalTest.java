package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PairTokens;
import org.align4j.core.kernel.RefusedKernels;
import org.align4j.core.kernel.RefusedKernels.Moment;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kernel call of a step is refused memory, one after the other: the same rows go in smaller forwards, the gradient stays. */
class KernelRefusalTest {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");

    /** Steps of more calls are tried in part, but for the soak. */
    private static final int ALL = 30;

    private static final StepPlan STEP =
            new StepPlan(2, 1, 7, IntStream.range(0, 8).toArray());

    @TempDir
    Path folder;

    private TrainingSession<PairTokens> session;
    private DpoRecipe recipe;

    private void open(String... own) {
        String[] more = AlignRuns.concat(own, "--micro-batch-tokens", "320", "--reference-cache", "off");
        DpoOptions options =
                OptionsYaml.parse(AlignRuns.yaml(DpoRuns.dpo(folder.resolve("run"), more)), "test", DpoOptions.class);
        DpoMethod.OfRows<PairTokens> method = DpoMethod.paired(options);
        session = TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT);
        recipe = new DpoRecipe(session, options.plan(session.plan(), session.reference()));
    }

    private StepOutcome step() {
        return recipe.budget().withinMemory(() -> recipe.accumulate(STEP));
    }

    private List<float[]> gradients() {
        List<float[]> all = new ArrayList<>();
        for (Trainable tensor : session.policy().trainables().members()) {
            all.add(tensor.gradient().toFloatArray());
        }
        return all;
    }

    /** {@code |x - y| / |y|} over all tensors. */
    private static double difference(List<float[]> actual, List<float[]> expected) {
        double apart = 0;
        double length = 0;
        for (int tensor = 0; tensor < expected.size(); tensor++) {
            for (int i = 0; i < expected.get(tensor).length; i++) {
                double right = expected.get(tensor)[i];
                apart += Math.pow(actual.get(tensor)[i] - right, 2);
                length += right * right;
            }
        }
        return Math.sqrt(apart / length);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "sppo_hard"})
    void aRefusedCallChangesNoGradient(String loss) {
        open("--loss", loss, "--recompute", String.valueOf(loss.equals("sppo_hard")));
        try (TrainingSession<PairTokens> open = session) {
            assertThat(open.budget().tokens()).isEqualTo(320);
            assertNoCallMatters(Moment.BEFORE);
            assertNoCallMatters(Moment.AFTER);
        }
    }

    private void assertNoCallMatters(Moment moment) {
        recipe.budget().restore(320);
        StepOutcome usual = step();
        List<float[]> expected = gradients();
        List<String> calls;
        try (RefusedKernels kernels = RefusedKernels.counting()) {
            step();
            calls = kernels.calls();
        }
        assertThat(difference(gradients(), expected)).isZero();
        assertThat(calls).hasSizeGreaterThan(20).anyMatch(call -> call.contains("backward"));
        int stride = SOAK || calls.size() < ALL ? 1 : 8;
        for (int n = 1; n <= calls.size(); n += stride) {
            recipe.budget().restore(320);
            StepOutcome outcome;
            try (RefusedKernels kernels = RefusedKernels.at(n, moment)) {
                outcome = step();
                assertThat(kernels.calls().size()).isGreaterThan(n);
            }
            String what = n + ": " + calls.get(n - 1);
            // The flag of recording is set again at once.
            assertThat(recipe.budget().tokens())
                    .as(what)
                    .isIn(160, calls.get(n - 1).equals("grad_mode") ? 320 : 160);
            assertThat(outcome.loss()).as(what).isCloseTo(usual.loss(), within(1e-6));
            assertThat(difference(gradients(), expected)).as(what).isLessThan(1e-5);
        }
    }
}
