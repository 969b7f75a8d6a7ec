package org.align4j.core.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.align4j.core.pack.PackedBatch;

/** What passes over packed batches took, for those who measure; see {@link Policy#logPasses}. */
public final class PassLog {
    private final List<Entry> entries = Collections.synchronizedList(new ArrayList<>());

    /**
     * One pass.
     *
     * @param differentiated whether it had a backward
     * @param bodyNanos of the layers, forward
     * @param headNanos of the log-probabilities, with their gradients by the hidden states where the head is frozen
     * @param backwardNanos of what is left of the backward
     */
    public record Entry(
            PackedBatch batch, boolean differentiated, long bodyNanos, long headNanos, long backwardNanos) {}

    void add(Entry entry) {
        entries.add(entry);
    }

    /** Returns the passes in the order in which they ended. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Forgets what was noted. */
    public void clear() {
        entries.clear();
    }
}
