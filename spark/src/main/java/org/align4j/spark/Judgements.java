package org.align4j.spark;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.SharedDoctor.Digest;
import org.align4j.core.doctor.SharedDoctor.OfAnnotator;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Annotators.Counts;
import org.align4j.core.doctor.people.Annotators.Votes;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.doctor.people.MarginNoise.OfProbe;
import org.align4j.core.doctor.people.MarginSums;
import org.align4j.spark.SecondLook.Margin;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Examines labels and who gave them on executors: by sums of margins, and by counts and votes of each annotator. */
final class Judgements {
    private static final int VOTES_ON_THE_DRIVER = 100_000;

    private Judgements() {}

    /** Holds label noise by the probe's margins; a null finding where there are too few. */
    record Noise(@Nullable Finding finding, @Nullable OfProbe told) {}

    /** Estimates label noise by the probe's margins. */
    static Noise noise(JavaRDD<Margin> margins, int learnedFrom) {
        MarginSums sums = new MarginSums();
        margins.mapPartitions(part -> {
                    MarginSums ofPart = new MarginSums();
                    part.forEachRemaining(margin -> ofPart.add(margin.row(), margin.margin()));
                    return List.of(ofPart).iterator();
                })
                .collect()
                .forEach(sums::add);
        if (sums.rows() < LabelNoise.FEWEST) {
            return new Noise(null, null);
        }
        OfProbe told = OfProbe.of(sums);
        JavaRDD<Margin> suspects = margins.filter(margin -> told.suspects(margin.margin()));
        List<Sighting> first = suspects.takeOrdered(Examination.EXAMPLES, Margin.Smallest.FIRST).stream()
                .map(margin -> Sighting.of(margin.row(), told.note(margin.margin())))
                .toList();
        return new Noise(told.finding(sums, suspects.count(), first).with("learned_from", learnedFrom), told);
    }

    /** Finds the annotators who say little, and returns what they judged. */
    static JavaRDD<Seen> annotators(
            JavaRDD<OfAnnotator> ofSubjects,
            JavaRDD<Votes> ofVotes,
            JavaRDD<Digest> digests,
            JavaRDD<Margin> margins,
            Map<String, Finding> apart) {
        JavaPairRDD<String, Counts> counted = ofSubjects.mapToPair(each -> new Tuple2<>(each.name(), each.counts()));
        JavaPairRDD<String, Counts> probed = margins.filter(margin -> margin.annotator() != null)
                .mapToPair(margin -> {
                    Counts counts = new Counts();
                    counts.addProbe(margin.margin());
                    return new Tuple2<>(margin.annotator(), counts);
                });
        Map<String, Counts> counts =
                new HashMap<>(counted.union(probed).reduceByKey(Counts::add).collectAsMap());
        List<String> names = Annotators.Verdict.names(counts);
        if (names.isEmpty()) {
            return JavaSparkContext.fromSparkContext(digests.context()).emptyRDD();
        }
        JavaPairRDD<Votes, Long> votes = ofVotes.mapToPair(each -> new Tuple2<>(each, 1L))
                .reduceByKey(Long::sum)
                .persist(StorageLevel.DISK_ONLY());
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
}
