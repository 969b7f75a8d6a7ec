package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.SharedDoctor;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.doctor.SharedDoctor.Banded;
import org.align4j.core.doctor.SharedDoctor.Compared;
import org.align4j.core.doctor.SharedDoctor.Digest;
import org.align4j.core.doctor.SharedDoctor.Likeliest;
import org.align4j.core.doctor.SharedDoctor.OfAnnotator;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.SharedDoctor.Quoted;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.SharedDoctor.Text;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Annotators.Counts;
import org.align4j.core.doctor.people.Annotators.Votes;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.doctor.people.LabelNoise.CrossFit;
import org.align4j.core.doctor.people.LabelNoise.Lesson;
import org.align4j.core.doctor.people.MarginNoise.OfProbe;
import org.align4j.core.doctor.people.MarginSums;
import org.align4j.core.error.InputException;
import org.align4j.core.session.shards.ShardCluster;
import org.align4j.core.stop.StopSignal;
import org.align4j.spark.DataShards.Local;
import org.align4j.spark.Groups.GroupKey;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * The doctor's checks on executors. A task reads a file; rows that share a subject, a prompt or a band of hashes come together by a shuffle. Sums
 * come to the driver, which has no row but those that are examples, and the words that the probe of label noise learns from, of 40,000 rows at most.
 */
final class SparkDoctor {
    private static final int ROWS_IN_A_PARTITION = 100_000;
    private static final long OWN_TEXT = -1;
    private static final int VOTES_ON_THE_DRIVER = 100_000;
    private static final StorageLevel ON_DISK = StorageLevel.DISK_ONLY();

    private final JavaSparkContext spark;
    private final Consumer<String> log;
    private final int least;
    private final Broadcast<Opened> opened;
    private final int files;
    private final List<JavaRDD<?>> kept = new ArrayList<>();

    /**
     * What executors read.
     *
     * @param id distinguishes it from others that the same process serves
     * @param files in their order
     */
    record Opened(String id, Asked asked, List<String> files, SerializableConfiguration hadoop)
            implements Serializable {
        private static final Map<String, SharedDoctor> DOCTORS = new HashMap<>();

        /** The doctor of this process. */
        SharedDoctor doctor() {
            synchronized (DOCTORS) {
                return DOCTORS.computeIfAbsent(id, any -> new SharedDoctor(asked));
            }
        }

        Local file(int index) {
            return Local.of(files.get(index), hadoop);
        }
    }

    /**
     * The rows of each file among those of all.
     *
     * @param firsts the number of each file's first row, and of the row after the last one
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record NumberSegments(int[] firsts, List<String> names) implements Serializable {
        int file(int row) {
            int at = Arrays.binarySearch(firsts, row);
            int file = at >= 0 ? at : -at - 2;
            while (firsts[file + 1] <= row) {
                file++; // a file without a row
            }
            return file;
        }

        String name(int row) {
            return names.get(file(row));
        }

        int rows() {
            return firsts[firsts.length - 1] - firsts[0];
        }
    }

    /** A pair of rows to be compared. */
    private record Pair(int later, int earlier) implements Serializable {}

    /** A row's margin by the probe, with who judged the row. */
    private record Margin(
            int row, int line, double margin, @Nullable String annotator) implements Serializable {
        private static final Comparator<Margin> ORDER =
                Comparator.comparingDouble(Margin::margin).thenComparingInt(Margin::row);

        /** Orders margins as the finding names them; serialized by what it is, not by the class that asks. */
        private enum Smallest implements Comparator<Margin> {
            FIRST;

            @Override
            public int compare(Margin one, Margin other) {
                return ORDER.compare(one, other);
            }
        }
    }

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

    /** What was seen a second time: texts to compare, and margins. */
    private record SecondLook(JavaRDD<Text> texts, JavaRDD<Margin> margins, int learnedFrom) {}

    /** What the probe's margins come to; null finding where there are too few. */
    private record Noise(
            @Nullable Finding finding, @Nullable OfProbe told) {}

