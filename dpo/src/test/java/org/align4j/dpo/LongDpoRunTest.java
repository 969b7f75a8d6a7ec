package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.GoldenLosses;
import org.align4j.core.cli.train.LongRuns;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of 40 steps, 13 an epoch, the last of them short: golden losses, and stops that change nothing. */
class LongDpoRunTest {
    private static final String[] OPTIONS = {
        "--max-steps", "" + LongRuns.STEPS, "--batch-size", "7", "--lora-dropout", "0.1", "--eval-fraction", "0.1",
        "--samples", "0", "--threads", "1"
    };

    @TempDir
    private Path folder;

    private static List<String> words(String method, Path out) {
        String data = method.equals("sft") ? "sft_lora" : "dpo_sigmoid_lora_b4";
        List<String> words = new ArrayList<>(DpoRuns.dpo(
                out,
                AlignRuns.concat(
                        OPTIONS,
                        "--data",
                        DpoRuns.TRACES.resolve(data).resolve("data.jsonl").toString())));
        words.set(0, method);
        return words;
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo", "sft"})
    void itsLossesAreGoldenAndStopsChangeNothing(String method) throws IOException {
        LongRuns runs = new LongRuns(folder, out -> words(method, out));
        GoldenLosses.check(runs.undisturbed(), method);
        runs.stopAndResume();
    }
}
