package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.TokenRow;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.LossCatalogue;
import org.align4j.dpo.loss.LossKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the loss, how its step is computed changes neither the loss nor the gradient: every row alone or packed, prompts shared
 * or not, logits in chunks of three positions, layers computed again, one forward or many. The policy has left its reference.
 */
class LossLayoutsTest {
    private static final int ROWS = 12;
    private static final List<String> LAYOUTS =
            List.of("packing false log-prob-chunk 3 recompute true", "prefix-sharing false micro-batch-tokens 70");

    @TempDir
    static Path folder;

    @SuppressWarnings("ArrayRecordComponent")
    private record Step(StepOutcome outcome, float[] gradient) {
        double figure(String name) {
            StepMetrics figures = outcome.metrics().with("loss", outcome.loss());
            return figures.get(name).orElseThrow();
        }
    }

    @BeforeAll
    static void trainsAnAdapter() {
        AlignRuns.align(DpoRuns.dpo(folder.resolve("start"), "--max-steps", "3", "--learning-rate", "1e-2"));
    }

    static Stream<LossKind> kinds() {
        return LossCatalogue.listed().stream();
    }

    private static Map<String, String> options(LossKind loss) {
        Map<String, String> options = new LinkedHashMap<>();
        Path rows = loss.isUnpaired() ? DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl") : DpoRuns.PAIRS;
        options.put("model", DpoRuns.MODEL.toString());
        options.put("data", rows.toString());
        options.put("adapter", folder.resolve("start").resolve("adapter").toString());
        boolean compares = Stream.of("orpo", "simpo", "cpo", "alphapo", "sft").noneMatch(loss.name()::equals);
        options.put("reference", compares ? "base" : "none");
        options.put("reference-cache", "off");
        options.put("loss", loss.toString());
        options.put("out", folder.resolve("unused").toString());
        options.put("dtype", "fp32");
        options.put("device", "cpu");
        options.put("max-length", "64");
        options.put("batch-size", String.valueOf(ROWS));
        options.put("micro-batch-tokens", "100000");
        options.put("recompute", "false");
        if (loss.name().equals("exo_pair")) {
            options.put("label-smoothing", "0.01");
        }
        if (loss.name().equals("rdpo")) {
            options.put("rdpo-alpha", "0.01");
        }
        return options;
    }

    private static Step step(LossKind loss, String layout) {
        Map<String, String> all = options(loss);
        String[] words = layout.isEmpty() ? new String[0] : layout.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            all.put(words[i], words[i + 1]);
        }
        StringBuilder yaml = new StringBuilder();
        all.forEach(
                (name, value) -> yaml.append(name).append(": ").append(value).append("\n"));
        DpoOptions options = OptionsYaml.parse(yaml.toString(), "test", DpoOptions.class);
        return step(DpoMethod.of(options));
    }

    /** The second step, with the reference's scores as they are kept. */
    private static <T extends TokenRow> Step step(DpoMethod.OfRows<T> method) {
        try (TrainingSession<T> session =
                TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT)) {
            StepOutcome outcome = new DpoRecipe(session, method.options().plan(session.plan(), session.reference()))
                    .accumulate(new StepPlan(2, 1, 7, IntStream.range(0, ROWS).toArray()));
            float[] gradient = new float[0];
            for (Trainable tensor : session.policy().trainables().members()) {
                float[] values = tensor.gradient().toFloatArray();
                int from = gradient.length;
                gradient = Arrays.copyOf(gradient, from + values.length);
                System.arraycopy(values, 0, gradient, from, values.length);
            }
            return new Step(outcome, gradient);
        }
    }

    private static double dot(float[] x, float[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (double) x[i] * y[i];
        }
        return sum;
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("kinds")
    void theWayOfComputingChangesNoStep(LossKind loss) {
        Step usual = step(loss, "");
        double norm = Math.sqrt(dot(usual.gradient(), usual.gradient()));
        assertThat(norm).isPositive();
        for (String layout : LAYOUTS) {
            Step other = step(loss, layout);
            for (String figure :
                    loss.isUnpaired() ? List.of("loss") : List.of("loss", "logps/chosen", "logps/rejected")) {
                double expected = usual.figure(figure);
                assertThat(other.figure(figure))
                        .as("%s %s", layout, figure)
                        .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
            }
            double length = Math.sqrt(dot(other.gradient(), other.gradient()));
            assertThat(length / norm).as(layout).isCloseTo(1, within(1e-4));
            assertThat(dot(usual.gradient(), other.gradient()) / length / norm)
                    .as(layout)
                    .isGreaterThanOrEqualTo(0.999999);
        }
    }
}
