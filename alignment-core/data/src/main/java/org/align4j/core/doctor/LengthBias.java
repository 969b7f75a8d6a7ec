package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.jspecify.annotations.Nullable;

/**
 * How often the longer answer is the chosen one, over all pairs and for each source and language. The lower bound of the interval
 * counts, so that few pairs raise no alarm. Answers of equal length say nothing.
 */
final class LengthBias implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.55, 0.65);
    private static final String ID = "length-bias";
    private static final String LONGER = "longer";
    private static final String SHORTER = "shorter";
    private static final double CONFIDENCE = 0.95;
    private static final int SHOWN = 20;

    private final Tally all = new Tally();
    private final Groups groups;
    private final BitSet longerChosen = new BitSet();
    private final List<Sighting> longer = new ArrayList<>();
    private final List<Sighting> shorter = new ArrayList<>();

    /** Counts pairs of unequal length. */
    private static final class Tally {
        private int longerChosen;
        private int unequal;

        Tally() {}

        Tally(long longerChosen, long unequal) {
            this.longerChosen = Math.toIntExact(longerChosen);
            this.unequal = Math.toIntExact(unequal);
        }

        void add(boolean longer) {
            longerChosen += longer ? 1 : 0;
            unequal++;
        }

        Proportion share() {
            return new Proportion(longerChosen, unequal);
        }

        /** The lower bound of how often the side that is chosen more often is chosen. */
        double bound() {
            return new Proportion(Math.max(longerChosen, unequal - longerChosen), unequal)
                    .wilson(CONFIDENCE)
                    .low();
        }
    }

    /** @param languages by a row's number its language, null where it isn't known; asked after the last row */
    public LengthBias(IntFunction<@Nullable String> languages) {
        this.groups = new Groups(languages);
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair()) {
            return NOTHING;
        }
        int difference = length(row.texts().chosen(), row) - length(row.texts().rejected(), row);
        return difference == 0
                ? NOTHING
                : () -> note(row.number(), difference > 0, row.facts().source());
    }

    /** Characters of a text without the white space around it, or tokens. */
    private static int length(String text, LogRow row) {
        return row.form().written()
                ? text.strip().codePointCount(0, text.strip().length())
                : (int) text.chars().filter(c -> c == ' ').count();
    }

    private void note(int row, boolean longerIsChosen, @Nullable String source) {
        longerChosen.set(all.unequal, longerIsChosen);
        groups.add(row, source);
        all.add(longerIsChosen);
        List<Sighting> examples = longerIsChosen ? longer : shorter;
        if (examples.size() < SHOWN) {
            examples.add(Sighting.of(row));
        }
    }

    @Override
    public Noted noted() {
        Noted noted = new Noted()
                .plus(Noted.ROWS, all.unequal)
                .plus(LONGER, all.longerChosen)
                .with(LONGER, longer)
                .with(SHORTER, shorter);
        groups.all().forEach((name, places) -> {
            Tally tally = new Tally();
            places.forEach(place -> tally.add(longerChosen.get(place)));
            noted.plus(name, LONGER, tally.longerChosen).plus(name, SHORTER, tally.unequal - tally.longerChosen);
        });
        return noted;
    }

    @Override
    public Optional<Finding> finding(Noted noted) {
        if (noted.count(Noted.ROWS) == 0) {
            return Optional.empty();
        }
        Tally whole = new Tally(noted.count(LONGER), noted.count(Noted.ROWS));
        Map<String, Tally> tallies = tallies(noted);
        Level level = THRESHOLD.level(whole.bound());
        String where = "";
        for (Map.Entry<String, Tally> group : tallies.entrySet()) {
            Level own = THRESHOLD.level(group.getValue().bound());
            if (own.compareTo(level) > 0) {
                level = own;
                where = ", and more often in " + group.getKey();
            }
        }
        boolean towardsLong = 2L * whole.longerChosen >= whole.unequal;
        List<Sighting> examples = noted.sightings(towardsLong ? LONGER : SHORTER);
        Finding finding = finding(whole, level, where, examples.subList(0, Math.min(SHOWN, examples.size())));
        return Optional.of(
                tallies.isEmpty()
                        ? finding
                        : finding.with(
                                "groups",
                                tallies.entrySet().stream()
                                        .map(group -> group(group.getKey(), group.getValue()))
                                        .toList()));
    }

    /** A few pairs are shown, which the finding has. */
    @Override
    public @Nullable Sighting named(Noted noted, String mark, Sighting sighting) {
        return null;
    }

    /** The tallies of the sources, then of the languages, that are not alone and have enough pairs. */
    private static Map<String, Tally> tallies(Noted noted) {
        Map<String, Tally> tallies = new LinkedHashMap<>();
        for (String kind : List.of(Groups.SOURCE, Groups.LANGUAGE)) {
            Map<String, Map<String, Long>> named = noted.groups(kind);
            if (named.size() > 1) {
                named.forEach((name, counts) -> {
                    long longer = counts.getOrDefault(LONGER, 0L);
                    Tally tally = new Tally(longer, longer + counts.getOrDefault(SHORTER, 0L));
                    if (tally.unequal >= Groups.FEWEST) {
                        tallies.put(name, tally);
                    }
                });
            }
        }
        return tallies;
    }

    private static Finding finding(Tally whole, Level level, String where, List<Sighting> examples) {
        Proportion share = whole.share();
        return new Finding(
                ID,
                level,
                new Finding.Counted(whole.longerChosen, whole.unequal),
                new Finding.Figure(share.rate(), share.wilson(CONFIDENCE), THRESHOLD),
                level == Level.GREEN ? "" : advice(share.rate(), 2L * whole.longerChosen >= whole.unequal, where),
                new Finding.Seen(level == Level.GREEN ? List.of() : examples, List.of()),
                Map.of());
    }

    private static Map<String, Object> group(String name, Tally tally) {
        Interval interval = tally.share().wilson(CONFIDENCE);
        Map<String, Object> group = new LinkedHashMap<>();
        group.put("group", name);
        group.put("count", tally.longerChosen);
        group.put("rows", tally.unequal);
        group.put("rate", tally.share().rate());
        group.put("interval", List.of(interval.low(), interval.high()));
        return group;
    }

    private static String advice(double rate, boolean towardsLong, String where) {
        return format(
                "In %.0f %% of the pairs the %s answer is the chosen one%s, so that a model may learn length instead of"
                        + " quality; balance the lengths, or train with --ld-alpha 0.5.",
                100 * (towardsLong ? rate : 1 - rate), towardsLong ? "longer" : "shorter", where);
    }

    /** Says which of the pairs that a check counts come from one source, and which are in one language. */
    static final class Groups {
        /** Fewer pairs than this are compared with all others alone. */
        static final int FEWEST = 50;

        /** The prefix of names that stand for sources. */
        static final String SOURCE = "source ";

        /** The prefix of names that stand for languages. */
        static final String LANGUAGE = "language ";

        private static final int NO_SOURCE = -1;

        private final IntFunction<@Nullable String> languages;
        private final ImmutableIntArray.Builder rows = ImmutableIntArray.builder();
        private final ImmutableIntArray.Builder sourceOf = ImmutableIntArray.builder();
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<String> sources = new ArrayList<>();
        /** More sources than are looked at are forgotten, those whose hashes are greatest. */
        private final Noted.Fewest kept = new Noted.Fewest();

        /** @param languages by a row's number its language, null where it isn't known; asked after the last row */
        Groups(IntFunction<@Nullable String> languages) {
            this.languages = languages;
        }

        /** Adds a pair; its place is the number of pairs that were added before. */
        void add(int row, @Nullable String source) {
            rows.add(row);
            sourceOf.add(source == null ? NO_SOURCE : number(source));
        }

        private int number(String source) {
            Integer known = numbers.get(source);
            if (known != null) {
                return known;
            }
            String forgotten = kept.add(source);
            if (source.equals(forgotten)) {
                return NO_SOURCE;
            }
            if (forgotten != null) {
                numbers.remove(forgotten);
            }
            numbers.put(source, sources.size());
            sources.add(source);
            return sources.size() - 1;
        }

        /** Returns the row numbers of all pairs, by their places. */
        ImmutableIntArray rows() {
            return rows.build();
        }

        /**
         * Returns the places of the pairs of each source and language that has enough of them. A source or language that is alone is
         * left out, since it says nothing that all pairs don't say.
         */
        Map<String, ImmutableIntArray> places() {
            Map<String, ImmutableIntArray> all = all();
            Map<String, ImmutableIntArray> groups = new LinkedHashMap<>();
            for (String kind : List.of(SOURCE, LANGUAGE)) {
                boolean several = all.keySet().stream()
                                .filter(name -> name.startsWith(kind))
                                .count()
                        > 1;
                all.forEach((name, places) -> {
                    if (several && name.startsWith(kind) && places.length() >= FEWEST) {
                        groups.put(name, places);
                    }
                });
            }
            return groups;
        }

        /** Returns the places of the pairs of each source, then of each language. */
        Map<String, ImmutableIntArray> all() {
            ImmutableIntArray row = rows.build();
            ImmutableIntArray source = sourceOf.build();
            Map<String, ImmutableIntArray.Builder> ofSources = new TreeMap<>();
            Map<String, ImmutableIntArray.Builder> ofLanguages = new TreeMap<>();
            for (int place = 0; place < row.length(); place++) {
                int number = source.get(place);
                if (number != NO_SOURCE && numbers.containsKey(sources.get(number))) {
                    add(ofSources, SOURCE + sources.get(number), place);
                }
                String language = languages.apply(row.get(place));
                if (language != null) {
                    add(ofLanguages, LANGUAGE + language, place);
                }
            }
            Map<String, ImmutableIntArray> groups = new LinkedHashMap<>();
            ofSources.forEach((name, places) -> groups.put(name, places.build()));
            ofLanguages.forEach((name, places) -> groups.put(name, places.build()));
            return groups;
        }

        private static void add(Map<String, ImmutableIntArray.Builder> groups, String name, int place) {
            groups.computeIfAbsent(name, any -> ImmutableIntArray.builder()).add(place);
        }
    }
}
