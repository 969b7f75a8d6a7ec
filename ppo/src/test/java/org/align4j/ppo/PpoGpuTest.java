package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PPO on a GPU: runs of the CPU, and a run that goes on. */
@OnGpu
class PpoGpuTest {
    private static final List<String> FIGURES =
            List.of("loss", "grad_norm", "objective/kl", "objective/scores", "objective/entropy", "responses/length");

    /** Sums in another order, over some steps: share of a figure, of 1 where it is smaller. */
    private static final double ROUNDING = 1e-3;

    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
    }

    private Path run(String name, String device, String... more) {
        AlignRuns.align(runs.words(name, AlignRuns.concat(new String[] {"--device", device}, more)));
        return runs.at(name);
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

    /** The draws come from Java: the same tokens are drawn where probabilities are the same to rounding. */
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "rloo", "grpo", "online-dpo"})
    void aRunIsThatOfTheCpu(String algorithm) throws IOException {
        String[] options = {"--algorithm", algorithm, "--samples-per-prompt", "4", "--max-steps", "2"};
        String[] fitting = algorithm.equals("ppo") ? new String[] {"--algorithm", "ppo", "--max-steps", "2"} : options;
        Path own = run("own", DeviceUnderTest.option(), fitting);
        assertClose(AlignRuns.steps(own), AlignRuns.steps(run("cpu", "cpu", fitting)));
    }

    @Test
    void aResumedRunRepeatsToRounding() throws IOException {
        String[] common = {"--algorithm", "ppo", "--save-every", "2"};
        Path undisturbed = run("undisturbed", DeviceUnderTest.option(), AlignRuns.concat(common, "--max-steps", "4"));
        Path resumed = run("resumed", DeviceUnderTest.option(), AlignRuns.concat(common, "--max-steps", "2"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "4"));
        assertClose(AlignRuns.steps(resumed), AlignRuns.steps(undisturbed));
    }
}
