package org.align4j.core.session.cluster;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.session.options.ClusterOptions;

/**
 * What a training step takes on a cluster: the shares are those that {@link SliceShares} cuts, the bytes those that the cluster's rounds
 * send. Seconds follow from the forwards, the link and what else a round takes.
 *
 * @param shape executors and their cores
 * @param link bytes per second of every machine's link, each way
 * @param trained values that train
 * @param seconds that each slice computes, on as many cores as a slice has
 * @param sliceThreads cores of a slice
 * @param rounds of a step: one, or two where the loss must see the whole batch before gradients are computed
 * @param driverSeconds of a step on the driver alone: the optimizer's update
 */
@SuppressWarnings("ArrayRecordComponent") // computed once, never compared
public record ClusterPlan(
        Shape shape, double link, long trained, double[] seconds, int sliceThreads, int rounds, double driverSeconds) {
    /** Seconds of a round that are neither bytes nor forwards: five stages of Spark, tens of milliseconds each. */
    static final double ROUND_SECONDS = 0.15;

    /** Seconds between two slices of a core. */
    static final double SLICE_SECONDS = 0.015;

    private static final long BESIDES = 256L << 20;

    /**
     * Executors of a cluster.
     *
     * @param executors one per machine
     * @param cores of each
     */
    public record Shape(int executors, int cores) {
        private static final Pattern WORDS = Pattern.compile("([1-9]\\d{0,5})x([1-9]\\d{0,3})");

        /**
         * Reads {@code 64x16}: 64 executors of 16 cores.
         *
         * @throws InputException for other words
         */
        public static Shape parse(String words) {
            Matcher matcher = WORDS.matcher(words);
            if (!matcher.matches()) {
                throw new InputException("cluster-shape is " + Shortened.of(words)
                        + " but must be executors x cores of each, such as 64x16.");
            }
            return new Shape(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        }

        /** Counts the slices that are computed at a time. */
        int slots(int sliceThreads) {
            return executors * Math.max(1, cores / sliceThreads);
        }
    }

    /**
     * Reads a link's speed, {@code 10Gbit} or {@code 100Mbit}, as bytes per second.
     *
     * @throws InputException for other words
     */
    public static double link(String words) {
        Matcher matcher = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)([MG])bit").matcher(words);
        double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
        if (number <= 0) {
            throw new InputException("link is " + Shortened.of(words)
                    + " but must be a speed above 0 in Mbit or Gbit per second, such as 10Gbit.");
        }
        return number * (matcher.group(2).equals("G") ? 1e9 : 1e6) / 8;
    }

    /**
     * Cuts the forwards of a step into slices as a run does.
     *
     * @param forwards seconds of each forward with its backward, in the order of the step
     * @param slices of the step at most
     */
    public static double[] sliced(double[] forwards, int slices) {
        int cut = Math.min(slices, forwards.length);
        return IntStream.range(0, cut)
                .mapToDouble(slice -> Arrays.stream(forwards, (int) ((long) slice * forwards.length / cut), (int)
                                ((long) (slice + 1) * forwards.length / cut))
                        .sum())
                .toArray();
    }

    /** Returns the slices that a run on a cluster of this shape has where {@code gradient-slices} is auto. */
    public static int usualSlices(Shape shape, int sliceThreads, int rowsInStep) {
        return ClusterOptions.usualSlices((long) shape.executors * shape.cores, sliceThreads, rowsInStep);
    }

    private SliceShares shares() {
        long[] costs = Arrays.stream(seconds)
                .mapToLong(each -> Math.max(1, Math.round(each * 1e9)))
                .toArray();
        return SliceShares.of(costs, shape.executors);
    }

    private long valueBytes() {
        return trained * Float.BYTES;
    }

    /** Counts the bytes that the driver sends in a step, which are those that it gets but where a step has two rounds. */
    public long driverBytes() {
        return rounds * valueBytes();
    }

    /** Counts the bytes that the busiest executor sends, or gets if that is more, in a step. */
    public long bytesPerLink() {
        SliceShares shares = shares();
        int takers = shape.executors;
        double apart = (takers - 1.0) / takers;
        int all = sums(shares);
        double most = 0;
        for (int executor = 0; executor < takers; executor++) {
            int own = executor < shares.executors() ? shares.sums(executor).size() : 0;
            double sent = rounds * apart + own * apart + 1.0 / takers;
            double got = rounds + (double) (all - own) / takers;
            most = Math.max(most, Math.max(sent, got));
        }
        return Math.round(most * valueBytes());
    }

    private static int sums(SliceShares shares) {
        return IntStream.range(0, shares.executors())
                .map(executor -> shares.sums(executor).size())
                .sum();
    }

    /** Forecasts the bytes of the driver's Java heap: values, what is on its way to executors, and the sum as it comes and as it is. */
    public long heapBytes() {
        return 4 * valueBytes() + BESIDES;
    }

    /** Forecasts the bytes of an executor's Java heap: values, a sum on its way, and the parts that meet here, as bytes and as numbers. */
    public long executorHeapBytes() {
        return 2 * valueBytes() + 2L * sums(shares()) * valueBytes() / shape.executors + BESIDES;
    }

    /** Forecasts the seconds of a step. */
    public double stepSeconds() {
        double sent = driverBytes() / link;
        double between = bytesPerLink() / link;
        double got = valueBytes() / link;
        return driverSeconds + rounds * ROUND_SECONDS + sent + between + got + forwardsSeconds(shares());
    }

    /** Seconds until the busiest executor has computed its slices, each as soon as one of its cores is free. */
    private double forwardsSeconds(SliceShares shares) {
        int slots = Math.max(1, shape.cores / sliceThreads);
        return IntStream.range(0, shares.executors())
                .mapToDouble(executor -> {
                    PriorityQueue<Double> free = new PriorityQueue<>();
                    IntStream.range(0, slots).forEach(slot -> free.add(0.0));
                    shares.slices(executor).forEach(slice -> free.add(free.remove() + seconds[slice] + SLICE_SECONDS));
                    return free.stream().mapToDouble(Double::doubleValue).max().orElse(0);
                })
                .max()
                .orElse(0);
    }

    /** Forecasts the share of all cores' time in which they compute forwards. */
    public double efficiency() {
        double computing = Arrays.stream(seconds).sum() * sliceThreads;
        return computing / ((double) shape.executors * shape.cores * stepSeconds());
    }

    /** Returns the figures by name, for JSON. */
    public Map<String, Object> entries() {
        SliceShares shares = shares();
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("executors", shape.executors);
        entries.put("cores", shape.executors * shape.cores);
        entries.put("slices", seconds.length);
        entries.put("slices_at_a_time", shape.slots(sliceThreads));
        entries.put("rounds", rounds);
        entries.put("trained_parameters", trained);
        entries.put("step_seconds", stepSeconds());
        entries.put("forwards_seconds", forwardsSeconds(shares));
        entries.put("bytes_per_link", bytesPerLink());
        entries.put("driver_bytes", driverBytes());
        entries.put("heap_bytes", heapBytes());
        entries.put("executor_heap_bytes", executorHeapBytes());
        entries.put("evenness", shares.evenness());
        entries.put("efficiency", efficiency());
        return entries;
    }

    /** Says what the plan shows that a person should know: cores that have no slice; empty where all have. */
    public Optional<String> warning() {
        int slots = shape.slots(sliceThreads);
        return seconds.length >= slots
                ? Optional.empty()
                : Optional.of(format(
                        "A step has %d slices, one for each forward at most, but %d are computed at a time; the other cores have"
                                + " nothing to do: raise batch-size, or lower micro-batch-tokens.",
                        seconds.length, slots));
    }
}
