package org.align4j.spark;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;

/**
 * Brings together what has something in common: values with equal group, in their order, on one executor. Sorted on disk where the memory doesn't
 * hold them.
 */
final class Groups extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int partitions;

    private Groups(int partitions) {
        this.partitions = partitions;
    }

    /**
     * The place of a value.
     *
     * @param group what it has in common with others
     * @param order its place among these
     */
    record GroupKey(long group, long order) implements Comparable<GroupKey>, Serializable {
        private static final Comparator<GroupKey> ORDER =
                Comparator.comparingLong(GroupKey::group).thenComparingLong(GroupKey::order);

        @Override
        public int compareTo(GroupKey other) {
            return ORDER.compare(this, other);
        }
    }

    /** Sorts values by group and order; no group is in two partitions. */
    static <V> JavaPairRDD<GroupKey, V> sorted(JavaPairRDD<GroupKey, V> values, int partitions) {
        return values.repartitionAndSortWithinPartitions(new Groups(partitions));
    }

    @Override
    public int numPartitions() {
        return partitions;
    }

    @Override
    public int getPartition(Object key) {
        long group = ((GroupKey) key).group();
        return (int) Long.remainderUnsigned(group ^ (group >>> 32), partitions);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Groups groups && groups.partitions == partitions;
    }

    @Override
    public int hashCode() {
        return partitions;
    }
}
