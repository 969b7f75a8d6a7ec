package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DPO runs that keep each epoch's adapter. */
class EpochAdaptersRunTest {
    private static final String[] KEPT = {"--epoch-adapters", "true", "--keep", "1"};

    @TempDir
    Path folder;

    /** What is kept of the first epoch is what a run of one epoch ends with, and an adapter that others can begin with. */
    @Test
    void anEpochsAdapterIsThatOfARunThatEndsThere() throws IOException {
        Path two = folder.resolve("two");
        AlignRuns.align(DpoRuns.dpo(two, AlignRuns.concat(KEPT, "--epochs", "2", "--schedule", "constant")));
        int half = AlignRuns.steps(two).size() / 2;
        Path one = folder.resolve("one");
        AlignRuns.align(DpoRuns.dpo(one, "--epochs", "1", "--schedule", "constant"));
        Path kept = two.resolve("adapters").resolve(String.format("step-%06d", half));
        for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
            assertThat(kept.resolve(file))
                    .hasSameBinaryContentAs(one.resolve("adapter").resolve(file));
            assertThat(two.resolve("adapters")
                            .resolve(String.format("step-%06d", 2 * half))
                            .resolve(file))
                    .hasSameBinaryContentAs(two.resolve("adapter").resolve(file));
        }
        AlignRuns.align(DpoRuns.dpo(folder.resolve("further"), "--adapter", kept.toString(), "--max-steps", "1"));
    }

    @Test
    void whatTrainsNoAdapterHasNone() {
        assertThat(AlignRuns.ends(2, DpoRuns.dpo(folder.resolve("full"), AlignRuns.concat(KEPT, "--method", "full"))))
                .contains("epoch-adapters is true but method full trains no adapter");
    }
}
