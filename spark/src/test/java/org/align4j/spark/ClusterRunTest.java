package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose forwards executors take are those of one machine with the same slices, byte for byte. */
class ClusterRunTest {
    @TempDir
    Path folder;

    @Test
    void dpoOnTwoExecutorsIsThatOfThisMachine() throws IOException {
        Path two = dpo("two", "--cluster", "local-cluster[2,1,1024]", "--report", "true");
        AlignRuns.assertSame(two, dpo("plain"));
        assertTells(two);
    }

    @Tag("long")
    @Test
    void twoTasksSideBySideOnOneExecutorAreThoseOfThisMachine() throws IOException {
        AlignRuns.assertSame(dpo("one", "--cluster", "local-cluster[1,2,1024]"), dpo("plain"));
    }

    private static void assertTells(Path run) throws IOException {
        JsonNode account = AlignRuns.json(run.resolve("cluster.json")).get(0);
        assertThat(account.get("place").asText()).isEqualTo("local-cluster[2,1,1024]");
        assertThat(account.get("cores").asInt()).isEqualTo(2);
        long rounds = account.get("rounds").asLong();
        assertThat(rounds).isGreaterThanOrEqualTo(5); // three steps between two evaluations
        long values = AlignRuns.json(run.resolve("manifest.json"))
                .get("trained_parameters")
                .asLong();
        assertThat(account.get("bytes_sent").asLong()).isEqualTo(4 * values * rounds);
        assertThat(account.get("bytes_received").asLong()).isEqualTo((3 + 1) * 4 * values); // steps and a trial, bytes
        // Half of the values goes on to the other executor each way, and so does half of the gradients.
        assertThat(account.get("bytes_between").asLong()).isBetween(4 * values * rounds, 4 * values * (rounds + 4));
        assertThat(run.resolve("report.html")).content().contains("<h2>Cluster</h2>", "local-cluster[2,1,1024]");
        assertThat(run.resolve("metrics.jsonl")).content().contains("\"seconds_forwards\":");
    }

    /** Runs of earlier versions, whose slices' gradients the driver adds. */
    @Tag("long")
    @Test
    void slicesInSequenceAreThoseOfThisMachine() throws IOException {
        String[] order = {"--gradient-order", "sequence"};
        Path plain = dpo("plain", order);
        AlignRuns.assertSame(dpo("two", AlignRuns.concat(order, "--cluster", "local-cluster[2,1,1024]")), plain);
        assertThat(AlignRuns.json(folder.resolve("two").resolve("cluster.json"))
                        .get(0)
                        .get("bytes_received")
                        .asLong())
                .isGreaterThanOrEqualTo(3 * 4 * 4L); // steps, slices, bytes
    }

    @Tag("long")
    @Test
    void aLossOfTheWholeBatchThatRemembersIsThatOfThisMachine() throws IOException {
        String[] loss = {"--loss", "beta_dpo", "--lora-dropout", "0.1"};
        AlignRuns.assertSame(
                dpo("two", AlignRuns.concat(loss, "--cluster", "local-cluster[2,1,1024]")), dpo("plain", loss));
    }

    @Tag("long")
    @Test
    void ppoOnTwoExecutorsIsThatOfThisMachine() throws IOException {
        Path plain = ppo("plain");
        AlignRuns.assertSame(ppo("two", "--cluster", "local-cluster[2,1,1024]"), plain);
    }

    private Path ppo(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(TinyRuns.ppo(out, AlignRuns.concat(more, "--max-steps", "2")));
        return out;
    }

    private Path dpo(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(TinyRuns.dpo(out, more));
        return out;
    }
}
