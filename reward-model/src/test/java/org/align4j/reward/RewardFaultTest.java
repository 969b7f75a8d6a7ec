package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FaultSweep;
import org.align4j.core.cli.train.KernelSweep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reward runs, on answers and on steps, whose disk fails or loses power, resumed to the last bit. */
class RewardFaultTest {
    private static final String[] OPTIONS = {
        "--max-steps",
        "2",
        "--save-every",
        "1",
        "--keep",
        "1",
        "--eval-fraction",
        "0.2",
        "--report",
        "false",
        "--data",
        RewardRuns.PAIRS.toAbsolutePath().toString()
    };
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String[] STEPS = {
        "--model",
        TRACES.resolve("models").resolve("prm-a").toString(),
        "--data",
        TRACES.resolve("prm_full_short_last_batch")
                .resolve("data.jsonl")
                .toAbsolutePath()
                .toString()
    };

    @TempDir
    Path folder;

    private static List<String> processReward(Path out) {
        return RewardRuns.reward(out, AlignRuns.concat(OPTIONS, STEPS));
    }

    @Tag("long")
    @Test
    void rewardGoesOnAfterAnyFailure() throws IOException {
        FaultSweep sweep = new FaultSweep(folder, out -> RewardRuns.reward(out, OPTIONS));
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }

    @Tag("long")
    @Test
    void rewardGoesOnWhereMemoryIsRefused() throws IOException {
        assertThat(new KernelSweep(folder, out -> RewardRuns.reward(out, OPTIONS)).refusing(3))
                .isGreaterThanOrEqualTo(3);
    }

    @Tag("long")
    @Test
    void processRewardGoesOnAfterAnyFailure() throws IOException {
        FaultSweep sweep = new FaultSweep(folder, RewardFaultTest::processReward);
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }

    @Test
    void processRewardGoesOnWhereMemoryIsRefused() throws IOException {
        assertThat(new KernelSweep(folder, RewardFaultTest::processReward).refusing(3))
                .isGreaterThanOrEqualTo(3);
    }
}
