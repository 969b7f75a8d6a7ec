package org.align4j.core.session.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.RunEvent;
import org.align4j.core.train.TrainingLog;

/**
 * Writes what a cluster took so far into the run's directory at each checkpoint, so that a killed driver leaves what its last checkpoint
 * took.
 */
public final class AccountedLog implements Consumer<RunEvent> {
    private final TrainingLog log;
    private final ReportFiles files;
    private final Supplier<ClusterAccount> account;
    private final List<ClusterAccount> earlier;

    /**
     * @param log gets what the cluster took, and damage
     * @param run the directory
     * @param account says what the cluster took since the run was begun or taken up
     */
    public AccountedLog(TrainingLog log, Path run, Supplier<ClusterAccount> account) {
        this.log = log;
        this.files = new ReportFiles(run);
        this.account = account;
        this.earlier = earlier();
    }

    private List<ClusterAccount> earlier() {
        try {
            return files.accounts();
        } catch (IOException | InputException damaged) {
            log.note(ReportFiles.CLUSTER + " can't be read (" + FileFailure.reason(damaged) + "); it begins again.");
            return List.of();
        }
    }

    /** Says what the cluster took, and writes it. */
    public void end() {
        ClusterAccount whole = account.get();
        log.note(whole.text());
        write(whole);
    }

    private void write(ClusterAccount current) {
        List<ClusterAccount> all = new ArrayList<>(earlier);
        all.add(current);
        try {
            files.writeAccounts(all);
        } catch (IOException e) {
            log.note(ReportFiles.CLUSTER + " could not be written: " + FileFailure.reason(e) + ".");
        }
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.Saved) {
            write(account.get());
        }
    }
}
