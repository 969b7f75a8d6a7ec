package org.align4j.core.session.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.RunEvent;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountedLogTest {
    @TempDir
    Path run;

    private final List<String> said = new ArrayList<>();
    private final TrainingLog log = new TrainingLog(event -> said.add(((RunEvent.Progress) event).label()));

    private static ClusterAccount taken(long rounds) {
        return new ClusterAccount("local-cluster[1,1,1024]", 4, 1, 1, 0, false, rounds, 1, 2, 3, 4, 0, 5, 6, 7);
    }

    @Test
    void aKilledDriverLeavesTheAccountOfItsLastCheckpoint() throws IOException {
        List<ClusterAccount> now = new ArrayList<>(List.of(taken(2), taken(5)));
        AccountedLog killed = new AccountedLog(log, run, () -> now.remove(0));
        killed.accept(new RunEvent.Saved(2, "step-000002"));
        killed.accept(new RunEvent.Saved(5, "step-000005"));
        assertThat(new ReportFiles(run).accounts()).containsExactly(taken(5));

        new AccountedLog(log, run, () -> taken(3)).end();
        assertThat(new ReportFiles(run).accounts()).containsExactly(taken(5), taken(3));
        assertThat(said).last().asString().contains("took 3 rounds");
    }

    @Test
    void aDamagedFileIsSaidAndBeginsAnew() throws IOException {
        Files.writeString(run.resolve("cluster.json"), "[{]");
        new AccountedLog(log, run, () -> taken(1)).accept(new RunEvent.Saved(1, "step-000001"));
        assertThat(said).first().asString().contains("cluster.json can't be read", "begins again");
        assertThat(new ReportFiles(run).accounts()).containsExactly(taken(1));
    }
}
