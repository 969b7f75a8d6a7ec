package org.align4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.function.Consumer;
import org.align4j.core.doctor.Compared;
import org.align4j.core.doctor.SharedDoctor.Banded;
import org.align4j.core.doctor.SharedDoctor.Likeliest;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.SharedDoctor.Text;
import org.align4j.core.doctor.SharedFindings;
import org.align4j.spark.Components.Link;
import org.align4j.spark.Groups.GroupKey;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Finds near-duplicates on executors: rows that share a band of hashes are proposed, their texts are compared, and those that are alike linked. */
final class SimilarRows {
    /** The order of what comes before all that shares its group. */
    static final long FIRST = -1;

    private SimilarRows() {}

    /** A pair of rows to be compared. */
    record Pair(int later, int earlier) implements Serializable {}

    /** Proposes rows that may be alike: of those that share a band each is offered the first and the last before it. */
    static JavaRDD<Pair> candidates(JavaRDD<Banded> rows, int parts) {
        JavaPairRDD<GroupKey, Banded> buckets = rows.flatMapToPair(row -> Arrays.stream(row.keys())
                .mapToObj(band -> new Tuple2<>(new GroupKey(band, row.row()), row))
                .iterator());
        JavaPairRDD<GroupKey, Byte> offers = Groups.sorted(buckets, parts)
                .mapPartitionsToPair(bucket -> new Pushed<>(out -> {
                    GroupKey group = null;
                    Banded first = null;
                    Banded last = null;
                    while (bucket.hasNext()) {
                        Tuple2<GroupKey, Banded> next = bucket.next();
                        Banded row = next._2();
                        if (group == null || group.group() != next._1().group() || first == null || last == null) {
                            group = next._1();
                            first = row;
                        } else {
                            out.accept(offer(row, first));
                            if (last.row() != first.row()) {
                                out.accept(offer(row, last));
                            }
                        }
                        last = row;
                    }
                }));
        return Groups.sorted(offers, parts)
                .mapPartitions(offered -> new Pushed<>(out -> {
                    Likeliest likeliest = new Likeliest();
                    long row = -1;
                    while (offered.hasNext()) {
                        Tuple2<GroupKey, Byte> offer = offered.next();
                        if (offer._1().group() != row) {
                            pairs(row, likeliest, out);
                            row = offer._1().group();
                            likeliest = new Likeliest();
                        }
                        likeliest.offer((int) offer._1().order(), offer._2());
                    }
                    pairs(row, likeliest, out);
                }));
    }

    private static Tuple2<GroupKey, Byte> offer(Banded row, Banded earlier) {
        return new Tuple2<>(new GroupKey(row.row(), earlier.row()), row.agreement(earlier));
    }

    private static void pairs(long row, Likeliest likeliest, Consumer<Pair> out) {
        for (int earlier : likeliest.ascending()) {
            out.accept(new Pair((int) row, earlier));
        }
    }

    /**
     * Compares texts: each goes to the rows that it may be like, then a row's own text meets those in their order. Hands on {@link Seen} for each
     * row that is like an earlier one, and a {@link Link} to every one that it is like.
     */
    static JavaRDD<Serializable> compared(JavaRDD<Text> texts, JavaRDD<Pair> pairs, int parts) {
        JavaPairRDD<GroupKey, Text> own = texts.mapToPair(text -> new Tuple2<>(new GroupKey(text.row(), FIRST), text));
        JavaPairRDD<GroupKey, @Nullable Text> asking =
                pairs.mapToPair(pair -> new Tuple2<>(new GroupKey(pair.earlier, pair.later), null));
        JavaPairRDD<GroupKey, Text> sent = Groups.sorted(own.union(asking), parts)
                .mapPartitionsToPair(rows -> new Pushed<>(out -> {
                    Text earlier = null;
                    while (rows.hasNext()) {
                        Tuple2<GroupKey, @Nullable Text> next = rows.next();
                        Text text = next._2();
                        if (text != null) {
                            earlier = text;
                        } else if (earlier != null) {
                            int later = (int) next._1().order();
                            out.accept(
                                    new Tuple2<>(new GroupKey(later, next._1().group()), earlier));
                        }
                    }
                }));
        return Groups.sorted(own.union(sent), parts)
                .mapPartitions(rows -> new Pushed<>(out -> {
                    Text later = null;
                    Compared compared = null;
                    while (rows.hasNext()) {
                        Tuple2<GroupKey, Text> next = rows.next();
                        Text text = next._2();
                        if (next._1().order() == FIRST) {
                            if (compared != null) {
                                compared.seen().ifPresent(out);
                            }
                            later = text;
                            compared = null;
                        } else if (later != null) {
                            compared = compared == null ? new Compared(later) : compared;
                            if (compared.with(text)) {
                                out.accept(new Link(
                                        Link.end(later.row(), later.line()), Link.end(text.row(), text.line())));
                            }
                        }
                    }
                    if (compared != null) {
                        compared.seen().ifPresent(out);
                    }
                }));
    }

    /** Names the component of each row that was seen, of which every one has a link to the smallest. */
    static JavaRDD<Seen> named(JavaRDD<Seen> seen, JavaRDD<Link> components, int parts) {
        JavaPairRDD<GroupKey, Serializable> smallest =
                components.mapToPair(link -> new Tuple2<>(new GroupKey(Link.row(link.later()), FIRST), link));
        JavaPairRDD<GroupKey, Serializable> rows =
                seen.mapToPair(one -> new Tuple2<>(new GroupKey(one.sighting().row(), one.line()), one));
        return Groups.sorted(smallest.union(rows), parts)
                .mapPartitions(both -> new Pushed<>(out -> {
                    long earlier = 0;
                    while (both.hasNext()) {
                        Serializable next = both.next()._2();
                        if (next instanceof Link link) {
                            earlier = link.earlier();
                        } else if (next instanceof Seen one) {
                            out.accept(one.in(Link.row(earlier), Link.line(earlier)));
                        }
                    }
                }));
    }

    /** Counts the components, and the rows of the largest. */
    static Part sizes(JavaRDD<Link> components, int parts) {
        long[] sizes = components
                .mapToPair(link -> new Tuple2<>(link.earlier(), 1L))
                .reduceByKey(Long::sum, parts)
                .values()
                .aggregate(
                        new long[2],
                        (sum, linked) -> new long[] {sum[0] + 1, Math.max(sum[1], linked + 1)},
                        (one, other) -> new long[] {one[0] + other[0], Math.max(one[1], other[1])});
        return SharedFindings.components(sizes[0], sizes[1]);
    }
}
