package org.align4j.core.files;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One part of a run's state that a checkpoint holds: the policy's adapter, the optimizer's moments, what a loss
 * remembers from step to step. Each part owns its file names within the checkpoint and writes every bit it needs to go
 * on exactly; random numbers need no state where they follow from (seed, step).
 */
public interface Saved {
    /**
     * Writes this part of the state into a checkpoint.
     *
     * @param checkpoint the checkpoint's directory, still aside under another name; it exists. Files need no fsync and
     *     no temporary names ({@link FreshFile}): the checkpoint appears as a whole or not at all
     */
    void save(Path checkpoint) throws IOException;

    /**
     * Loads this part of the state from a checkpoint.
     *
     * @param checkpoint a directory whose hashes have been checked
     */
    void load(Path checkpoint) throws IOException;
}