    /** @param partitions the least number of parts into which rows are shuffled; the findings are the same for any */
    SparkDoctor(JavaSparkContext spark, List<String> files, Asked asked, int partitions, Consumer<String> log) {
        this.spark = spark;
        this.log = log;
        this.least = partitions;
        this.files = files.size();
        this.opened = spark.broadcast(new Opened(
                UUID.randomUUID().toString(),
                asked,
                List.copyOf(files),
                new SerializableConfiguration(spark.hadoopConfiguration())));
    }

    /** @param out where every row of every finding is written; null for nowhere */
    Examination examine(@Nullable Path out) throws IOException {
        try {
            return examined(out);
        } finally {
            kept.forEach(each -> each.unpersist(false));
        }
    }

    private Examination examined(@Nullable Path out) throws IOException {
        if (out != null) {
            DataShards.replace(out.resolve(ShardCluster.FINDINGS));
        }
        NumberSegments numbers = numbers();
        Broadcast<NumberSegments> numbered = spark.broadcast(numbers);
        int parts = Math.max(least, numbers.rows() / ROWS_IN_A_PARTITION + 1);
        say("%,d rows in %,d files are looked at", numbers.rows(), files);
        JavaRDD<Serializable> looked = keep(shards().flatMap(new Look(opened, numbered)::of));
        JavaRDD<Digest> digests = of(looked, Digest.class);
        say("rows that say something of the same answers are compared");
        JavaRDD<Serializable> subjects = keep(together(digests, true, parts));
        JavaRDD<Serializable> prompts = keep(together(digests.filter(Digest::orders), false, parts));
        Map<String, Noted> all = new TreeMap<>();
        List.of(looked, subjects, prompts).forEach(each -> add(noted(each), all));
        say("similar rows are looked for");
        JavaRDD<Pair> pairs = keep(candidates(of(subjects, Banded.class), parts));
        SecondLook second = secondLook(pairs, numbered, all.getOrDefault("label-noise", new Noted()), parts);
        JavaRDD<Seen> near = keep(compared(second.texts, pairs, parts));
        add(noted(near.map(seen -> new Part(seen.check(), Noted.of(0, List.of(seen.sighting()))))), all);
        say("labels and annotators are examined");
        Noise noise = noise(second.margins, second.learnedFrom);
        Map<String, Finding> apart = new HashMap<>();
        if (noise.finding != null) {
            apart.put("label-noise", noise.finding);
        }
        JavaRDD<Seen> suspected = annotators(subjects, digests, second.margins, apart);
        SharedDoctor doctor = opened.value().doctor();
        List<Finding> findings = doctor.findings(all, apart);
        if (out != null) {
            say("findings are written");
            List<JavaRDD<Seen>> seen =
                    List.of(of(looked, Seen.class), of(subjects, Seen.class), of(prompts, Seen.class), near, suspected);
            write(lines(seen, second.margins, noise.told, findings, new Named(opened, numbered, all)), out);
        }
        return doctor.examination(numbers.rows(), findings, quoted(doctor.examples(findings), numbers), numbers::name);
    }

    @FormatMethod
    private void say(@FormatString String sentence, Object... values) {
        StopSignal.throwIfStopped();
        log.accept("On the cluster " + format(sentence, values) + ".");
    }

    private <T> JavaRDD<T> keep(JavaRDD<T> values) {
        kept.add(values);
        return values.persist(ON_DISK);
    }

    private JavaRDD<Integer> shards() {
        List<Integer> indices = IntStream.range(0, files).boxed().toList();
        return spark.parallelize(indices, files);
    }

    private static <T> JavaRDD<T> of(JavaRDD<Serializable> values, Class<T> type) {
        return values.filter(type::isInstance).map(type::cast);
    }

    /** The rows of a file, or why they can't be counted. */
    private record Counted(int file, int rows, @Nullable String error) implements Serializable {}

    private NumberSegments numbers() {
        int first = opened.value().doctor().first();
        Broadcast<Opened> what = opened;
        List<Counted> counted = shards().map(file -> {
                    try (Local shard = what.value().file(file)) {
                        return new Counted(file, what.value().doctor().count(shard.path()), null);
                    } catch (InputException e) {
                        return new Counted(file, 0, String.valueOf(e.getMessage()));
                    }
                })
                .collect();
        int[] firsts = new int[files + 1];
        firsts[0] = first;
        for (Counted file : counted) {
            if (file.error != null) {
                throw new InputException(file.error);
            }
            firsts[file.file + 1] = file.rows;
        }
        for (int file = 0; file < files; file++) {
            firsts[file + 1] = Math.addExact(firsts[file + 1], firsts[file]);
        }
        return new NumberSegments(firsts, opened.value().files());
    }

