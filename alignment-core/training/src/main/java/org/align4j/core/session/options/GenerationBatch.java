package org.align4j.core.session.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/**
 * Holds how many answers are generated in one batch. How scores are rounded depends on that, and so may an answer; so it never
 * depends on who makes them.
 *
 * @param asked answers in a batch; 0: no batches; null: auto
 * @param executors who makes them
 */
public record GenerationBatch(@Nullable Integer asked, ExecutorOptions executors) {
    /** Describes the option. */
    public static final String HELP =
            "Answers made together, whole prompts; more are faster, fewer let more executors share the work; 0: a waiting answer takes the place of one that ended; auto is 0, on a cluster 16.";

    private static final int USUAL = 16;

    /** Checks ranges. */
    public GenerationBatch {
        if (asked != null && asked < 0) {
            throw new InputException(format("generation-batch is %d but must be 0 or more; 16 is usual.", asked));
        }
        if (asked != null && asked == 0 && executors.isUsed()) {
            throw new InputException("generation-batch is 0 but cluster is " + executors.cluster()
                    + ", whose executors take batches; give 1 or more, or leave cluster out.");
        }
    }

    /** Returns the answers in a batch; 0: there are none. */
    public int answers() {
        return asked != null ? asked : executors.isUsed() ? USUAL : 0;
    }
}
