package org.align4j.spark;

import java.io.Serializable;
import java.util.Iterator;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.spark.Groups.GroupKey;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Finds which rows links connect, directly or through others: each connected component is named by its smallest row. Two steps alternate until
 * nothing changes (large-star and small-star, Kiveris et al. 2014). Each is a shuffle in which a row's neighbours come in their order, the smallest first,
 * so that a task holds one of them at a time, however large a component is.
 */
final class Components {
    private Components() {}

    /**
     * A link between two rows, each as its number and its line.
     *
     * @param later the row with the larger number
     * @param earlier the other one
     */
    record Link(long later, long earlier) implements Serializable {
        private static final int LINE_BITS = 32;

        /** Returns a row and its line as one number; such numbers have the order of the rows. */
        static long end(int row, int line) {
            return (long) row << LINE_BITS | line;
        }

        static int row(long end) {
            return (int) (end >>> LINE_BITS);
        }

        static int line(long end) {
            return (int) end;
        }
    }

    /** Sums hashes of all links in any order; equal sums mean equal links. */
    private record Sum(long links, long hash) implements Serializable {
        static Sum of(JavaRDD<Link> links) {
            return links.aggregate(
                    new Sum(0, 0),
                    (sum, link) -> new Sum(sum.links + 1, sum.hash + NormalText.hash(link.later, link.earlier)),
                    (one, other) -> new Sum(one.links + other.links, one.hash + other.hash));
        }
    }

    /**
     * Links every row of a component that isn't its smallest one to the smallest.
     *
     * @param links may name a link several times
     * @param partitions into which rows are shuffled
     * @return links that are kept on the executors' disks; whoever asks lets them go
     */
    static JavaRDD<Link> of(JavaRDD<Link> links, int partitions) {
        JavaRDD<Link> now = links;
        Sum sum = Sum.of(links);
        Sum before = new Sum(0, 0);
        while (!sum.equals(before)) {
            JavaRDD<Link> next =
                    stars(stars(now, true, partitions), false, partitions).persist(StorageLevel.DISK_ONLY());
            before = sum;
            sum = Sum.of(next);
            if (now != links) {
                now.unpersist(false);
            }
            now = next;
        }
        return now;
    }

    /**
     * Links the neighbours of each row to the smallest of them.
     *
     * @param larger whether its larger neighbours are linked, and the row itself may be the smallest; else its smaller ones, and the row with them
     */
    private static JavaRDD<Link> stars(JavaRDD<Link> links, boolean larger, int partitions) {
        JavaPairRDD<GroupKey, Integer> down = links.mapToPair(link -> neighbour(link.later, link.earlier));
        JavaPairRDD<GroupKey, Integer> all =
                larger ? down.union(links.mapToPair(link -> neighbour(link.earlier, link.later))) : down;
        return Groups.sorted(all, partitions).mapPartitions(rows -> star(rows, larger));
    }

    /** The group is the row, so that rows are spread as their numbers are; its line travels beside. */
    private static Tuple2<GroupKey, Integer> neighbour(long own, long other) {
        return new Tuple2<>(new GroupKey(Link.row(own), other), Link.line(own));
    }

    private static Iterator<Link> star(Iterator<Tuple2<GroupKey, Integer>> rows, boolean larger) {
        return new Pushed<>(out -> {
            long row = -1;
            long smallest = -1;
            long last = -1;
            while (rows.hasNext()) {
                Tuple2<GroupKey, Integer> next = rows.next();
                long own = Link.end((int) next._1().group(), next._2());
                long other = next._1().order();
                if (own != row) {
                    row = own;
                    smallest = Math.min(own, other);
                    last = -1;
                    if (!larger) {
                        out.accept(new Link(own, smallest));
                    }
                }
                if (other != last && other != smallest && (other > own) == larger) {
                    out.accept(new Link(other, smallest));
                }
                last = other;
            }
        });
    }
}
