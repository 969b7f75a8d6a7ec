package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.primitives.ImmutableIntArray;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogRow.Facts.Ballot;
import org.align4j.core.doctor.people.Judgements.DawidSkene;
import org.align4j.core.eval.Proportion;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Finds annotators whose judgements say little. They agree with the others clearly less often than these with each other, on
 * pairs that several judged. Where such pairs are too few to show it, or two people alone disagree, they agree less often with a probe of
 * all rows, which sees swapped labels. Or they always pick the same slot, or are often wrong on gold pairs.
 * Pairs of which only the contradictions were kept compare nobody.
 */
public final class Annotators implements Check {
    private static final String ID = "annotators";

    /** By the share of rows that suspects judged. */
    static final Threshold THRESHOLD = Threshold.any(0.2);
    /** One of so many files without a careless annotator has somebody named by chance. */
    static final int FILES = 1000;
    /** A smaller gap is of no use to know, however sure. */
    static final double GAP = 0.1;
    /** The least gap in agreements with a probe, which knows a part of the labels only, so that swapped ones cost it less. */
    static final double PROBE_GAP = 0.05;
    /** Comparisons that can show a gap of this size decide; others are joined by the probe. */
    static final double SHOWN_GAP = 0.25;
    /** Fewer judgements in common say nothing. */
    static final int FEWEST = 10;
    /** Fewer rows don't show whether somebody picks one slot. */
    static final int FEWEST_ROWS = 20;
    /** Who picks a slot so often doesn't read. */
    static final double ONE_SIDED = 0.9;

    /** The number of annotators that are reported with their figures. */
    private static final int TOLD = 200;

    private final IntToDoubleFunction margins;
    private final Judgements judgements = new Judgements();
    private final VoterChecks checks = new VoterChecks();
    private final Map<String, Map<String, Integer>> slots = new HashMap<>();

