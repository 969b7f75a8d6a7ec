package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.core.doctor.LengthBias.Groups;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * How well a single feature identifies the chosen answer, without a look at what it says: its first word, Markdown, a refusal, emoji,
 * the model that wrote it. The strongest one decides, over all pairs or in one source or language; there the lower bound of its
 * interval counts, so that one of many groups raises no alarm by chance.
 */
final class Shortcuts implements Check {
    static final Threshold THRESHOLD = new Threshold(0.65, 0.8);

    private final Cues cues = new Cues();
    private final Groups groups;

    /** A feature among some of the pairs. */
    private record Feature(String group, String name, PairedAuc auc) {}

    /** @param languages by a row's number its language, null where it isn't known; asked after the last row */
    public Shortcuts(IntFunction<@Nullable String> languages) {
        this.groups = new Groups(languages);
    }

    @Override
    public String id() {
        return "shortcuts";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair() || !row.form().written()) {
            return NOTHING;
        }
        Cues.PairCues seen = Cues.PairCues.of(row);
        return () -> {
            cues.add(seen);
            groups.add(row.number(), row.facts().source());
        };
    }

    @Override
    public Optional<Finding> finding() {
        ImmutableIntArray rows = groups.rows();
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        ImmutableIntArray every =
                ImmutableIntArray.copyOf(IntStream.range(0, rows.length()).toArray());
        Map<String, PairedAuc> all = cues.aucs(every, rows);
        Feature overall = strongest("", all, PairedAuc::strength);
        Feature deciding = overall;
        Level level = THRESHOLD.level(overall.auc.strength());
        List<Feature> ofGroups = new ArrayList<>();
        for (Map.Entry<String, ImmutableIntArray> group : groups.places().entrySet()) {
            Map<String, PairedAuc> told = cues.aucs(group.getValue(), rows);
            told.values().removeIf(auc -> auc.pairs() < Groups.FEWEST);
            Feature own = strongest(group.getKey(), told, PairedAuc::bound);
            ofGroups.add(own);
            Level here = THRESHOLD.level(own.auc.bound());
            if (here.compareTo(level) > 0) {
                level = here;
                deciding = own;
            }
        }
        Finding finding = finding(overall, level, deciding).with("features", features(all));
        return Optional.of(
                ofGroups.isEmpty()
                        ? finding
                        : finding.with(
                                "groups",
                                ofGroups.stream().map(Shortcuts::group).toList()));
    }

    /** Returns the feature that is strongest by some measure, of equal ones the first. */
    private static Feature strongest(
            String group, Map<String, PairedAuc> features, ToDoubleFunction<PairedAuc> measure) {
        Feature best = null;
        for (Map.Entry<String, PairedAuc> feature : features.entrySet()) {
            if (best == null || measure.applyAsDouble(feature.getValue()) > measure.applyAsDouble(best.auc)) {
                best = new Feature(group, feature.getKey(), feature.getValue());
            }
        }
        if (best == null) {
            throw new IllegalStateException("Every pair has a first word, if an empty one.");
        }
        return best;
    }

    private Finding finding(Feature overall, Level level, Feature deciding) {
        return new Finding(
                        id(),
                        level,
                        new Finding.Counted(overall.auc.differing(), overall.auc.pairs()),
                        new Finding.Figure(overall.auc.value(), overall.auc.interval(), THRESHOLD),
                        level == Level.GREEN ? "" : advice(deciding),
                        new Finding.Seen(level == Level.GREEN ? List.of() : deciding.auc.examples(), List.of()),
                        Map.of())
                .with("strongest", overall.name);
    }

    private static Map<String, Object> features(Map<String, PairedAuc> all) {
        Map<String, Object> told = new LinkedHashMap<>();
        all.forEach((feature, auc) -> told.put(feature, figures(auc)));
        return told;
    }

    private static Map<String, Object> group(Feature feature) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("group", feature.group);
        told.put("rows", feature.auc.pairs());
        told.put("strongest", feature.name);
        told.putAll(figures(feature.auc));
        return told;
    }

    private static Map<String, Object> figures(PairedAuc auc) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("auc", auc.value());
        figures.put("interval", List.of(auc.interval().low(), auc.interval().high()));
        return figures;
    }

    private static String advice(Feature feature) {
        return format(
                "%s %s alone finds the chosen answer with an AUC of %.2f, so that a model need not learn what answers say; add"
                        + " pairs that don't differ in it, and keep the model close to the reference with --beta 0.3.",
                feature.group.isEmpty() ? "The" : "In " + feature.group + " the",
                feature.name,
                Math.max(feature.auc.value(), 1 - feature.auc.value()));
    }

    /** Counts in which share of the pairs a feature is stronger in the chosen answer than in the rejected one; a tie counts half. */
    static final class PairedAuc {
        private static final int SHOWN = 20;
        private static final double NORMAL_95 = 1.959963984540054;

        private final List<Sighting> chosenStronger = new ArrayList<>();
        private final List<Sighting> rejectedStronger = new ArrayList<>();
        private long above;
        private long below;
        private long ties;

        void add(int row, double chosen, double rejected) {
            if (chosen == rejected) {
                ties++;
                return;
            }
            boolean stronger = chosen > rejected;
            above += stronger ? 1 : 0;
            below += stronger ? 0 : 1;
            List<Sighting> examples = stronger ? chosenStronger : rejectedStronger;
            if (examples.size() < SHOWN) {
                examples.add(Sighting.of(row));
            }
        }

        long pairs() {
            return above + below + ties;
        }

        /** Counts the pairs whose answers differ in the feature. */
        long differing() {
            return above + below;
        }

        /** One half says nothing; 0 as much as 1, the other way round. */
        double value() {
            return (above + ties / 2.0) / pairs();
        }

        /** 95 % of the mean of zeros, halves and ones. */
        Interval interval() {
            double mean = value();
            double variance = (above + ties / 4.0) / pairs() - mean * mean;
            double reach = NORMAL_95 * Math.sqrt(Math.max(0, variance) / pairs());
            return new Interval(Math.max(0, mean - reach), Math.min(1, mean + reach), 0.95);
        }

        /** The AUC whichever way the feature points; one half where it may be chance. */
        double strength() {
            return interval().contains(0.5) ? 0.5 : Math.max(value(), 1 - value());
        }

        /** The lower bound of the AUC whichever way the feature points. */
        double bound() {
            Interval interval = interval();
            return Math.max(interval.low(), 1 - interval.high());
        }

        /** Returns the rows that show the feature most clearly. */
        List<Sighting> examples() {
            return List.copyOf(above >= below ? chosenStronger : rejectedStronger);
        }
    }
}
