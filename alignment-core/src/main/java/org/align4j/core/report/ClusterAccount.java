package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds the time, traffic and executors that a cluster's forwards took.
 *
 * @param place who they are
 * @param slices of a step at most
 * @param executors processes, the most at a time
 * @param cores of them: forwards at a time
 * @param lost executors that went away before the end
 * @param mixed whether they may round otherwise than this machine
 * @param rounds that were taken
 * @param broadcastSeconds until what trains was on its way
 * @param forwardsSeconds until all answers of a round were here
 * @param reduceSeconds from then on, until the slices' gradients were added
 * @param driverSeconds for all that happened between rounds
 * @param idleSeconds of {@code forwardsSeconds} in which a core computed nothing, on average over the cores
 * @param bytesSent of values to all executors
 * @param bytesReceived of gradients
 * @param bytesBetween executors, of values and gradients
 */
public record ClusterAccount(
        String place,
        int slices,
        int executors,
        int cores,
        int lost,
        boolean mixed,
        long rounds,
        double broadcastSeconds,
        double forwardsSeconds,
        double reduceSeconds,
        double driverSeconds,
        double idleSeconds,
        long bytesSent,
        long bytesReceived,
        long bytesBetween) {

    /** Returns the traffic and time of the cluster since an earlier account. */
    public ClusterAccount since(ClusterAccount before) {
        return new ClusterAccount(
                place,
                slices,
                executors,
                cores,
                lost - before.lost,
                mixed,
                rounds - before.rounds,
                broadcastSeconds - before.broadcastSeconds,
                forwardsSeconds - before.forwardsSeconds,
                reduceSeconds - before.reduceSeconds,
                driverSeconds - before.driverSeconds,
                idleSeconds - before.idleSeconds,
                bytesSent - before.bytesSent,
                bytesReceived - before.bytesReceived,
                bytesBetween - before.bytesBetween);
    }

    /** The share of the executors' time in which they computed nothing while forwards were taken; 0 where none were. */
    public double idleShare() {
        return forwardsSeconds > 0 ? idleSeconds / forwardsSeconds : 0;
    }

    /** Returns the account's figures by name, for JSON. */
    public Map<String, Object> entries() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("place", place);
        entries.put("slices", slices);
        entries.put("executors", executors);
        entries.put("cores", cores);
        entries.put("lost", lost);
        entries.put("mixed", mixed);
        entries.put("rounds", rounds);
        entries.put("bytes_sent", bytesSent);
        entries.put("bytes_received", bytesReceived);
        entries.put("bytes_between", bytesBetween);
        entries.put("idle_share", idleShare());
        return entries;
    }

    /**
     * Returns the shares of what took some seconds: {@code computing} is forwards and backwards, {@code idle} what executors waited for
     * while they were taken, {@code driver} all that is no round.
     */
    public Map<String, Object> shares(double seconds) {
        Map<String, Object> shares = new LinkedHashMap<>();
        shares.put("computing", (forwardsSeconds - idleSeconds) / seconds);
        shares.put("idle", idleSeconds / seconds);
        shares.put("broadcast", broadcastSeconds / seconds);
        shares.put("reduce", reduceSeconds / seconds);
        shares.put("driver", 1 - (forwardsSeconds + broadcastSeconds + reduceSeconds) / seconds);
        return shares;
    }

    /** Returns the account as one sentence. */
    public String text() {
        return format(
                "%d executors of %s (%d cores) took %,d rounds: %.1f s of broadcast, %.1f s of forwards (%.0f %% idle), %.1f s of reduce,"
                        + " %.1f s of the driver; %,.1f MB sent, %,.1f MB received, %,.1f MB between executors.",
                executors,
                place,
                cores,
                rounds,
                broadcastSeconds,
                forwardsSeconds,
                100 * idleShare(),
                reduceSeconds,
                driverSeconds,
                bytesSent / 1e6,
                bytesReceived / 1e6,
                bytesBetween / 1e6);
    }
}