    /** @param margins by a row's number, how much a probe prefers its chosen answer; NaN where it can't tell */
    public Annotators(IntToDoubleFunction margins) {
        this.margins = margins;
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Runnable look(LogRow row) {
        String annotator = row.facts().annotator();
        Ballot ballot = row.facts().ballot();
        boolean judges = judges(row);
        if (annotator == null || (!judges && ballot == null)) {
            return NOTHING;
        }
        String slot = row.facts().position();
        return () -> {
            if (ballot != null) {
                checks.add(annotator, ballot);
            }
            if (judges) {
                judgements.add(row, annotator);
            }
            if (judges && slot != null) {
                slots.computeIfAbsent(annotator, any -> new TreeMap<>()).merge(slot, 1, Integer::sum);
            }
        };
    }

    /** Whether a row says which of two answers somebody finds better, and isn't there to check the person. */
    public static boolean judges(LogRow row) {
        return row.isPair()
                && row.keys().chosen() != row.keys().rejected()
                && !row.facts().repeats();
    }

    @Override
    public Optional<Finding> finding() {
        if (judgements.count() == 0) {
            return Optional.empty();
        }
        List<String> names = judgements.names();
        List<DawidSkene.Vote> votes =
                judgements.overlaps().stream().flatMap(List::stream).toList();
        Map<String, Counts> counts = counts();
        Verdict verdict = Verdict.of(names, counts, DawidSkene.accuracies(votes, names.size()));
        ImmutableIntArray who = judgements.annotatorOfEach();
        ImmutableIntArray row = judgements.rowOfEach();
        List<Sighting> found = new ArrayList<>();
        for (int i = 0; i < judgements.count(); i++) {
            String why = verdict.why(names.get(who.get(i)));
            if (!why.isEmpty()) {
                found.add(Sighting.of(row.get(i), why));
            }
        }
        return Optional.of(verdict.finding(found));
    }

    /** Counts what is known of each annotator from the rows so far. */
    public Map<String, Counts> counts() {
        Map<String, Counts> counts = new LinkedHashMap<>();
        List<String> names = judgements.names();
        names.forEach(name -> counts.put(name, new Counts()));
        ImmutableIntArray who = judgements.annotatorOfEach();
        ImmutableIntArray row = judgements.rowOfEach();
        for (int i = 0; i < judgements.count(); i++) {
            Counts of = Objects.requireNonNull(counts.get(names.get(who.get(i))));
            of.add(Counts.of(row.get(i)));
            of.addProbe(margins.applyAsDouble(row.get(i)));
        }
        judgements.overlaps().forEach(votes -> Counts.compare(votes, names, counts));
        slots.forEach((name, ofName) -> ofName.forEach(
                (slot, times) -> Objects.requireNonNull(counts.get(name)).slots.merge(slot, (long) times, Long::sum)));
        checks.addTo(counts);
        return counts;
    }

    /** Returns the votes on each pair of the rows so far that several annotators judged. */
    public List<Votes> votes() {
        List<String> names = judgements.names();
        return judgements.overlaps().stream()
                .map(votes -> new Votes(
                        votes.stream().map(vote -> names.get(vote.annotator())).toList(),
                        votes.stream().map(DawidSkene.Vote::forward).toList()))
                .toList();
    }

    /**
     * The votes on a pair.
     *
     * @param annotators whose they are
     * @param forward for each which of the two answers it finds better
     */
    public record Votes(List<String> annotators, List<Boolean> forward) implements Serializable {
        /** Adds what the pair expects of each annotator, as Dawid and Skene's estimate has it. */
        void expect(Map<String, Integer> places, double[] odds, long[] right) {
            List<DawidSkene.Vote> votes = new ArrayList<>();
            for (int i = 0; i < annotators.size(); i++) {
                votes.add(
                        new DawidSkene.Vote(0, Objects.requireNonNull(places.get(annotators.get(i))), forward.get(i)));
            }
            DawidSkene.expect(votes, odds, right);
        }
    }

    /** Counts of one annotator, the same in whatever order and parts rows are counted. */
    public static final class Counts implements Serializable {
        private static final long serialVersionUID = 1L;

        private final TreeMap<String, Long> slots = new TreeMap<>();
        private final VoterChecks.Tally checked = new VoterChecks.Tally();
        private int first = Integer.MAX_VALUE;
        private long rows;
        private long compared;
        private long agreed;
        private long probed;
        private long agreedWithProbe;
        private long votes;

        /** Counts one row that an annotator judged. */
        static Counts of(int row) {
            Counts counts = new Counts();
            counts.first = row;
            counts.rows = 1;
            return counts;
        }

        /** Counts what a probe says of one row that an annotator judged: how much it prefers the chosen answer, NaN where it can't tell. */
        public void addProbe(double margin) {
            if (!Double.isNaN(margin)) {
                probed++;
                agreedWithProbe += margin > 0 ? 1 : 0;
            }
        }

        VoterChecks.Tally checked() {
            return checked;
        }

        /** Returns the number of the first row that the annotator judged. */
        public int first() {
            return first;
        }

        /** Whether the annotator judged a row: some votes are no pairs. */
        public boolean judged() {
            return rows > 0;
        }

        /** Adds what was counted of other rows; returns this. */
        public Counts add(Counts other) {
            other.slots.forEach((slot, times) -> slots.merge(slot, times, Long::sum));
            checked.add(other.checked);
            first = Math.min(first, other.first);
            rows += other.rows;
            compared += other.compared;
            agreed += other.agreed;
            probed += other.probed;
            agreedWithProbe += other.agreedWithProbe;
            votes += other.votes;
            return this;
        }

        /** Compares every two votes on a pair. */
        private static void compare(List<DawidSkene.Vote> votes, List<String> names, Map<String, Counts> counts) {
            for (int i = 0; i < votes.size(); i++) {
                for (int j = 0; j < i; j++) {
                    boolean agree = votes.get(i).forward() == votes.get(j).forward();
                    for (DawidSkene.Vote vote : List.of(votes.get(i), votes.get(j))) {
                        Counts of = Objects.requireNonNull(counts.get(names.get(vote.annotator())));
                        of.compared++;
                        of.agreed += agree ? 1 : 0;
                    }
                }
            }
            votes.forEach(vote -> Objects.requireNonNull(counts.get(names.get(vote.annotator()))).votes++);
        }
    }

    /** Holds the findings about all annotators. */
    public static final class Verdict {
        private final List<Profile> profiles;
        private final Map<String, Counts> counts;
        private final Agreement all;
        private final Map<String, String> suspected = new HashMap<>();

        private Verdict(List<Profile> profiles, Map<String, Counts> counts, Agreement all) {
            this.profiles = profiles;
            this.counts = counts;
            this.all = all;
            this.suspected.putAll(suspects());
        }

        /**
         * Finds the annotators who say little.
         *
         * @param names of those who judged rows, in the order in which they were seen
         * @param accuracies by Dawid and Skene
         */
        static Verdict of(List<String> names, Map<String, Counts> counts, double[] accuracies) {
            Agreement all = Agreement.all(names, counts, of -> new Agreement(of.agreed, of.compared));
            Agreement probe = Agreement.all(names, counts, of -> new Agreement(of.agreedWithProbe, of.probed));
            // Each comparison of two is counted with both.
            Agreement pairs = new Agreement(all.agreed / 2, all.judged / 2);
            double least = new NormalDistribution(null, 0, 1)
                    .inverseCumulativeProbability(1 - 1.0 / FILES / Math.max(1, names.size()));
            List<Profile> profiles = new ArrayList<>();
            for (int a = 0; a < names.size(); a++) {
                Counts of = Objects.requireNonNull(counts.get(names.get(a)));
                Agreement own = new Agreement(of.agreed, of.compared);
                Agreement others = pairs.without(own);
                boolean overlapping = !pairs.lacksAgreements() && own.judged >= FEWEST;
                boolean compared = overlapping && others.judged >= FEWEST;
                Agreement ownProbe = new Agreement(of.agreedWithProbe, of.probed);
                Judged judged = Judged.of(
                        of,
                        compared ? low(own, others, GAP, least) : "",
                        compared && own.error(others) * least <= SHOWN_GAP,
                        probe(ownProbe, probe.without(ownProbe), least),
                        least);
                boolean told = overlapping && (judged.evidence != Evidence.PROBE || ownProbe.judged == 0);
                profiles.add(new Profile(
                        names.get(a),
                        Math.toIntExact(of.rows),
                        told ? "agreement" : "agreement_with_probe",
                        told ? own : ownProbe,
                        compared ? accuracies[a] : Double.NaN,
                        judged));
            }
            return new Verdict(profiles, counts, pairs);
        }

        private static String probe(Agreement own, Agreement others, double least) {
            double gap = Math.max(PROBE_GAP, GAP * (2 * others.rate() - 1));
            String low = low(own, others, gap, least);
            return low.isEmpty() ? "" : low.replace(" comparisons", " comparisons with a probe of all rows");
        }

        /**
         * Finds the annotators who say little, where others keep the votes.
         *
         * @param expected by the log-odds of being right of each annotator, in the order of the names, the sum of what each pair {@link
         *     Votes#expect expects}
         */
        public static Verdict of(Map<String, Counts> counts, Function<double[], long[]> expected) {
            List<String> names = names(counts);
            long[] votes = names.stream()
                    .mapToLong(name -> Objects.requireNonNull(counts.get(name)).votes)
                    .toArray();
            return of(names, counts, DawidSkene.accuracies(votes, expected));
        }

        /** Lists those who judged rows, in the order in which they were seen. */
        public static List<String> names(Map<String, Counts> counts) {
            return counts.entrySet().stream()
                    .filter(of -> of.getValue().judged())
                    .sorted(Comparator.comparingInt(of -> of.getValue().first))
                    .map(Map.Entry::getKey)
                    .toList();
        }

        /**
         * Adds what some pairs expect of each annotator.
         *
         * @param pairs votes, and how many pairs have just these
         */
        public static long[] expected(Iterator<Map.Entry<Votes, Long>> pairs, List<String> names, double[] odds) {
            Map<String, Integer> places = new HashMap<>();
            names.forEach(name -> places.put(name, places.size()));
            long[] right = new long[names.size()];
            pairs.forEachRemaining(pair -> {
                long[] ofPair = new long[right.length];
                pair.getKey().expect(places, odds, ofPair);
                for (String name : pair.getKey().annotators) {
                    int place = Objects.requireNonNull(places.get(name));
                    right[place] += pair.getValue() * ofPair[place];
                }
            });
            return right;
        }

        /** Returns who is suspected, with what is said of each row of theirs. */
        public Map<String, String> suspects() {
            Map<String, String> suspects = new LinkedHashMap<>();
            profiles.stream()
                    .filter(profile -> !profile.why().isEmpty())
                    .forEach(profile -> suspects.put(profile.name, profile.name + ": " + profile.why()));
            return suspects;
        }

        private String why(String name) {
            return suspected.getOrDefault(name, "");
        }

        /** Makes the finding of all or the first sightings, in the order of their rows. */
        public Finding finding(List<Sighting> found) {
            List<String> suspects = List.copyOf(suspects().keySet());
            long rows = profiles.stream().mapToLong(Profile::rows).sum();
            long count = profiles.stream()
                    .filter(profile -> !profile.why().isEmpty())
                    .mapToLong(Profile::rows)
                    .sum();
            Finding finding = Finding.ofCount(ID, THRESHOLD, rows, count, found, advice(suspects))
                    .with("suspects", suspects)
                    .with("annotators", told());
            return all.lacksAgreements() ? finding.with("note", lacking(all)) : finding;
        }

        /** Lists those who judged most, in the order in which they were seen. */
        private List<Map<String, Object>> told() {
            int fewest = profiles.stream()
                    .map(Profile::rows)
                    .sorted(Comparator.reverseOrder())
                    .skip(TOLD)
                    .findFirst()
                    .orElse(0);
            return profiles.stream()
                    .filter(profile -> profile.rows > fewest)
                    .map(profile -> {
                        Map<String, Object> told = profile.told();
                        told.putAll(Objects.requireNonNull(counts.get(profile.name))
                                .checked
                                .told());
                        return told;
                    })
                    .toList();
        }
    }

    private static String lacking(Agreement all) {
        return format(
                "Of %,d comparisons of two annotators %,d agree, fewer than by chance: rows that agree were left out,"
                        + " so that the comparisons say nothing of anybody, and each annotator is compared with the"
                        + " probe.",
                all.judged(), all.agreed());
    }

    /** What an annotator is judged by. */
    private enum Evidence {
        SLOT,
        GOLD,
        AGREEMENT,
        PROBE;

        /** Returns the name in files. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is wrong with an annotator, and by which evidence.
     *
     * @param why empty where nothing is wrong
     */
    private record Judged(Evidence evidence, String why) {
        /**
         * Takes the first evidence against an annotator.
         *
         * @param disagrees what is wrong with the agreement with others; empty where nothing is
         * @param decides whether that agreement would show a gap
         * @param noisy what is wrong with the agreement with the probe; empty where nothing is
         */
        static Judged of(Counts of, String disagrees, boolean decides, String noisy, double least) {
            String slot = oneSided(of);
            if (!slot.isEmpty()) {
                return new Judged(Evidence.SLOT, slot);
            }
            String gold = of.checked.low(FEWEST, least);
            if (!gold.isEmpty()) {
                return new Judged(Evidence.GOLD, gold);
            }
            return !disagrees.isEmpty() || decides
                    ? new Judged(Evidence.AGREEMENT, disagrees)
                    : new Judged(Evidence.PROBE, noisy);
        }
    }

    /** What is known of an annotator. */
    private record Profile(String name, int rows, String measure, Agreement agreement, double accuracy, Judged judged) {
        String why() {
            return judged.why;
        }

        Map<String, Object> told() {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("name", name);
            told.put("rows", rows);
            if (agreement.judged() > 0) {
                told.put(measure, agreement.rate());
                told.put("compared", agreement.judged());
            }
            if (!Double.isNaN(accuracy)) {
                told.put("accuracy", accuracy);
            }
            told.put("evidence", judged.evidence.label());
            return told;
        }
    }

    /**
     * Says by how much somebody agrees less than the others; empty where that isn't so.
     *
     * @param gap the least difference that counts
     * @param least by how many standard errors somebody is below the others who is named
     */
    private static String low(Agreement own, Agreement others, double gap, double least) {
        boolean low = own.judged() >= FEWEST && own.below(others) >= least && others.rate() - own.rate() >= gap;
        return low
                ? format(
                        "agrees in %.0f %% of %d comparisons, the others in %.0f %%",
                        100 * own.rate(), own.judged(), 100 * others.rate())
                : "";
    }

    private static String oneSided(Counts of) {
        for (Map.Entry<String, Long> slot : of.slots.entrySet()) {
            int times = Math.toIntExact(slot.getValue());
            if (of.rows >= FEWEST_ROWS
                    && new Proportion(times, Math.toIntExact(of.rows))
                                    .wilson(0.95)
                                    .low()
                            > ONE_SIDED) {
                return format("picks slot %s in %d of %d rows", slot.getKey(), times, of.rows);
            }
        }
        return "";
    }

    private static String advice(List<String> suspects) {
        return format(
                "The judgements of %s say little about the answers; look at them, or leave them out with --fix"
                        + " annotators.",
                String.join(", ", suspects.subList(0, Math.min(suspects.size(), 10))));
    }

    /**
     * Counts how often an annotator agrees with others.
     *
     * @param agreed how often
     * @param judged of how many times
     */
    private record Agreement(long agreed, long judged) {
        /** Adds the agreements of all annotators. */
        static Agreement all(List<String> names, Map<String, Counts> counts, Function<Counts, Agreement> kind) {
            long agreed = 0;
            long judged = 0;
            for (String name : names) {
                Agreement of = kind.apply(Objects.requireNonNull(counts.get(name)));
                agreed += of.agreed;
                judged += of.judged;
            }
            return new Agreement(agreed, judged);
        }

        double rate() {
            return judged == 0 ? 0 : (double) agreed / judged;
        }

        /** All comparisons in which an annotator has no part. */
        Agreement without(Agreement own) {
            return new Agreement(agreed - own.agreed, judged - own.judged);
        }

        /**
         * Whether the comparisons are no sample of what annotators say of a pair: people who throw coins agree in half of them, so that fewer
         * agreements mean that rows which agree were left out, as repeated ones mostly are, and only contradictions stayed.
         */
        boolean lacksAgreements() {
            return judged > 0
                    && new Proportion(Math.toIntExact(agreed), Math.toIntExact(judged))
                                    .wilson(0.95)
                                    .high()
                            < 0.5;
        }

        /** Returns by how many standard errors this agreement is below another; 0 where one of them has nothing. */
        double below(Agreement other) {
            if (judged == 0 || other.judged == 0) {
                return 0;
            }
            double error = error(other);
            return error == 0 ? 0 : (other.rate() - rate()) / error;
        }

        /** Returns the standard error of the difference to another agreement; both have comparisons. */
        double error(Agreement other) {
            double pooled = (double) (agreed + other.agreed) / (judged + other.judged);
            return Math.sqrt(pooled * (1 - pooled) * (1.0 / judged + 1.0 / other.judged));
        }
    }
}
