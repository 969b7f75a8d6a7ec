package org.align4j.core.session.options;

import static org.align4j.core.error.RootFormat.format;

import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * Which machines take the forwards of a step: a group of options.
 *
 * @param cluster the master of an Apache Spark cluster; null: this machine takes them
 * @param gradientSlices runs of forwards whose gradients are summed each in a buffer of its own; null: auto
 * @param clusterTimeout seconds
 * @param clusterMixed whether executors may differ in what decides rounding
 */
@Heading("Cluster")
public record ClusterOptions(
        @Option(
                help =
                        "Master of an Apache Spark cluster whose executors take the forwards: spark://HOST:PORT, yarn, k8s://URL or local-cluster[N,cores,MiB].",
                unset = "none")
        @Nullable
        String cluster,

        @Option(
                help =
                        "Parts of a step whose gradients are summed apart; more let more executors share a step and send more bytes; auto is none on one machine.",
                unset = "auto")
        @Nullable
        Integer gradientSlices,

        @Option(help = "Seconds until an executor that is silent is replaced; more wait longer.", defaultValue = "60")
        int clusterTimeout,

        @Option(help = "Accept executors whose processors round otherwise; the run then can't be repeated bit for bit.")
        boolean clusterMixed) {
    private static final Pattern MASTER =
            Pattern.compile("spark://[^\\s:]+:\\d+\\S*|yarn|k8s://\\S+|local-cluster\\[ *\\d+ *, *\\d+ *, *\\d+ *]");
    private static final int MOST_SLICES = 1024;
    private static final int USUAL_SLICES = 8;
    private static final int SLICES_OF_WHOLE_MODELS = 2;
    static final int USUAL_TIMEOUT = 60;

    /** One machine, no slices. */
    public static final ClusterOptions NONE = new ClusterOptions(null, null, USUAL_TIMEOUT, false);

    /** Checks ranges. */
    public ClusterOptions {
        if (cluster != null && !MASTER.matcher(cluster).matches()) {
            throw new InputException("cluster is " + Shortened.of(cluster)
                    + " but must be spark://HOST:PORT, yarn, k8s://URL, or local-cluster[N,cores,MiB].");
        }
        if (gradientSlices != null && (gradientSlices < 0 || gradientSlices > MOST_SLICES)) {
            throw new InputException(
                    format("gradient-slices is %d but must be 0 to %d; 8 is usual.", gradientSlices, MOST_SLICES));
        }
        if (cluster != null && gradientSlices != null && gradientSlices == 0) {
            throw new InputException("gradient-slices is 0 but cluster is " + cluster
                    + ", whose executors take slices; give 1 or more.");
        }
        if (clusterTimeout < 1) {
            throw new InputException(
                    format("cluster-timeout is %d seconds but must be at least 1; 60 is usual.", clusterTimeout));
        }
        if (cluster == null && (clusterMixed || clusterTimeout != USUAL_TIMEOUT)) {
            throw new InputException(
                    (clusterMixed ? "cluster-mixed is true" : format("cluster-timeout is %d", clusterTimeout))
                            + " but there is no cluster to which it could apply; give cluster too, or leave it out.");
        }
    }

    /** Whether others take the forwards. */
    public boolean isUsed() {
        return cluster != null;
    }

    /** Counts the slices of a step, once {@link #settled}; 0: none. */
    public int slices() {
        return gradientSlices == null ? 0 : gradientSlices;
    }

    /**
     * Settles the slices, by batch and model and never by who takes them.
     *
     * @param rowsInStep rows of a step
     * @param full whether every weight trains, so that a slice's sum is as large as the model
     */
    public ClusterOptions settled(int rowsInStep, boolean full) {
        if (gradientSlices != null) {
            return this;
        }
        int usual = Math.min(full ? SLICES_OF_WHOLE_MODELS : USUAL_SLICES, rowsInStep);
        return new ClusterOptions(cluster, isUsed() ? usual : 0, clusterTimeout, clusterMixed);
    }
}
