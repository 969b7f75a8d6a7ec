package org.align4j.spark;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.GradientTree.Node;
import org.align4j.core.policy.GradientTree.Placed;
import org.align4j.core.session.cluster.NumberSegments;
import org.align4j.spark.SliceTask.ExecutorModels;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Adds up the gradients that executors hold after a round. Each executor cuts the sums that its slices add up to into segments; a segment's
 * sums from all executors meet in one of them, sorted by their place in the {@link GradientTree}, and are added along it. The driver gets
 * every number of the whole sum once.
 *
 * @param opening what the executors opened
 * @param version of the round
 * @param policy whose gradients
 * @param slices of the round
 * @param elements of the gradients
 * @param segment numbers in a segment
 */
record TreeSum(String opening, long version, int policy, int slices, long elements, int segment)
        implements Serializable {
    /**
     * A segment of the whole sum.
     *
     * @param index of the segment
     * @param sum its numbers; null where slices are missing
     * @param missing slices that no executor holds any more, as words of a {@link BitSet}
     * @param between bytes that came from other executors
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Segment(int index, byte @Nullable [] sum, long[] missing, long between) implements Serializable {}

    /** A segment of the sum of a place in the tree: the order in which segments meet. */
    private record Key(int segment, Node node) implements Comparable<Key>, Serializable {
        @Override
        public int compareTo(Key other) {
            int segments = Integer.compare(segment, other.segment);
            return segments == 0 ? node.compareTo(other.node) : segments;
        }
    }

    /**
     * The numbers of a segment, and the executor that they come from.
     *
     * @param numbers as bytes
     * @param from the executor's number
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Part(byte[] numbers, String from) implements Serializable {}

    /**
     * Makes the work that adds up.
     *
     * @param holders the executors that took slices
     * @param adders partitions in which segments meet
     */
    JavaRDD<Segment> of(JavaSparkContext spark, List<ExecutorPlace> holders, int adders) {
        int segments = Math.toIntExact((elements + segment - 1) / segment);
        int partitions = Math.max(1, Math.min(segments, adders));
        return ExecutorPlace.pinned(spark, holders, holders)
                .flatMapToPair(holder -> parts())
                .repartitionAndSortWithinPartitions(
                        new BySegment(segments, partitions), (Comparator<Key> & Serializable) Key::compareTo)
                .mapPartitions(this::added);
    }

    /** Cuts the sums that this process holds into segments. */
    private Iterator<Tuple2<Key, Part>> parts() {
        String here = ExecutorPlace.idHere();
        GradientTree tree = ExecutorModels.held(opening, version, policy);
        if (tree == null) {
            return List.<Tuple2<Key, Part>>of().iterator();
        }
        return tree.nodes().stream()
                .flatMap(node -> {
                    NumberSegments numbers = NumberSegments.of(elements, segment, tree.at(node)::copyGradients);
                    byte[][] cut = numbers.segments();
                    return IntStream.range(0, cut.length)
                            .mapToObj(index -> new Tuple2<>(new Key(index, node), new Part(cut[index], here)));
                })
                .iterator();
    }

    /** Adds the parts of each segment, which come in the order of the tree. */
    private Iterator<Segment> added(Iterator<Tuple2<Key, Part>> sorted) {
        List<Segment> sums = new ArrayList<>();
        Meeting meeting = null;
        while (sorted.hasNext()) {
            Tuple2<Key, Part> next = sorted.next();
            if (meeting == null || meeting.index != next._1().segment) {
                if (meeting != null) {
                    sums.add(meeting.end());
                }
                meeting = new Meeting(next._1().segment);
            }
            meeting.add(next._1().node, next._2());
        }
        if (meeting != null) {
            sums.add(meeting.end());
        }
        return sums.iterator();
    }

    /** Where the parts of one segment are added. */
    private final class Meeting {
        private final String here = ExecutorPlace.idHere();
        private final Deque<Placed<float[]>> stack = new ArrayDeque<>();
        private final BitSet missing = new BitSet();
        private final int index;
        private long covered;
        private long between;

        Meeting(int index) {
            this.index = index;
        }

        void add(Node node, Part part) {
            between += part.from.equals(here) ? 0 : part.numbers.length;
            if (node.first() < covered) {
                return; // taken twice, by an executor that was thought lost: the same bits
            }
            missing.set((int) covered, (int) node.first());
            covered = node.end();
            float[] numbers = new float[part.numbers.length / Float.BYTES];
            NumberSegments.floats(part.numbers).get(numbers);
            GradientTree.join(stack, new Placed<>(node, numbers), slices, TreeSum::plus);
        }

        Segment end() {
            missing.set((int) Math.min(covered, slices), slices);
            if (!missing.isEmpty()) {
                return new Segment(index, null, missing.toLongArray(), between);
            }
            float[] sum = stack.getLast().sum();
            byte[] bytes = new byte[sum.length * Float.BYTES];
            NumberSegments.floats(bytes).put(sum);
            return new Segment(index, bytes, new long[0], between);
        }
    }

    private static float[] plus(float[] left, float[] right) {
        for (int i = 0; i < left.length; i++) {
            left[i] += right[i];
        }
        return left;
    }

    /** Has neighbouring segments meet in one partition. */
    private static final class BySegment extends Partitioner {
        private static final long serialVersionUID = 1L;

        private final int segments;
        private final int partitions;

        BySegment(int segments, int partitions) {
            this.segments = segments;
            this.partitions = partitions;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            return (int) ((long) ((Key) key).segment * partitions / segments);
        }
    }
}
