package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.NotFiniteRuns;
import org.align4j.core.kernel.SpoiltKernels.Place;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fine-tuning of which one number is NaN. */
class NotFiniteSftTest {
    private static final Path TEXTS = DpoRuns.TRACES.resolve("sft_lora").resolve("data.jsonl");

    @TempDir
    private Path folder;

    private static List<String> words(Path out) {
        List<String> words = new ArrayList<>(
                DpoRuns.dpo(out, NotFiniteRuns.options("--data", TEXTS.toString(), "--lora-dropout", "0.1")));
        words.set(0, "sft");
        return words;
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void theRunEndsSkipsOrGoesBackToTheLastBit(Place place) throws IOException {
        new NotFiniteRuns(folder, NotFiniteSftTest::words, 1).check(place);
    }
}
