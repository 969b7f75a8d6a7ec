package org.align4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.session.cluster.NumberSegments;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Brings the values of a round to all executors. The driver sends every value once, each executor an equal part, and the executors send
 * the parts on to each other: what goes over any one link doesn't depend on their number.
 */
final class Delivery {
    private Delivery() {}

    /**
     * A segment of values.
     *
     * @param policy whose they are
     * @param index of the segment
     * @param bytes of the values
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Piece(int policy, int index, byte[] bytes) implements Serializable {}

    /** Makes the work that has executors keep the values; its results are how many segments each of them got. */
    static JavaRDD<Integer> of(
            JavaSparkContext spark, NumberSegments[] values, List<ExecutorPlace> places, String opening, long version) {
        List<Piece> pieces = new ArrayList<>();
        int[] counts = new int[values.length];
        for (int policy = 0; policy < values.length; policy++) {
            byte[][] segments = values[policy].segments();
            counts[policy] = segments.length;
            for (int index = 0; index < segments.length; index++) {
                pieces.add(new Piece(policy, index, segments[index]));
            }
        }
        int takers = places.size();
        List<ArrayList<Piece>> parts = IntStream.range(0, takers)
                .mapToObj(taker -> new ArrayList<>(
                        pieces.subList(taker * pieces.size() / takers, (taker + 1) * pieces.size() / takers)))
                .toList();
        JavaRDD<Piece> sentOn = ExecutorPlace.pinned(spark, parts, places)
                .flatMapToPair(part -> part.stream()
                        .flatMap(piece -> IntStream.range(0, takers).mapToObj(taker -> new Tuple2<>(taker, piece)))
                        .iterator())
                .partitionBy(new ByNumber(takers))
                .values();
        List<Integer> numbers = IntStream.range(0, takers).boxed().toList();
        return ExecutorPlace.pinned(spark, numbers, places).zipPartitions(sentOn, (ignored, arriving) -> {
            Arrived arrived = new Arrived(opening, version, counts);
            arriving.forEachRemaining(arrived::put);
            Arrived.newest = arrived;
            return List.of(arrived.segments()).iterator();
        });
    }

    /** Gives a taker's number to the partition of that number. */
    private static final class ByNumber extends Partitioner {
        private static final long serialVersionUID = 1L;

        private final int takers;

        ByNumber(int takers) {
            this.takers = takers;
        }

        @Override
        public int numPartitions() {
            return takers;
        }

        @Override
        public int getPartition(Object number) {
            return (Integer) number;
        }
    }

    /** The values that came to this process last, before any slice of their round. */
    private static final class Arrived {
        private static volatile @Nullable Arrived newest;

        private final String opening;
        private final long version;
        private final byte[][][] segments;

        Arrived(String opening, long version, int[] counts) {
            this.opening = opening;
            this.version = version;
            this.segments = Arrays.stream(counts).mapToObj(byte[][]::new).toArray(byte[][][]::new);
        }

        void put(Piece piece) {
            segments[piece.policy][piece.index] = piece.bytes;
        }

        int segments() {
            return Arrays.stream(segments).mapToInt(each -> each.length).sum();
        }
    }

    /** Takes the values that came to this process for a round; null where they didn't come. */
    static NumberSegments @Nullable [] take(String opening, long version) {
        Arrived arrived = Arrived.newest;
        if (arrived == null || arrived.version != version || !arrived.opening.equals(opening)) {
            return null;
        }
        Arrived.newest = null;
        return Arrays.stream(arrived.segments).map(NumberSegments::new).toArray(NumberSegments[]::new);
    }
}
