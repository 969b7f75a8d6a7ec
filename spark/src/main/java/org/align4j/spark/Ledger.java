package org.align4j.spark;

import java.util.List;
import java.util.Objects;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.options.ClusterOptions;

/** Keeps account of the rounds that a cluster takes; used by the driver's thread alone. */
final class Ledger {
    private static final double NANOS = 1e9;

    private final ClusterOptions cluster;
    private final ExecutorWatch watch;
    private final long opened = System.nanoTime();
    private long phase;
    private long rounds;
    private double broadcast;
    private double forwards;
    private double reduce;
    private double idle;
    private long bytesSent;
    private long bytesReceived;

    Ledger(ClusterOptions cluster, ExecutorWatch watch) {
        this.cluster = cluster;
        this.watch = watch;
    }

    /** A round begins. */
    void begin() {
        phase = System.nanoTime();
    }

    /**
     * What trains is on its way.
     *
     * @param bytes of it, which go to each executor
     */
    void sent(long bytes) {
        broadcast += elapsed();
        bytesSent += bytes * Math.max(1, watch.executors());
    }

    /** All answers of the round are here. */
    void taken(List<SliceAnswer> answers) {
        double seconds = elapsed();
        double computed = answers.stream().mapToLong(SliceAnswer::nanos).sum() / NANOS / Math.max(1, watch.cores());
        forwards += seconds;
        idle += Math.max(0, seconds - computed);
        bytesReceived += answers.stream()
                .map(SliceAnswer::gradients)
                .filter(Objects::nonNull)
                .mapToLong(gradients -> gradients.bytes().length)
                .sum();
    }

    /** The gradients of the round are added. */
    void reduced() {
        reduce += elapsed();
        rounds++;
    }

    private double elapsed() {
        long now = System.nanoTime();
        double seconds = (now - phase) / NANOS;
        phase = now;
        return seconds;
    }

    /** What all rounds took so far. */
    ClusterAccount account() {
        double whole = (System.nanoTime() - opened) / NANOS;
        return new ClusterAccount(
                Objects.requireNonNull(cluster.cluster()),
                cluster.slices(),
                watch.most(),
                watch.mostCores(),
                watch.lost(),
                cluster.executors().clusterMixed(),
                rounds,
                broadcast,
                forwards,
                reduce,
                whole - broadcast - forwards - reduce,
                idle,
                bytesSent,
                bytesReceived);
    }
}
