package org.align4j.core.policy.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.PassWatch;

/** Notes what passes took, each when it ends; several threads may have passes at a time. */
public final class PassLog implements PassWatch.Source {
    private final DeviceGauge clock;
    private final List<Entry> entries = Collections.synchronizedList(new ArrayList<>());

    /**
     * Holds the sizes and times of one pass.
     *
     * @param differentiated whether it had a backward
     * @param bodyNanos of the layers, forward
     * @param headNanos of the log-probabilities, with their gradients by the hidden states where the head is frozen
     * @param backwardNanos of what is left of the backward
     */
    public record Entry(
            PackedBatch batch, boolean differentiated, long bodyNanos, long headNanos, long backwardNanos) {}

    /** @param clock of the device that computes the passes */
    public PassLog(DeviceGauge clock) {
        this.clock = clock;
    }

    @Override
    public PassWatch begin(PackedBatch batch) {
        long begun = clock.nanoTime();
        Map<PassWatch.PassPhase, Long> at = new EnumMap<>(PassWatch.PassPhase.class);
        return moment -> {
            at.put(moment, clock.nanoTime());
            if (moment == PassWatch.PassPhase.CLOSED) {
                entries.add(entry(batch, begun, at));
            }
        };
    }

    private static Entry entry(PackedBatch batch, long begun, Map<PassWatch.PassPhase, Long> at) {
        long hidden = at.getOrDefault(PassWatch.PassPhase.HIDDEN, begun);
        long scored = at.getOrDefault(PassWatch.PassPhase.SCORED, hidden);
        long closed = at.getOrDefault(PassWatch.PassPhase.CLOSED, scored);
        long differentiating = at.getOrDefault(PassWatch.PassPhase.DIFFERENTIATING, closed);
        return new Entry(
                batch,
                at.containsKey(PassWatch.PassPhase.DIFFERENTIATING),
                hidden - begun,
                scored - hidden,
                closed - differentiating);
    }

    /** Lists the passes in the order in which they ended. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Forgets what was noted. */
    public void clear() {
        entries.clear();
    }
}
