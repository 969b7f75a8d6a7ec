package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** Runs of 40 steps, 13 an epoch, the last of them short: golden losses, and stops that change nothing. */
class LongDpoRunTest {
    private static final String[] OPTIONS = {
        "--max-steps",
        "" + LongRuns.STEPS,
        "--keep",
        "99",
        "--batch-size",
        "7",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.1",
        "--samples",
        "0",
        "--threads",
        "1"
    };

    @TempDir
    private Path folder;

    private static List<String> words(String method, Path out, String... options) {
        String data = method.equals("sft") ? "sft_lora" : "dpo_sigmoid_lora_b4";
        List<String> words = new ArrayList<>(DpoRuns.dpo(
                out,
                AlignRuns.concat(
                        options,
                        "--data",
                        DpoRuns.TRACES.resolve(data).resolve("data.jsonl").toString())));
        words.set(0, method);
        return words;
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"dpo", "sft"})
    void itsLossesAreGoldenAndStopsChangeNothing(String method) throws IOException {
        LongRuns runs = new LongRuns(folder, out -> words(method, out, OPTIONS));
        GoldenLosses.check(runs.undisturbed(), method);
        runs.stopAndResume();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo", "sft"})
    @EnabledIfSystemProperty(named = "align4j.soak", matches = "true")
    void nothingGrows(String method) throws Exception {
        Path run = folder.resolve("run");
        SoakedRun.check(method, run, words(method, run, SoakedRun.options("--batch-size", "4")));
    }
}
