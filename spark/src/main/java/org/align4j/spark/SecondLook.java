package org.align4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.align4j.core.doctor.SharedDoctor;
import org.align4j.core.doctor.SharedDoctor.Text;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.doctor.people.LabelNoise.CrossFit;
import org.align4j.core.doctor.people.LabelNoise.Lesson;
import org.align4j.spark.DataShards.Local;
import org.align4j.spark.Groups.GroupKey;
import org.align4j.spark.LogShards.NumberSegments;
import org.align4j.spark.LogShards.Opened;
import org.align4j.spark.SimilarRows.Pair;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Reads files a second time on executors: texts that are compared, and rows about which the probe of label noise is asked. */
final class SecondLook {
    private static final long BEGIN = SimilarRows.FIRST;

    private SecondLook() {}

    /** A row's margin by the probe, with who judged the row. */
    record Margin(
            int row, int line, double margin, @Nullable String annotator) implements Serializable {
        private static final Comparator<Margin> ORDER =
                Comparator.comparingDouble(Margin::margin).thenComparingInt(Margin::row);

        /** Orders margins as the finding names them; serialized by what it is, not by the class that asks. */
        enum Smallest implements Comparator<Margin> {
            FIRST;

            @Override
            public int compare(Margin one, Margin other) {
                return ORDER.compare(one, other);
            }
        }
    }

    /**
     * Reads again the rows that are compared, and those about which the probe is asked. Hands on {@link Text} and {@link Margin}.
     *
     * @param learned null: there are too few rows for a probe
     * @param parts the parts into which rows are shuffled, where there are as many files
     */
    static JavaRDD<Serializable> of(LogShards shards, JavaRDD<Pair> pairs, @Nullable CrossFit learned, int parts) {
        Broadcast<@Nullable CrossFit> probes = shards.spark().broadcast(learned);
        Broadcast<Opened> what = shards.opened();
        Broadcast<NumberSegments> numbers = shards.numbers();
        JavaPairRDD<GroupKey, Boolean> wanted = pairs.flatMapToPair(pair -> IntStream.of(pair.later(), pair.earlier())
                .mapToObj(row -> new Tuple2<>(new GroupKey(numbers.value().file(row), row), true))
                .iterator());
        JavaPairRDD<GroupKey, Boolean> begin =
                shards.indices().mapToPair(file -> new Tuple2<>(new GroupKey(file, BEGIN), true));
        return Groups.sorted(wanted.union(begin), Math.min(shards.files(), parts))
                .mapPartitions(rows -> new Pushed<>(out -> {
                    SecondReading reading = new SecondReading(what.value(), numbers.value(), probes.value(), out);
                    rows.forEachRemaining(row -> reading.want(row._1()));
                    reading.read();
                }));
    }

    /** Reads files again, each once it is known which of its rows are wanted. */
    private static final class SecondReading {
        private final Opened opened;
        private final NumberSegments numbers;
        private final @Nullable CrossFit probes;
        private final Consumer<Serializable> out;
        private BitSet wanted = new BitSet();
        private int file = -1;

        SecondReading(Opened opened, NumberSegments numbers, @Nullable CrossFit probes, Consumer<Serializable> out) {
            this.opened = opened;
            this.numbers = numbers;
            this.probes = probes;
            this.out = out;
        }

        void want(GroupKey key) {
            if (key.order() == BEGIN) {
                read();
                file = (int) key.group();
                wanted = new BitSet();
            } else {
                wanted.set((int) key.order() - numbers.first(file));
            }
        }

        void read() {
            if (file < 0 || (probes == null && wanted.isEmpty())) {
                return;
            }
            int first = numbers.first(file);
            try (Local shard = opened.file(file)) {
                opened.doctor()
                        .again(shard.path(), first, row -> probes != null || wanted.get(row - first), (row, line) -> {
                            if (wanted.get(row.number() - first)) {
                                out.accept(Text.of(row, line));
                            }
                            if (probes != null && LabelNoise.concerns(row)) {
                                out.accept(new Margin(
                                        row.number(),
                                        line,
                                        probes.margin(Lesson.of(row)),
                                        Annotators.judges(row) ? row.facts().annotator() : null));
                            }
                        });
            }
        }
    }

    /** Has the probe learn from rows that the driver fetches: the rarest ones by their numbers, 40,000 at most. */
    static @Nullable CrossFit probes(LogShards shards, Noted levels) {
        long[] rows = new long[Long.SIZE];
        levels.counts(SharedDoctor.LEVEL).forEach((level, count) -> rows[Integer.parseInt(level)] = count);
        if (Arrays.stream(rows).sum() < LabelNoise.FEWEST) {
            return null;
        }
        int from = LabelNoise.learnedFrom(rows);
        Broadcast<Opened> what = shards.opened();
        Broadcast<NumberSegments> numbers = shards.numbers();
        List<Lesson> lessons = shards.indices()
                .<Lesson>flatMap(file -> new Pushed<Lesson>(out -> {
                    try (Local shard = what.value().file(file)) {
                        what.value()
                                .doctor()
                                .again(
                                        shard.path(),
                                        numbers.value().first(file),
                                        row -> LabelNoise.level(row) >= from,
                                        (row, line) -> {
                                            if (LabelNoise.concerns(row)) {
                                                out.accept(Lesson.of(row));
                                            }
                                        });
                    }
                }))
                .collect();
        return CrossFit.of(lessons);
    }
}
