package org.align4j.reward;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.KilledCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scores that are killed as they are written: the file is whole or not there, and comes when the command is run again. */
class KilledScoreTest {
    @TempDir
    Path folder;

    @Test
    void score() throws Exception {
        new KilledCommand(
                        folder,
                        place -> List.of(
                                "score",
                                "--model",
                                RewardRuns.MODEL.toString(),
                                "--data",
                                RewardRuns.PAIRS.toString(),
                                "--device",
                                "cpu",
                                "--dtype",
                                "fp32",
                                "--out",
                                place.resolve("out.jsonl").toString()))
                .check(0, "out.jsonl");
    }
}
