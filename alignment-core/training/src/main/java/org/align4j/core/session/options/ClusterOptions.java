package org.align4j.core.session.options;

import static org.align4j.core.error.RootFormat.format;

import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.shards.ExecutorOptions;
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
        Integer gradientSlices,

        @Option(
                help =
                        "How slices' sums are added: along a tree, so that executors add up what they hold, or in sequence on the driver; part of the result.",
                unset = "tree")
        @Nullable
        Order gradientOrder,

        @Option(
                help =
                        "Threads that compute one slice; more need less memory on machines of many cores, and change how sums are rounded.",
                defaultValue = "1")
        int sliceThreads,

        @Option(
                help =
                        "Processes on this machine that take the forwards; more take more memory, a model each, and never change the result.",
                unset = "none")
        @Nullable
        Integer processes) {
    /** In which order the sums of a step's slices are added. */
    public enum Order {
        SEQUENCE,
        TREE
    }

    /** The most slices of a step. */
    public static final int MOST_SLICES = 4096;

    private static final int MOST_PROCESSES = 256;
    private static final String DEVICE = "device:";
    private static final int LEAST_SLICES = 8;
    private static final int SLICES_PER_SLOT = 4;
    private static final Pattern LOCAL = Pattern.compile("local-cluster\\[ *(\\d+) *, *(\\d+) *, *\\d+ *]");

    /** One machine, no slices. */
    public static final ClusterOptions NONE = new ClusterOptions(ExecutorOptions.NONE, null, null, 1, null);

    /** Checks ranges. */
    public ClusterOptions {
        if (gradientSlices != null && (gradientSlices < 0 || gradientSlices > MOST_SLICES)) {
            throw new InputException(
                    format("gradient-slices is %d but must be 0 to %d; 8 is usual.", gradientSlices, MOST_SLICES));
        }
        InputException.requireAtLeast(1, "slice-threads", sliceThreads, "1 is usual");
        if (processes != null && (processes < 1 || processes > MOST_PROCESSES)) {
            throw new InputException(
                    format("processes is %d but must be 1 to %d; leave it out for none.", processes, MOST_PROCESSES));
        }
        if (processes != null && executors.isUsed()) {
            throw new InputException(format(
                    "processes is %d and cluster is %s, but only one of them can take the forwards; drop one.",
                    processes, executors.cluster()));
        }
        boolean none = !executors.isUsed() && processes == null && (gradientSlices == null || gradientSlices == 0);
        if (none && gradientOrder == Order.TREE) {
            throw new InputException(
                    "gradient-order is tree but a step has no slices whose sums it could order; give gradient-slices, or leave it out.");
        }
        if (none && sliceThreads > 1) {
            throw new InputException(format(
                    "slice-threads is %d but a step has no slices; give gradient-slices, or leave it out.",
                    sliceThreads));
        }
        if ((executors.isUsed() || processes != null) && gradientSlices != null && gradientSlices == 0) {
            throw new InputException("gradient-slices is 0 but "
                    + (processes == null ? "cluster is " + executors.cluster() : "processes is " + processes)
                    + ", and they take slices; give 1 or more.");
        }
    }

    /** Makes the options of a command that adds no gradients. */
    public static ClusterOptions of(ExecutorOptions executors) {
        return new ClusterOptions(executors, null, null, 1, null);
    }

    /** Returns the cluster's master; null: this machine takes the forwards. */
    public @Nullable String cluster() {
        return executors.cluster();
    }

    /** Whether others take the forwards. */
    public boolean isUsed() {
        return executors.isUsed() || processes != null;
    }

    /** Says who takes the forwards, as the option has it. */
    public String takers() {
        return processes == null ? "cluster is " + cluster() : "processes is " + processes;
    }

    /**
     * Returns a process's own options: where several cards are named, its card alone.
     *
     * @param config settled options, as YAML
     * @param number of the process, from 1
     */
    public static String ofProcess(String config, int number) {
        return config.lines()
                .map(line -> {
                    String[] cards = line.startsWith(DEVICE)
                            ? line.substring(DEVICE.length()).split(",", -1)
                            : new String[0];
                    return cards.length > 1
                            ? DEVICE + " " + cards[(number - 1) % cards.length].replaceAll("[\"' ]", "")
                            : line;
                })
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Counts the slices of a step, once {@link #settled}; 0: none. */
    public int slices() {
        return gradientSlices == null ? 0 : gradientSlices;
    }

    /** Whether the slices' sums are added along a tree, once {@link #settled}. */
    public boolean addsAlongTree() {
        return slices() > 0 && gradientOrder != Order.SEQUENCE;
    }

    /**
     * Settles slices and order, by batch and configured cores and never by who happens to take them.
     *
     * @param rowsInStep rows of a step
     * @param coresOf gives the cores that the cluster is configured to have; empty where nothing says so
     * @throws InputException where slices are auto on a cluster of unknown size
     */
    public ClusterOptions settled(int rowsInStep, Function<String, OptionalInt> coresOf) {
        int slices = gradientSlices == null ? auto(rowsInStep, coresOf) : gradientSlices;
        Order order = slices == 0 ? Order.SEQUENCE : gradientOrder == null ? Order.TREE : gradientOrder;
        return new ClusterOptions(executors, slices, order, sliceThreads, processes);
    }

    /** Counts the cores of a cluster on this machine; empty for all others. */
    public OptionalInt localCores() {
        Matcher local = LOCAL.matcher(String.valueOf(cluster()));
        return local.matches()
                ? OptionalInt.of(Integer.parseInt(local.group(1)) * Integer.parseInt(local.group(2)))
                : OptionalInt.empty();
    }

    private int auto(int rowsInStep, Function<String, OptionalInt> coresOf) {
        if (processes != null) {
            return usualSlices((long) processes * sliceThreads, sliceThreads, rowsInStep);
        }
        String master = cluster();
        if (master == null) {
            return 0;
        }
        OptionalInt here = localCores();
        OptionalInt cores = here.isPresent() ? here : coresOf.apply(master);
        if (cores.isEmpty()) {
            throw new InputException("gradient-slices is auto but nothing says how many cores cluster " + master
                    + " gives; name spark.cores.max, or spark.executor.instances and spark.executor.cores"
                    + " (docs/cluster.md), or give gradient-slices: about four for each core.");
        }
        return usualSlices(cores.getAsInt(), sliceThreads, rowsInStep);
    }

    /**
     * Returns the slices of a step on a cluster where none are asked for: a power of two, {@value #SLICES_PER_SLOT} or more for each slice
     * that the cluster computes at a time, as far as there are rows.
     */
    public static int usualSlices(long cores, int sliceThreads, int rowsInStep) {
        long wanted = Math.max(LEAST_SLICES, SLICES_PER_SLOT * cores / sliceThreads);
        long power = Long.highestOneBit(Math.max(1, 2 * wanted - 1));
        return (int) Math.min(Math.min(power, MOST_SLICES), rowsInStep);
    }
}