    /** Looks at the rows of files. */
    private record Look(Broadcast<Opened> opened, Broadcast<NumberSegments> numbers) implements Serializable {
        Iterator<Serializable> of(int file) {
            return new Pushed<>(out -> {
                try (Local shard = opened.value().file(file)) {
                    opened.value().doctor().look(shard.path(), numbers.value().firsts[file], out);
                }
            });
        }
    }

    /** Compares rows that share a subject, or a prompt. */
    private JavaRDD<Serializable> together(JavaRDD<Digest> digests, boolean subjects, int parts) {
        Broadcast<Opened> what = opened;
        JavaPairRDD<GroupKey, Digest> keyed = digests.mapToPair(digest -> new Tuple2<>(
                new GroupKey(
                        subjects ? digest.subject() : digest.row().keys().prompt(),
                        digest.row().number()),
                digest));
        return Groups.sorted(keyed, parts)
                .mapPartitions(rows -> new Pushed<>(out -> {
                    SharedDoctor.Together together = what.value().doctor().new Together(subjects, out);
                    rows.forEachRemaining(row -> together.add(row._1().group(), row._2()));
                    together.end();
                }));
    }

    /** Adds what was noted in each part, on executors first. */
    private static Map<String, Noted> noted(JavaRDD<? extends Serializable> values) {
        Map<String, Noted> all = new TreeMap<>();
        values.mapPartitions(part -> {
                    Map<String, Noted> sums = new TreeMap<>();
                    part.forEachRemaining(value -> {
                        if (value instanceof Part noted) {
                            add(Map.of(noted.check(), noted.noted()), sums);
                        }
                    });
                    return List.of(sums).iterator();
                })
                .collect()
                .forEach(sums -> add(sums, all));
        return all;
    }

    private static void add(Map<String, Noted> some, Map<String, Noted> all) {
        some.forEach(
                (check, noted) -> all.computeIfAbsent(check, any -> new Noted()).add(noted, Examination.EXAMPLES));
    }

