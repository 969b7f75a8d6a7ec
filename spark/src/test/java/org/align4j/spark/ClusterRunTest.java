package org.align4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose forwards executors take are those of one machine with the same slices, byte for byte. */
class ClusterRunTest {
    @TempDir
    Path folder;

    @Test
    void dpoOnOneAndOnTwoExecutorsIsThatOfThisMachine() throws IOException {
        Path plain = dpo("plain");
        AlignRuns.assertSame(dpo("one", "--cluster", "local-cluster[1,2,1024]"), plain); // two tasks side by side
        AlignRuns.assertSame(dpo("two", "--cluster", "local-cluster[2,1,1024]"), plain);
    }

    @Test
    void aLossOfTheWholeBatchThatRemembersIsThatOfThisMachine() throws IOException {
        String[] loss = {"--loss", "beta_dpo", "--lora-dropout", "0.1"};
        AlignRuns.assertSame(
                dpo("two", AlignRuns.concat(loss, "--cluster", "local-cluster[2,1,1024]")), dpo("plain", loss));
    }

    private Path dpo(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(TinyRuns.dpo(out, more));
        return out;
    }
}
