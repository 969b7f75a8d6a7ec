package org.align4j.core.session.options;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/** How a run that is taken up goes on: how far, which machines take its forwards, and whether its inputs may have changed. */
public record Continuation(
        ExtentOptions extent,
        TakerOptions takers,

        @Option(
                help = "Threads of the engine from here on; more are faster, up to the free cores. Refused where the"
                        + " run would go on with other bits, unless changes are accepted.",
                unset = "as before")
        @Nullable
        Integer threads,

        @Option(help = "Continue although options, rows or model changed, and record the changes in manifest.json.")
        boolean acceptChanges,

        @Option(
                help = "A command that the run may start, as the run has it (exec:…), once for each; needed where"
                        + " another account owns the run.",
                defaultValue = "",
                repeats = true)
        List<String> allowCommand) {
    /** How far the run goes. */
    public record ExtentOptions(
            @Option(help = "Passes over the rows in all, instead of what the run began with; more train longer.")
            @Nullable
            Double epochs,

            @Option(help = "Optimizer steps in all, instead of what the run began with; more train longer.") @Nullable
            Integer maxSteps) {}

    /** Who takes the forwards of the run's steps. */
    public record TakerOptions(
            @Option(
                    help = "Master of the cluster whose executors take the forwards from here on, whoever took them"
                            + " before; the slices of a step stay.",
                    unset = "none")
            @Nullable
            String cluster,

            @Option(
                    help = "Seconds until an executor that is silent is replaced; more wait longer.",
                    defaultValue = "60")
            int clusterTimeout,

            @Option(
                    help = "Accept executors whose processors round differently; the run then can't be repeated bit for"
                            + " bit.")
            boolean clusterMixed,

            @Option(
                    help =
                            "Processes on this machine that take the forwards from here on; more share a step further, and"
                                    + " its slices stay.",
                    unset = "none")
            @Nullable
            Integer processes) {}

    /** Goes on on this machine to the end that was planned, with everything as it was. */
    public static final Continuation AS_BEFORE = new Continuation(
            new ExtentOptions(null, null),
            new TakerOptions(null, ExecutorOptions.USUAL_TIMEOUT, false, null),
            null,
            false,
            List.of());

    /** Only one option says how far; and what is said of a cluster needs one. */
    public Continuation {
        allowCommand = List.copyOf(allowCommand);
        if (extent.epochs() != null && extent.maxSteps() != null) {
            throw new InputException(format(
                    "epochs (%s) and max-steps (%d) both say how long the run is; drop one.",
                    extent.epochs(), extent.maxSteps()));
        }
        new ExecutorOptions(takers.cluster(), takers.clusterTimeout(), takers.clusterMixed());
    }

    /** Returns this with another number of steps in all. */
    public Continuation to(int steps) {
        return new Continuation(new ExtentOptions(null, steps), takers, threads, acceptChanges, allowCommand);
    }

    /** Returns this with changes recorded or refused. */
    public Continuation accepting(boolean changes) {
        return new Continuation(extent, takers, threads, changes, allowCommand);
    }

    /** Whether the run is to be longer or shorter than it was. */
    public boolean goesFurther() {
        return extent.epochs() != null || extent.maxSteps() != null;
    }

    /**
     * Returns who takes the forwards from here on.
     *
     * @param begun slices of a step and how they are added, as the run was begun with
     * @throws InputException where a run without slices is to be taken elsewhere
     */
    public ClusterOptions cluster(ClusterOptions begun) {
        if ((takers.cluster() != null || takers.processes() != null) && begun.slices() == 0) {
            throw new InputException(
                    (takers.cluster() != null ? "cluster is " + takers.cluster() : "processes is " + takers.processes())
                            + " but the run was begun without slices, which others take and which its result depends on; go on"
                            + " without it, or begin a new run with gradient-slices.");
        }
        return new ClusterOptions(
                new ExecutorOptions(takers.cluster(), takers.clusterTimeout(), takers.clusterMixed()),
                begun.gradientSlices(),
                begun.gradientOrder(),
                begun.sliceThreads(),
                takers.processes());
    }
}
