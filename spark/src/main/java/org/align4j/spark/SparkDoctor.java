package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.doctor.SharedDoctor.Banded;
import org.align4j.core.doctor.SharedDoctor.Digest;
import org.align4j.core.doctor.SharedDoctor.OfAnnotator;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.SharedDoctor.Text;
import org.align4j.core.doctor.SharedFindings;
import org.align4j.core.doctor.SharedGroups;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators.Votes;
import org.align4j.core.doctor.people.LabelNoise.CrossFit;
import org.align4j.core.shards.ShardCluster;
import org.align4j.core.stop.StopSignal;
import org.align4j.spark.Components.Link;
import org.align4j.spark.DataShards.Local;
import org.align4j.spark.Groups.GroupKey;
import org.align4j.spark.Judgements.Noise;
import org.align4j.spark.LogShards.NumberSegments;
import org.align4j.spark.LogShards.Opened;
import org.align4j.spark.SecondLook.Margin;
import org.align4j.spark.SimilarRows.Pair;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * The doctor's checks on executors. A task reads a file; rows that share a subject, a prompt or a band of hashes come together by a shuffle. Sums
 * come to the driver, which has no row but those that are examples, and the words that the probe of label noise learns from, of 40,000 rows at most.
 */
final class SparkDoctor {
    private static final int ROWS_IN_A_PARTITION = 100_000;
    private static final StorageLevel ON_DISK = StorageLevel.DISK_ONLY();

    private final JavaSparkContext spark;
    private final Consumer<String> log;
    private final int least;
    private final List<String> files;
    private final Asked asked;
    private final List<JavaRDD<?>> kept = new ArrayList<>();

    /** @param partitions the least number of parts into which rows are shuffled; the findings are the same for any */
    SparkDoctor(JavaSparkContext spark, List<String> files, Asked asked, int partitions, Consumer<String> log) {
        this.spark = spark;
        this.log = log;
        this.least = partitions;
        this.files = files;
        this.asked = asked;
    }

    /** @param out where every row of every finding is written; null for nowhere */
    Examination examine(@Nullable Path out) throws IOException {
        try {
            return examined(out);
        } finally {
            kept.forEach(each -> each.unpersist(true));
            ExecutorWatch.newest().tell(log);
        }
    }

    private Examination examined(@Nullable Path out) throws IOException {
        if (out != null) {
            DataShards.replace(out.resolve(ShardCluster.FINDINGS));
        }
        LogShards shards = LogShards.of(spark, files, asked);
        int rows = shards.numbers().value().rows();
        int parts = Math.max(least, rows / ROWS_IN_A_PARTITION + 1);
        say("%,d rows in %,d files are looked at", rows, files.size());
        JavaRDD<Serializable> looked = keep(shards.indices().flatMap(new Look(shards.opened(), shards.numbers())::of));
        JavaRDD<Digest> digests = of(looked, Digest.class);
        say("rows that say something of the same answers are compared");
        JavaRDD<Serializable> subjects = keep(together(shards.opened(), digests, true, parts));
        JavaRDD<Serializable> prompts = keep(together(shards.opened(), digests.filter(Digest::orders), false, parts));
        Map<String, Noted> all = new TreeMap<>();
        List.of(looked, subjects, prompts).forEach(each -> add(noted(each), all));
        say("similar rows are looked for");
        CrossFit probes = SecondLook.probes(shards, all.getOrDefault("label-noise", new Noted()));
        JavaRDD<Pair> pairs = keep(SimilarRows.candidates(of(subjects, Banded.class), parts));
        JavaRDD<Serializable> again = keep(SecondLook.of(shards, pairs, probes, parts));
        JavaRDD<Margin> margins = of(again, Margin.class);
        JavaRDD<Seen> near = near(of(again, Text.class), pairs, parts, all);
        say("labels and annotators are examined");
        Noise noise = Judgements.noise(margins, probes == null ? 0 : probes.size());
        Map<String, Finding> apart = new HashMap<>();
        if (noise.finding() != null) {
            apart.put("label-noise", noise.finding());
        }
        JavaRDD<Seen> suspected = Judgements.annotators(
                of(subjects, OfAnnotator.class), of(subjects, Votes.class), digests, margins, apart);
        SharedFindings made = shards.opened().value().doctor().findings();
        List<Finding> findings = made.findings(all, apart);
        FindingLines lines = new FindingLines(shards);
        if (out != null) {
            say("findings are written");
            List<JavaRDD<Seen>> seen =
                    List.of(of(looked, Seen.class), of(subjects, Seen.class), of(prompts, Seen.class), near, suspected);
            DataShards.write(lines.of(seen, margins, noise.told(), findings, all), out.resolve(ShardCluster.FINDINGS));
        }
        return made.examination(
                rows,
                findings,
                lines.quoted(made.examples(findings)),
                shards.numbers().value()::name);
    }

    /** Compares texts, and finds the components of rows that are alike. */
    private JavaRDD<Seen> near(JavaRDD<Text> texts, JavaRDD<Pair> pairs, int parts, Map<String, Noted> all) {
        JavaRDD<Serializable> compared = keep(SimilarRows.compared(texts, pairs, parts));
        JavaRDD<Link> components = Components.of(of(compared, Link.class), parts);
        kept.add(components);
        JavaRDD<Seen> near = keep(SimilarRows.named(of(compared, Seen.class), components, parts));
        add(noted(near.map(seen -> new Part(seen.check(), Noted.of(0, List.of(seen.sighting()))))), all);
        Part sizes = SimilarRows.sizes(components, parts);
        add(Map.of(sizes.check(), sizes.noted()), all);
        return near;
    }

    @FormatMethod
    private void say(@FormatString String sentence, Object... values) {
        StopSignal.throwIfStopped();
        ExecutorWatch.newest().tell(log);
        log.accept("On the cluster " + format(sentence, values) + ".");
    }

    private <T> JavaRDD<T> keep(JavaRDD<T> values) {
        kept.add(values);
        return values.persist(ON_DISK);
    }

    private static <T> JavaRDD<T> of(JavaRDD<Serializable> values, Class<T> type) {
        return values.filter(type::isInstance).map(type::cast);
    }

    /** Looks at the rows of files. */
    private record Look(Broadcast<Opened> opened, Broadcast<NumberSegments> numbers) implements Serializable {
        Iterator<Serializable> of(int file) {
            return new Pushed<>(out -> {
                try (Local shard = opened.value().file(file)) {
                    opened.value().doctor().look(shard.path(), numbers.value().first(file), out);
                }
            });
        }
    }

    /** Compares rows that share a subject, or a prompt. */
    private static JavaRDD<Serializable> together(
            Broadcast<Opened> what, JavaRDD<Digest> digests, boolean subjects, int parts) {
        JavaPairRDD<GroupKey, Digest> keyed = digests.mapToPair(digest -> new Tuple2<>(
                new GroupKey(
                        subjects ? digest.subject() : digest.row().keys().prompt(),
                        digest.row().number()),
                digest));
        return Groups.sorted(keyed, parts)
                .mapPartitions(rows -> new Pushed<>(out -> {
                    SharedGroups together = new SharedGroups(what.value().doctor(), subjects, out);
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
}
