package org.align4j.core.shards;

import static org.align4j.core.error.RootFormat.format;

import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** Which other machines take forwards: a group of options. */
@Heading("Cluster")
public record ExecutorOptions(
        @Option(
                help =
                        "Master of an Apache Spark cluster whose executors take the forwards: spark://HOST:PORT, yarn, k8s://URL or local-cluster[N,cores,MiB].",
                unset = "none")
        @Nullable
        String cluster,

        @Option(help = "Seconds until an executor that is silent is replaced; more wait longer.", defaultValue = "60")
        int clusterTimeout,

        @Option(
                help =
                        "Accept executors whose processors round differently; the result then can't be repeated bit for bit.")
        boolean clusterMixed) {
    private static final Pattern MASTER =
            Pattern.compile("spark://[^\\s:]+:\\d+\\S*|yarn|k8s://\\S+|local-cluster\\[ *\\d+ *, *\\d+ *, *\\d+ *]");
    /** Seconds after which a silent executor is replaced unless set otherwise. */
    public static final int USUAL_TIMEOUT = 60;

    /** One machine. */
    public static final ExecutorOptions NONE = new ExecutorOptions(null, USUAL_TIMEOUT, false);

    /** Checks ranges. */
    public ExecutorOptions {
        if (cluster != null && !MASTER.matcher(cluster).matches()) {
            throw new InputException("cluster is " + Shortened.of(cluster)
                    + " but must be spark://HOST:PORT, yarn, k8s://URL, or local-cluster[N,cores,MiB].");
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
}