    /** Proposes rows that may be alike: of those that share a band each is offered the first and the last before it. */
    private static JavaRDD<Pair> candidates(JavaRDD<Banded> rows, int parts) {
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

    /** Reads again the rows that are compared, and those about which the probe is asked. */
    private SecondLook secondLook(JavaRDD<Pair> pairs, Broadcast<NumberSegments> numbers, Noted levels, int parts) {
        Broadcast<@Nullable CrossFit> probes = spark.broadcast(probes(levels, numbers));
        Broadcast<Opened> what = opened;
        JavaPairRDD<GroupKey, Boolean> wanted = pairs.flatMapToPair(pair -> IntStream.of(pair.later, pair.earlier)
                .mapToObj(row -> new Tuple2<>(new GroupKey(numbers.value().file(row), row), true))
                .iterator());
        JavaPairRDD<GroupKey, Boolean> begin =
                shards().mapToPair(file -> new Tuple2<>(new GroupKey(file, OWN_TEXT), true));
        JavaRDD<Serializable> seen = keep(Groups.sorted(wanted.union(begin), Math.min(files, Math.max(parts, least)))
                .mapPartitions(rows -> new Pushed<>(out -> {
                    SecondReading reading = new SecondReading(what.value(), numbers.value(), probes.value(), out);
                    rows.forEachRemaining(row -> reading.want(row._1()));
                    reading.read();
                })));
        CrossFit learned = probes.value();
        return new SecondLook(of(seen, Text.class), of(seen, Margin.class), learned == null ? 0 : learned.size());
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
            if (key.order() == OWN_TEXT) {
                read();
                file = (int) key.group();
                wanted = new BitSet();
            } else {
                wanted.set((int) key.order() - numbers.firsts[file]);
            }
        }

        void read() {
            if (file < 0 || (probes == null && wanted.isEmpty())) {
                return;
            }
            int first = numbers.firsts[file];
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
    private @Nullable CrossFit probes(Noted levels, Broadcast<NumberSegments> numbers) {
        long[] rows = new long[Long.SIZE];
        levels.counts(SharedDoctor.LEVEL).forEach((level, count) -> rows[Integer.parseInt(level)] = count);
        if (Arrays.stream(rows).sum() < LabelNoise.FEWEST) {
            return null;
        }
        int from = LabelNoise.learnedFrom(rows);
        Broadcast<Opened> what = opened;
        List<Lesson> lessons = shards().<Lesson>flatMap(file -> new Pushed<Lesson>(out -> {
                    try (Local shard = what.value().file(file)) {
                        what.value()
                                .doctor()
                                .again(
                                        shard.path(),
                                        numbers.value().firsts[file],
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

    /** Compares texts: each goes to the rows that it may be like, then a row's own text meets those in their order. */
    private static JavaRDD<Seen> compared(JavaRDD<Text> texts, JavaRDD<Pair> pairs, int parts) {
        JavaPairRDD<GroupKey, Text> own =
                texts.mapToPair(text -> new Tuple2<>(new GroupKey(text.row(), OWN_TEXT), text));
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
                        if (next._1().order() == OWN_TEXT) {
                            if (compared != null) {
                                compared.seen().ifPresent(out);
                            }
                            later = next._2();
                            compared = null;
                        } else if (later != null) {
                            compared = compared == null ? new Compared(later) : compared;
                            compared.with(next._2());
                        }
                    }
                    if (compared != null) {
                        compared.seen().ifPresent(out);
                    }
                }));
    }

    private static Noise noise(JavaRDD<Margin> margins, int learnedFrom) {
        MarginSums sums = new MarginSums();
        margins.mapPartitions(part -> {
                    MarginSums ofPart = new MarginSums();
                    part.forEachRemaining(margin -> ofPart.add(margin.row, margin.margin));
                    return List.of(ofPart).iterator();
                })
                .collect()
                .forEach(sums::add);
        if (sums.rows() < LabelNoise.FEWEST) {
            return new Noise(null, null);
        }
        OfProbe told = OfProbe.of(sums);
        JavaRDD<Margin> suspects = margins.filter(margin -> told.suspects(margin.margin));
        List<Sighting> first = suspects.takeOrdered(Examination.EXAMPLES, Margin.Smallest.FIRST).stream()
                .map(margin -> Sighting.of(margin.row, told.note(margin.margin)))
                .toList();
        return new Noise(told.finding(sums, suspects.count(), first).with("learned_from", learnedFrom), told);
    }

    /** Finds the annotators who say little, and returns what they judged. */
    private JavaRDD<Seen> annotators(
            JavaRDD<Serializable> subjects,
            JavaRDD<Digest> digests,
            JavaRDD<Margin> margins,
            Map<String, Finding> apart) {
        JavaPairRDD<String, Counts> counted =
                of(subjects, OfAnnotator.class).mapToPair(each -> new Tuple2<>(each.name(), each.counts()));
        JavaPairRDD<String, Counts> probed = margins.filter(margin -> margin.annotator != null)
                .mapToPair(margin -> {
                    Counts counts = new Counts();
                    counts.addProbe(margin.margin);
                    return new Tuple2<>(margin.annotator, counts);
                });
        Map<String, Counts> counts =
                new HashMap<>(counted.union(probed).reduceByKey(Counts::add).collectAsMap());
        List<String> names = Annotators.Verdict.names(counts);
        if (names.isEmpty()) {
            return spark.emptyRDD();
        }
        JavaPairRDD<Votes, Long> votes = of(subjects, Votes.class)
                .mapToPair(each -> new Tuple2<>(each, 1L))
                .reduceByKey(Long::sum)
                .persist(ON_DISK);
        Annotators.Verdict verdict = Annotators.Verdict.of(counts, expected(votes, names));
        Map<String, String> suspects = new LinkedHashMap<>(verdict.suspects());
        JavaRDD<Seen> seen = digests.filter(digest -> Annotators.judges(digest.row())
                        && suspects.containsKey(
                                String.valueOf(digest.row().facts().annotator())))
                .map(digest -> {
                    int row = digest.row().number();
                    String why =
                            suspects.get(String.valueOf(digest.row().facts().annotator()));
                    return new Seen(
                            "annotators", Noted.FOUND, new Sighting(row, Sighting.ALONE, why), digest.line(), null, 0);
                });
        List<Sighting> first = seen.map(Seen::sighting).takeOrdered(Examination.EXAMPLES, EarliestRow.FIRST);
        apart.put("annotators", verdict.finding(first));
        return seen;
    }

    private enum EarliestRow implements Comparator<Sighting> {
        FIRST;

        @Override
        public int compare(Sighting one, Sighting other) {
            return Integer.compare(one.row(), other.row());
        }
    }

    /** Sums what votes expect of each annotator: on the driver where there are few kinds of votes, else on executors, in each of 50 rounds. */
    private static Function<double[], long[]> expected(JavaPairRDD<Votes, Long> votes, List<String> names) {
        if (votes.count() <= VOTES_ON_THE_DRIVER) {
            Map<Votes, Long> all = votes.collectAsMap();
            return odds -> Annotators.Verdict.expected(all.entrySet().iterator(), names, odds);
        }
        return odds -> {
            long[] right = new long[names.size()];
            votes.mapPartitions(part -> {
                        Map<Votes, Long> some = new HashMap<>();
                        part.forEachRemaining(each -> some.put(each._1(), each._2()));
                        return List.of(Annotators.Verdict.expected(
                                        some.entrySet().iterator(), names, odds))
                                .iterator();
                    })
                    .collect()
                    .forEach(some -> Arrays.setAll(right, name -> right[name] + some[name]));
            return right;
        };
    }

    /** Says which sightings count, and how they are written. */
    private record Named(Broadcast<Opened> opened, Broadcast<NumberSegments> numbers, Map<String, Noted> all)
            implements Serializable {
        @Nullable
        Sighting of(Seen seen) {
            return opened.value().doctor().named(all, seen);
        }

        String line(Seen seen, Sighting named) {
            IntFunction<String> names = numbers.value()::name;
            return SharedDoctor.line(seen, named, names);
        }
    }

    /** Orders the lines of all findings as one machine writes them. */
    private JavaRDD<String> lines(
            List<JavaRDD<Seen>> seen,
            JavaRDD<Margin> margins,
            @Nullable OfProbe noise,
            List<Finding> findings,
            Named named) {
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
            lines = lines.union(margins.filter(margin -> noise.suspects(margin.margin))
                    .mapToPair(margin -> {
                        Sighting sighting = Sighting.of(margin.row, noise.note(margin.margin));
                        Seen one = new Seen("label-noise", Noted.FOUND, sighting, margin.line, null, 0);
                        return new Tuple2<>(
                                new Rank(order.indexOf("label-noise"), margin.margin, margin.row),
                                named.line(one, sighting));
                    }));
        }
        return lines.union(spark.parallelizePairs(examplesAlone(findings, named)))
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
                Map<Integer, Quoted> quoted = quoted(rows, named.numbers.value());
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

    private static void write(JavaRDD<String> lines, Path out) throws IOException {
        DataShards.write(lines, out.resolve(ShardCluster.FINDINGS));
    }

    /** Reads the examples, of the files that have some. */
    private Map<Integer, Quoted> quoted(BitSet rows, NumberSegments numbers) {
        Map<Integer, BitSet> byFile = new TreeMap<>();
        rows.stream()
                .forEach(row -> byFile.computeIfAbsent(numbers.file(row), file -> new BitSet())
                        .set(row));
        Broadcast<Opened> what = opened;
        Map<Integer, Quoted> quoted = new TreeMap<>();
        if (byFile.isEmpty()) {
            return quoted;
        }
        List<Tuple2<Integer, BitSet>> wanted = new ArrayList<>();
        byFile.forEach((file, some) -> wanted.add(new Tuple2<>(file, some)));
        int[] firsts = numbers.firsts;
        spark.parallelize(wanted, wanted.size())
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
