package org.align4j.serve.tinker;

import java.nio.file.Path;

/**
 * Says how models in training are held, and how much of what they were called for is kept.
 *
 * @param calls how long calls and results are kept
 * @param idleMillis after which a model that nobody calls leaves memory
 * @param bytes that models in training may take together
 * @param snapshotCalls that a start makes again at most
 * @param snapshotBytes of calls that a start makes again at most
 */
public record TrainerSettings(
        ModelCalls.Settings calls, long idleMillis, long bytes, int snapshotCalls, long snapshotBytes) {
    private static final int CALLS = 64;
    private static final long BYTES = 64L << 20;

    /** Returns settings by which a start makes 64 calls again at most, or those of 64 MiB. */
    static TrainerSettings usual(Path folder, long idleMillis) {
        return new TrainerSettings(ModelCalls.Settings.usual(folder), idleMillis, Long.MAX_VALUE, CALLS, BYTES);
    }
}
