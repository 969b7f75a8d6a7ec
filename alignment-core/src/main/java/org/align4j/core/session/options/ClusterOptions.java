package org.align4j.core.session.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * Which machines take the forwards of a step, and how its gradients are added: a group of options.
 *
 * @param executors the machines
 */
@Heading("Cluster")
public record ClusterOptions(
        ExecutorOptions executors,

        @Option(
                help =
                        "Parts of a step whose gradients are summed separately; more let more executors share a step and send more bytes; auto is none on one machine.",
                unset = "auto")
        @Nullable
        Integer gradientSlices) {
    private static final int MOST_SLICES = 1024;
    private static final int USUAL_SLICES = 8;
    private static final int SLICES_OF_WHOLE_MODELS = 2;

    /** One machine, no slices. */
    public static final ClusterOptions NONE = new ClusterOptions(ExecutorOptions.NONE, null);

    /** Checks ranges. */
    public ClusterOptions {
        if (gradientSlices != null && (gradientSlices < 0 || gradientSlices > MOST_SLICES)) {
            throw new InputException(
                    format("gradient-slices is %d but must be 0 to %d; 8 is usual.", gradientSlices, MOST_SLICES));
        }
        if (executors.isUsed() && gradientSlices != null && gradientSlices == 0) {
            throw new InputException("gradient-slices is 0 but cluster is " + executors.cluster()
                    + ", whose executors take slices; give 1 or more.");
        }
    }

    /** Names each option of the group by itself. */
    public ClusterOptions(
            @Nullable String cluster, @Nullable Integer gradientSlices, int clusterTimeout, boolean clusterMixed) {
        this(new ExecutorOptions(cluster, clusterTimeout, clusterMixed), gradientSlices);
    }

    /** Makes the options of a command that adds no gradients. */
    public static ClusterOptions of(ExecutorOptions executors) {
        return new ClusterOptions(executors, null);
    }

    /** Returns the cluster's master; null: this machine takes the forwards. */
    public @Nullable String cluster() {
        return executors.cluster();
    }

    /** Whether others take the forwards. */
    public boolean isUsed() {
        return executors.isUsed();
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
        return new ClusterOptions(executors, isUsed() ? usual : 0);
    }
}
