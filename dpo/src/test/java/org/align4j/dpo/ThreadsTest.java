package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forwards of a step go side by side where a process has several threads; figures and adapter stay the same bits. */
class ThreadsTest {
    private static final String[] OPTIONS = {
        "--max-steps",
        "4",
        "--micro-batch-tokens",
        "64",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.2",
        "--dtype",
        "bf16",
        "--samples",
        "0"
    };

    @TempDir
    Path folder;

    private Path run(int threads) throws IOException, InterruptedException {
        Path out = folder.resolve("threads-" + threads);
        String[] options = Arrays.copyOf(OPTIONS, OPTIONS.length + 2);
        options[OPTIONS.length] = "--threads";
        options[OPTIONS.length + 1] = String.valueOf(threads);
        ChildAlign child = ChildAlign.start(DpoRuns.dpo(out, options));
        String log = child.readAll();
        assertThat(child.end()).as(log).isZero();
        return out;
    }

    @Tag("long")
    @Test
    void anyNumberOfThreadsGivesTheSameRun() throws Exception {
        Path one = run(1);
        for (int threads : new int[] {2, 3}) {
            Path several = run(threads);
            assertThat(AlignRuns.metrics(several)).isEqualTo(AlignRuns.metrics(one));
            assertThat(AlignRuns.product(several).path())
                    .hasSameBinaryContentAs(AlignRuns.product(one).path());
        }
    }
}
