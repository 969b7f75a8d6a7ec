package org.align4j.reward;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.NotFiniteRuns;
import org.align4j.core.kernel.SpoiltKernels.Place;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reward runs, on answers and on steps, of which one number is NaN. */
class NotFiniteRewardTest {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String[] STEPS = {
        "--model",
        TRACES.resolve("models").resolve("prm-a").toString(),
        "--data",
        TRACES.resolve("prm_full_short_last_batch").resolve("data.jsonl").toString()
    };

    @TempDir
    private Path folder;

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void theRunOnPairsEndsSkipsOrGoesBackToTheLastBit(Place place) throws IOException {
        new NotFiniteRuns(folder, out -> RewardRuns.reward(out, NotFiniteRuns.options()), 1).check(place);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void theRunOnStepsEndsSkipsOrGoesBackToTheLastBit(Place place) throws IOException {
        String[] options = AlignRuns.concat(NotFiniteRuns.options(), STEPS);
        new NotFiniteRuns(folder, out -> RewardRuns.reward(out, options), 1).check(place);
    }
}
