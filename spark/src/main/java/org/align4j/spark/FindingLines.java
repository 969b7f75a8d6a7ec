package org.align4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.align4j.core.doctor.SharedDoctor.Quoted;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.SharedFindings;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.MarginNoise.OfProbe;
import org.align4j.spark.DataShards.Local;
import org.align4j.spark.LogShards.NumberSegments;
import org.align4j.spark.LogShards.Opened;
import org.align4j.spark.SecondLook.Margin;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Puts the rows of findings into the order in which one machine names them, and reads those that are examples. */
record FindingLines(LogShards shards) {
    /** The place of a line among all findings: by check, then as the check ranks rows. */
    private record Rank(int check, double rank, int row) implements Comparable<Rank>, Serializable {
        private static final Comparator<Rank> ORDER = Comparator.comparingInt(Rank::check)
                .thenComparingDouble(Rank::rank)
                .thenComparingInt(Rank::row);

        @Override
        public int compareTo(Rank other) {
            return ORDER.compare(this, other);
        }
    }

    /** Says which sightings count, and how they are written. */
    private record Named(Broadcast<Opened> opened, Broadcast<NumberSegments> numbers, Map<String, Noted> all)
            implements Serializable {
        @Nullable
        Sighting of(Seen seen) {
            return opened.value().doctor().findings().named(all, seen);
        }

        String line(Seen seen, Sighting named) {
            IntFunction<String> names = numbers.value()::name;
            return SharedFindings.line(seen, named, names);
        }
    }

    /** Orders the lines of all findings as one machine writes them. */
    JavaRDD<String> of(
            List<JavaRDD<Seen>> seen,
            JavaRDD<Margin> margins,
            @Nullable OfProbe noise,
            List<Finding> findings,
            Map<String, Noted> noted) {
        Named named = new Named(shards.opened(), shards.numbers(), noted);
        List<String> order = findings.stream().map(Finding::id).toList();
        JavaRDD<Seen> all = seen.get(0);
        for (JavaRDD<Seen> more : seen.subList(1, seen.size())) {
            all = all.union(more);
        }
        JavaPairRDD<Rank, String> lines = all.flatMapToPair(one -> {
            Sighting sighting = named.of(one);
            return sighting == null
                    ? List.<Tuple2<Rank, String>>of().iterator()
                    : List.of(new Tuple2<>(
                                    new Rank(order.indexOf(one.check()), 0, sighting.row()), named.line(one, sighting)))
                            .iterator();
        });
        if (noise != null) {
            lines = lines.union(margins.filter(margin -> noise.suspects(margin.margin()))
                    .mapToPair(margin -> {
                        Sighting sighting = Sighting.of(margin.row(), noise.note(margin.margin()));
                        Seen one = new Seen("label-noise", Noted.FOUND, sighting, margin.line(), null, 0);
                        return new Tuple2<>(
                                new Rank(order.indexOf("label-noise"), margin.margin(), margin.row()),
                                named.line(one, sighting));
                    }));
        }
        return lines.union(shards.spark().parallelizePairs(examplesAlone(findings, named)))
                .sortByKey()
                .values();
    }

    /** The lines of the finding that shows examples alone, which the driver has. */
    private List<Tuple2<Rank, String>> examplesAlone(List<Finding> findings, Named named) {
        List<Tuple2<Rank, String>> lines = new ArrayList<>();
        for (int check = 0; check < findings.size(); check++) {
            Finding finding = findings.get(check);
            if (finding.id().equals("length-bias")) {
                BitSet rows = new BitSet();
                finding.sightings().forEach(sighting -> rows.set(sighting.row()));
                Map<Integer, Quoted> quoted = quoted(rows);
                for (Sighting sighting : finding.sightings()) {
                    Quoted row = quoted.get(sighting.row());
                    int line = row == null ? 0 : row.line();
                    Seen seen = new Seen(finding.id(), Noted.FOUND, sighting, line, null, 0);
                    lines.add(new Tuple2<>(new Rank(check, 0, sighting.row()), named.line(seen, sighting)));
                }
            }
        }
        return lines;
    }

    /** Reads the examples, of the files that have some. */
    Map<Integer, Quoted> quoted(BitSet rows) {
        NumberSegments numbers = shards.numbers().value();
        Map<Integer, BitSet> byFile = new TreeMap<>();
        rows.stream()
                .forEach(row -> byFile.computeIfAbsent(numbers.file(row), file -> new BitSet())
                        .set(row));
        Broadcast<Opened> what = shards.opened();
        Map<Integer, Quoted> quoted = new TreeMap<>();
        if (byFile.isEmpty()) {
            return quoted;
        }
        List<Tuple2<Integer, BitSet>> wanted = new ArrayList<>();
        byFile.forEach((file, some) -> wanted.add(new Tuple2<>(file, some)));
        int[] firsts = numbers.firsts();
        shards.spark()
                .parallelize(wanted, wanted.size())
                .map(each -> {
                    try (Local shard = what.value().file(each._1())) {
                        return what.value().doctor().quote(shard.path(), firsts[each._1()], each._2());
                    }
                })
                .collect()
                .forEach(quoted::putAll);
        return quoted;
    }
}
