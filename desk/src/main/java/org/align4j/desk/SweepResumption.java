package org.align4j.desk;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.ResumeCommand.ResumableFolder;
import org.align4j.core.error.InputException;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.terminal.Terminal;

/** {@code align resume DIR} of a sweep's folder: goes on with the trials that aren't at their end. */
public final class SweepResumption implements ResumableFolder {
    /** Makes one. */
    public SweepResumption() {}

    @Override
    public boolean isOne(Path folder) {
        return SweepPlan.isIn(folder);
    }

    @Override
    public int resume(Path folder, Continuation how, Terminal terminal) throws IOException {
        if (!how.equals(Continuation.AS_BEFORE)) {
            throw new InputException(
                    folder
                            + " is a sweep, whose trials go on as they were planned; drop the other options, or resume one of its runs (trials/NNN).");
        }
        return SweepCommand.run(folder, terminal);
    }
}
