package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
 * pairs that several judged, or, without such pairs, less often with a probe of all rows; or they always pick the same slot; or they are often
 * wrong on gold pairs.
 * Pairs of which only the contradictions were kept compare nobody.
 */
public final class Annotators implements Check {
    /** By the share of rows that suspects judged. */
    static final Threshold THRESHOLD = Threshold.any(0.2);
    /** One of so many files without a careless annotator has somebody named by chance. */
    static final int FILES = 1000;
    /** A smaller gap is of no use to know, however sure. */
    static final double GAP = 0.1;
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
        return "annotators";
    }

    @Override
    public Runnable look(LogRow row) {
        String annotator = row.facts().annotator();
        Ballot ballot = row.facts().ballot();
        boolean judges = row.isPair()
                && row.keys().chosen() != row.keys().rejected()
                && !row.facts().repeats();
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

    @Override
    public Optional<Finding> finding() {
        if (judgements.count() == 0) {
            return Optional.empty();
        }
        List<String> names = judgements.names();
        ImmutableIntArray who = judgements.annotatorOfEach();
        int[] rows = new int[names.size()];
        who.forEach(annotator -> rows[annotator]++);
        List<List<DawidSkene.Vote>> overlaps = judgements.overlaps();
        Pairwise together = Pairwise.of(overlaps, names.size());
        List<Profile> profiles = profiles(names, rows, overlaps, together);
        List<String> suspects = profiles.stream()
                .filter(profile -> !profile.why.isEmpty())
                .map(profile -> profile.name)
                .toList();
        ImmutableIntArray row = judgements.rowOfEach();
        List<Sighting> found = new ArrayList<>();
        for (int i = 0; i < judgements.count(); i++) {
            Profile profile = profiles.get(who.get(i));
            if (!profile.why.isEmpty()) {
                found.add(Sighting.of(row.get(i), profile.name + ": " + profile.why));
            }
        }
        Finding finding = Finding.ofCount(id(), THRESHOLD, judgements.count(), found, advice(suspects))
                .with("suspects", suspects)
                .with("annotators", told(profiles));
        return Optional.of(together.lackAgreements() ? finding.with("note", lacking(together.all())) : finding);
    }

    private static String lacking(Agreement all) {
        return format(
                "Of %,d comparisons of two annotators %,d agree, fewer than by chance: rows that agree were left out, so that the comparisons say"
                        + " nothing of anybody, and each annotator is compared with the probe.",
                all.judged(), all.agreed());
    }

    /** Lists those who judged most, in the order in which they were seen. */
    private List<Map<String, Object>> told(List<Profile> profiles) {
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
                    told.putAll(checks.of(profile.name));
                    return told;
                })
                .toList();
    }

    /** What is known of an annotator; {@code why} says what is wrong, empty where nothing is. */
    private record Profile(String name, int rows, String measure, Agreement agreement, double accuracy, String why) {
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
            return told;
        }
    }

    /** Who has too few comparisons with others is compared with the probe. */
    private List<Profile> profiles(
            List<String> names, int[] rows, List<List<DawidSkene.Vote>> overlaps, Pairwise together) {
        Pairwise withProbe = withProbe(names.size());
        List<DawidSkene.Vote> votes = overlaps.stream().flatMap(List::stream).toList();
        int items = votes.stream().mapToInt(DawidSkene.Vote::item).max().orElse(-1) + 1;
        double[] accuracies = DawidSkene.accuracies(votes, items, names.size());
        double least = new NormalDistribution(null, 0, 1)
                .inverseCumulativeProbability(1 - 1.0 / FILES / Math.max(1, names.size()));
        List<Profile> profiles = new ArrayList<>();
        for (int a = 0; a < names.size(); a++) {
            boolean overlapping = !together.lackAgreements() && together.of(a).judged() >= FEWEST;
            Pairwise compared = overlapping ? together : withProbe;
            String alone = oneSided(names.get(a), rows[a]);
            String why = alone.isEmpty() ? checks.low(names.get(a), FEWEST, least) : alone;
            profiles.add(new Profile(
                    names.get(a),
                    rows[a],
                    overlapping ? "agreement" : "agreement_with_probe",
                    compared.of(a),
                    overlapping ? accuracies[a] : Double.NaN,
                    why.isEmpty() ? low(compared.of(a), compared.others(a), least) : why));
        }
        return profiles;
    }

    /** @param least by how many standard errors somebody lies below the others who is named */
    private static String low(Agreement own, Agreement others, double least) {
        boolean low = own.judged() >= FEWEST && own.below(others) >= least && others.rate() - own.rate() >= GAP;
        return low
                ? format(
                        "agrees in %.0f %% of %d comparisons, the others in %.0f %%",
                        100 * own.rate(), own.judged(), 100 * others.rate())
                : "";
    }

    private String oneSided(String name, int rows) {
        for (Map.Entry<String, Integer> slot :
                slots.getOrDefault(name, Map.of()).entrySet()) {
            int times = slot.getValue();
            if (rows >= FEWEST_ROWS && new Proportion(times, rows).wilson(0.95).low() > ONE_SIDED) {
                return format("picks slot %s in %d of %d rows", slot.getKey(), times, rows);
            }
        }
        return "";
    }

    private Pairwise withProbe(int annotators) {
        ImmutableIntArray who = judgements.annotatorOfEach();
        ImmutableIntArray row = judgements.rowOfEach();
        Pairwise pairwise = new Pairwise(annotators);
        for (int i = 0; i < judgements.count(); i++) {
            double margin = margins.applyAsDouble(row.get(i));
            if (!Double.isNaN(margin)) {
                pairwise.add(who.get(i), margin > 0);
            }
        }
        return pairwise;
    }

    private static String advice(List<String> suspects) {
        return format(
                "The judgements of %s say little about the answers; look at them, or leave them out with --fix annotators.",
                String.join(", ", suspects.subList(0, Math.min(suspects.size(), 10))));
    }

    /** How often each annotator agrees, and how often the others do among themselves. */
    private static final class Pairwise {
        private final Agreement[] own;
        private Agreement all = new Agreement(0, 0);

        Pairwise(int annotators) {
            this.own = new Agreement[annotators];
            Arrays.fill(own, all);
        }

        /** Compares every two votes on a pair. */
        static Pairwise of(List<List<DawidSkene.Vote>> overlaps, int annotators) {
            Pairwise pairwise = new Pairwise(annotators);
            for (List<DawidSkene.Vote> votes : overlaps) {
                for (int i = 0; i < votes.size(); i++) {
                    for (int j = 0; j < i; j++) {
                        boolean agree = votes.get(i).forward() == votes.get(j).forward();
                        pairwise.count(votes.get(i).annotator(), agree);
                        pairwise.count(votes.get(j).annotator(), agree);
                        pairwise.all = pairwise.all.plus(agree);
                    }
                }
            }
            return pairwise;
        }

        /** Counts whether an annotator agrees with something that is nobody's. */
        void add(int annotator, boolean agrees) {
            count(annotator, agrees);
            all = all.plus(agrees);
        }

        private void count(int annotator, boolean agrees) {
            own[annotator] = own[annotator].plus(agrees);
        }

        /** Returns the agreement over all comparisons. */
        Agreement all() {
            return all;
        }

        /**
         * Whether the comparisons are no sample of what annotators say of a pair: people who throw coins agree in half of them, so that fewer
         * agreements mean that rows which agree were left out, as repeated ones mostly are, and only contradictions stayed.
         */
        boolean lackAgreements() {
            return all.judged() > 0
                    && new Proportion(all.agreed(), all.judged()).wilson(0.95).high() < 0.5;
        }

        Agreement of(int annotator) {
            return own[annotator];
        }

        /** All comparisons in which the annotator has no part. */
        Agreement others(int annotator) {
            return new Agreement(all.agreed() - own[annotator].agreed(), all.judged() - own[annotator].judged());
        }
    }

    /**
     * Counts how often an annotator agrees with others.
     *
     * @param agreed how often
     * @param judged of how many times
     */
    private record Agreement(int agreed, int judged) {
        double rate() {
            return judged == 0 ? 0 : (double) agreed / judged;
        }

        Agreement plus(boolean agrees) {
            return new Agreement(agreed + (agrees ? 1 : 0), judged + 1);
        }

        /** Returns by how many standard errors this agreement lies below another; 0 where one of them has nothing. */
        double below(Agreement other) {
            if (judged == 0 || other.judged == 0) {
                return 0;
            }
            double pooled = (double) (agreed + other.agreed) / (judged + other.judged);
            double error = Math.sqrt(pooled * (1 - pooled) * (1.0 / judged + 1.0 / other.judged));
            return error == 0 ? 0 : (other.rate() - rate()) / error;
        }
    }
}
