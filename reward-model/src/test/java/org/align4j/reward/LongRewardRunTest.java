package org.align4j.reward;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.GoldenLosses;
import org.align4j.core.cli.train.LongRuns;
import org.align4j.core.cli.train.SoakedRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of 40 steps, 10 or 5 an epoch, the last of them short: golden losses, and stops that change nothing. */
class LongRewardRunTest {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String[] PAIRS = {
        "--max-steps",
        "" + LongRuns.STEPS,
        "--keep",
        "99",
        "--batch-size",
        "9",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.1",
        "--samples",
        "0",
        "--report",
        "false",
        "--threads",
        "1"
    };
    private static final String[] STEPS = {
        "--model",
        TRACES.resolve("models").resolve("prm-a").toString(),
        "--data",
        TRACES.resolve("prm_full_short_last_batch").resolve("data.jsonl").toString(),
        "--batch-size",
        "4",
        "--eval-fraction",
        "0",
        "--centering",
        "0"
    };

    @TempDir
    private Path folder;

    private static List<String> words(String rows, Path out) {
        return RewardRuns.reward(out, rows.equals("steps") ? AlignRuns.concat(PAIRS, STEPS) : PAIRS);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"pairs", "steps"})
    void itsLossesAreGoldenAndStopsChangeNothing(String rows) throws IOException {
        LongRuns runs = new LongRuns(folder, out -> words(rows, out));
        GoldenLosses.check(runs.undisturbed(), rows);
        runs.stopAndResume();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pairs", "steps"})
    @EnabledIfSystemProperty(named = "align4j.soak", matches = "true")
    void nothingGrows(String rows) throws Exception {
        Path run = folder.resolve("run");
        String[] own = rows.equals("steps") ? STEPS : new String[0];
        SoakedRun.check(rows, run, RewardRuns.reward(run, SoakedRun.options(own)));
    }
}
