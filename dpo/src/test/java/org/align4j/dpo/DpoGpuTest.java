package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DPO on a GPU: TRL's runs, runs of the CPU, few bits, a run that goes on, memory that is refused. */
@OnGpu
class DpoGpuTest {
    private static final List<String> FIGURES =
            List.of("loss", "grad_norm", "rewards/margins", "logps/chosen", "logps/rejected");

    /** Sums in another order, over some steps: share of a figure, of 1 where it is smaller. */
    private static final double ROUNDING = 1e-3;

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> stepsOfTrl() {
        return TraceReferenceTest.traces(DeviceUnderTest.engine());
    }

    private Path run(String name, String device, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, AlignRuns.concat(new String[] {"--device", device}, more)));
        return out;
    }

    private static void assertClose(List<JsonNode> actual, List<JsonNode> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int step = 0; step < expected.size(); step++) {
            for (String figure : FIGURES) {
                double value = expected.get(step).get(figure).asDouble();
                assertThat(actual.get(step).get(figure).asDouble())
                        .as("step %d %s", step + 1, figure)
                        .isCloseTo(value, within(ROUNDING * Math.max(1, Math.abs(value))));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"lora,false", "lora,true", "full,false", "qlora,true"})
    void aRunIsThatOfTheCpu(String method, String recompute) throws IOException {
        String[] options = {"--method", method, "--recompute", recompute, "--max-steps", "5"};
        Path own = run("own", DeviceUnderTest.option(), options);
        assertClose(AlignRuns.steps(own), AlignRuns.steps(run("cpu", "cpu", options)));
    }

    /** Log-probabilities of few bits are those of the policy and of its reference until the first step. */
    @ParameterizedTest
    @ValueSource(strings = {"nf4", "int8"})
    void fewBitsInBf16StartWhereBothAreEqual(String scheme) throws IOException {
        Path out = run(
                "run",
                DeviceUnderTest.option(),
                "--method",
                "qlora",
                "--quantization",
                scheme,
                "--dtype",
                "bf16",
                "--max-steps",
                "3");
        List<JsonNode> steps = AlignRuns.steps(out);
        assertThat(steps.get(0).get("loss").asDouble()).isCloseTo(Math.log(2), within(0.01));
        assertThat(steps.get(2).get("rewards/margins").asDouble()).isNotZero().isBetween(-5.0, 5.0);
    }

    @Test
    void aResumedRunRepeatsToRounding() throws IOException {
        String[] common = {"--schedule", "constant", "--save-every", "2"};
        Path undisturbed = run("undisturbed", DeviceUnderTest.option(), AlignRuns.concat(common, "--max-steps", "6"));
        Path resumed = run("resumed", DeviceUnderTest.option(), AlignRuns.concat(common, "--max-steps", "3"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "6"));
        assertClose(AlignRuns.steps(resumed), AlignRuns.steps(undisturbed));
    }

    /** Asks a kernel for more memory than any machine has. */
    private static void exhaust() {
        Engine engine = DeviceUnderTest.engine();
        try (Scope scope = engine.open()) {
            GenerationKernels.newCache(scope, scope.zeros(2, 2), 1 << 20, 1 << 10, 1 << 10, 1 << 10);
        }
    }

    /** Step 3 is computed whole, then refused with 320 and with 160 tokens; what the engine throws is its own. */
    @Test
    void afterMemoryIsRefusedForwardsAreHalved() throws IOException {
        String[] options = {
            "--max-steps", "5", "--micro-batch-tokens", "320", "--device", DeviceUnderTest.option(), "--loss", "sigmoid"
        };
        Path usual = DpoMemoryTest.run(
                folder.resolve("usual"),
                new RefusingObjective.Refusal(-1, DpoMemoryTest.ROOM, true, DpoGpuTest::exhaust),
                options);
        Path refused = DpoMemoryTest.run(
                folder.resolve("refused"),
                new RefusingObjective.Refusal(3, DpoMemoryTest.ROOM, true, DpoGpuTest::exhaust),
                options);
        assertClose(AlignRuns.steps(refused), AlignRuns.steps(usual));
        assertThat(Files.readString(refused.resolve("warnings.json"))).contains("out-of-memory", "320", "80");
        assertThat(usual.resolve("checkpoints/step-000005/memory.json")).doesNotExist();
    }
}
