package org.align4j.desk.track;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.align4j.core.run.Run;
import org.align4j.desk.track.MlflowSending.Amount;
import org.jspecify.annotations.Nullable;

/** A run or a sweep, and the experiment of an MLflow server where it is shown; a sweep's trials are shown under it. */
final class TrackedFolder {
    private final Path folder;
    private final MlflowTarget target;
    private final MlflowServer server;
    private final MlflowSending sending;
    private @Nullable String parent;

    /**
     * Connects to nothing yet.
     *
     * @param folder of the run or the sweep
     * @param call the longest wait for the answer to a call
     * @param file the longest wait until a file is taken
     */
    TrackedFolder(Path folder, MlflowTarget target, Duration call, Duration file) {
        this.folder = folder;
        this.target = target;
        this.server = new MlflowServer(target.server(), call, file, System.getenv());
        this.sending = new MlflowSending(server, target, folder);
    }

    Path folder() {
        return folder;
    }

    MlflowTarget target() {
        return target;
    }

    private Subject subject() throws IOException {
        return Run.isOne(folder) ? Subject.of(new Run(folder)) : new SweepFolder(folder).subject();
    }

    /** Sends what the server lacks, waiting while another sender is at it. */
    Amount send() throws IOException {
        Subject subject = subject();
        String shownUnder = parent();
        try (SentFile kept = SentFile.await(folder)) {
            return sending.send(subject, kept, shownUnder);
        }
    }

    /** Returns the sweep's run at the server, which the first of its trials makes; null where this is no trial. */
    private @Nullable String parent() throws IOException {
        Path sweep = SweepFolder.above(folder);
        if (parent == null && sweep != null) {
            try (SentFile kept = SentFile.await(sweep)) {
                parent = new MlflowSending(server, target, sweep)
                        .place(new SweepFolder(sweep).subject(), kept, null)
                        .id();
            }
        }
        return parent;
    }

    /** Returns what the server lacks, in words; null where it lacks nothing. */
    @Nullable
    String missing() throws IOException {
        return MlflowSending.missing(subject(), SentFile.read(folder, target.text()));
    }
}
