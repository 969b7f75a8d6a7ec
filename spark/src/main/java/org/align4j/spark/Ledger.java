package org.align4j.spark;

import java.util.Objects;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.cluster.NumberSegments;
import org.align4j.core.session.cluster.SliceAnswer;
import org.align4j.core.session.options.ClusterOptions;

/** Keeps account of the rounds that a cluster takes; used by the driver's thread alone. */
final class Ledger {
    private static final double NANOS = 1e9;

    private final ClusterOptions cluster;
    private final ExecutorWatch watch;
    private final long opened = System.nanoTime();
    private long phase;
    private long computedNanos;
    private long rounds;
    private double broadcast;
    private double forwards;
    private double reduce;
    private double idle;
    private long bytesSent;
    private long bytesReceived;
    private long bytesBetween;

    Ledger(ClusterOptions cluster, ExecutorWatch watch) {
        this.cluster = cluster;
        this.watch = watch;
    }

    /** Records that a round begins. */
    void begin() {
        computedNanos = 0;
        phase = System.nanoTime();
    }

    /**
     * Records that values came to the executors.
     *
     * @param bytes of all values
     * @param executors that they came to, sent once by the driver and then on by each to all others; 0: they aren't sent yet
     */
    void delivered(long bytes, int executors) {
        broadcast += elapsed();
        bytesSent += executors == 0 ? 0 : bytes;
        bytesBetween += bytes * Math.max(0, executors - 1);
    }

    /**
     * Records that the driver sent values to executors that came later.
     *
     * @param bytes of all values, which go to each of them
     */
    void sentAgain(long bytes, int executors) {
        bytesSent += bytes * executors;
    }

    /**
     * Records that executors added up what they hold.
     *
     * @param bytes of the sum, which the driver got
     * @param between bytes that executors got from each other
     */
    void summed(long bytes, long between) {
        bytesReceived += bytes;
        bytesBetween += between;
    }

    /** A slice of the round is taken. */
    void taken(SliceAnswer answer) {
        computedNanos += answer.nanos();
        NumberSegments gradients = answer.gradients();
        bytesReceived += gradients == null ? 0 : gradients.bytes();
    }

    /**
     * The gradients of the round are added.
     *
     * @param arrived when the last of them had come, by {@link System#nanoTime}
     */
    void reduced(long arrived) {
        double whole = elapsed();
        double after = (phase - arrived) / NANOS;
        forwards += whole - after;
        reduce += after;
        idle += Math.max(0, whole - after - computedNanos / NANOS / Math.max(1, watch.cores()));
        rounds++;
    }

    private double elapsed() {
        long now = System.nanoTime();
        double seconds = (now - phase) / NANOS;
        phase = now;
        return seconds;
    }

    /** Returns the account of all rounds so far. */
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
                bytesReceived,
                bytesBetween);
    }
}
