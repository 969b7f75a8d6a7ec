package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FaultSweep;
import org.align4j.core.cli.train.KernelSweep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PPO and GRPO runs whose disk fails or loses power, resumed to the last bit. */
class PpoFaultTest {
    private static final String[] OPTIONS = {
        "--max-steps", "2", "--save-every", "1", "--keep", "1", "--eval-fraction", "0.2"
    };

    @TempDir
    Path folder;

    private FaultSweep.Command words(String algorithm) throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        String[] own = AlignRuns.concat(OPTIONS, "--algorithm", algorithm);
        return out -> runs.words("run", AlignRuns.concat(own, "--out", out.toString()));
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    void goesOnWhereMemoryIsRefused(String algorithm) throws IOException {
        assertThat(new KernelSweep(folder, words(algorithm)).refusing(2)).isGreaterThanOrEqualTo(2);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    void goesOnAfterAnyFailure(String algorithm) throws IOException {
        FaultSweep sweep = new FaultSweep(folder, words(algorithm));
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }
}
