package org.align4j.core.data.split;

import com.google.common.primitives.ImmutableLongArray;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.split.DivisionRules.Fractions;
import org.align4j.core.data.split.DivisionRules.GroupBy;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** Says to which part each row of a stream goes, in the order of the rows. */
final class Placing {
    private final DivisionRules rules;
    private final @Nullable NearPrompts near;
    private final @Nullable TimeCuts cuts;
    private final @Nullable Strata strata;
    private final Map<Integer, Place> nearPlaces = new HashMap<>();

    /**
     * The part and group of a row.
     *
     * @param part the number of its part
     * @param group the hash of what it shares with the rows of its group
     */
    record Place(int part, long group) {}

    private Placing(DivisionRules rules, @Nullable NearPrompts near, @Nullable TimeCuts cuts) {
        this.rules = rules;
        this.near = near;
        this.cuts = cuts;
        this.strata = rules.stratify() == null ? null : new Strata(rules.fractions());
    }

    /** Looks at all rows as far as their places depend on each other. */
    static Placing of(RowStream rows, DivisionRules rules) {
        NearPrompts near = rules.by() == GroupBy.NEAR_PROMPT ? NearPrompts.find(rows) : null;
        TimeCuts cuts = null;
        if (rules.by() == GroupBy.TIME) {
            cuts = rules.cuts().isEmpty() ? TimeCuts.find(rows, rules.fractions()) : TimeCuts.of(rules.cuts());
        }
        return new Placing(rules, near, cuts);
    }

    /** Returns the cuts of a split by time, else nothing. */
    List<String> cuts() {
        return cuts == null ? List.of() : cuts.texts();
    }

    /** Returns for each value of the stratified field how many rows each part has; nothing where none is stratified. */
    Map<String, int[]> strata() {
        return strata == null ? Map.of() : strata.counts();
    }

    /** @throws org.align4j.core.error.InputException where a row lacks a field that the rules go by, or the field says nothing */
    static void requireFields(DivisionRules rules, Origin origin, Map<String, @Nullable Object> fields) {
        if (rules.stratify() != null) {
            RowKeys.field(origin, fields, "stratify", List.of(rules.stratify()));
        }
        if (rules.capPerUser() != null) {
            RowKeys.field(origin, fields, "cap-per-user", GroupBy.USER.fields());
        }
        if (rules.by() == GroupBy.TIME) {
            TimeCuts.of(origin, RowKeys.field(origin, fields, "by time", GroupBy.TIME.fields()));
        } else if (!rules.by().byPrompt()) {
            RowKeys.field(origin, fields, "by " + rules.by().label(), rules.by().fields());
        }
    }

    /** Places the next row; its prompt counts where rows are grouped by it. */
    Place next(Origin origin, Map<String, @Nullable Object> fields, String prompt) {
        String value =
                rules.stratify() == null ? "" : RowKeys.field(origin, fields, "stratify", List.of(rules.stratify()));
        Place place;
        if (cuts != null) {
            String time = RowKeys.field(origin, fields, "by time", GroupBy.TIME.fields());
            place = new Place(cuts.part(TimeCuts.of(origin, time)), RowKeys.hash(rules.seed(), time));
        } else if (near != null) {
            // A group's first prompt comes before its others, so that its hash decides for all of them.
            place = nearPlaces.computeIfAbsent(near.group(prompt), unseen -> own(prompt, value));
        } else {
            String key = rules.by().byPrompt()
                    ? prompt
                    : RowKeys.field(
                            origin,
                            fields,
                            "by " + rules.by().label(),
                            rules.by().fields());
            place = own(key, value);
        }
        if (strata != null) {
            strata.count(value, place.part);
        }
        return place;
    }

    private Place own(String key, String value) {
        long group = RowKeys.hash(rules.seed(), key);
        int part = strata == null ? rules.fractions().at(RowKeys.unit(group)) : strata.part(group, value);
        return new Place(part, group);
    }

    /**
     * Chooses the parts of groups so that each value of a field has its shares in every part. A group goes where its hash says,
     * unless that part has more than its share of the value already; then it goes where most is missing. What is chosen depends on
     * earlier rows only, so that rows that are added at the end move none.
     */
    private static final class Strata {
        /** How many rows a part may have beyond its share. */
        private static final double SLACK = 1;

        private final Fractions fractions;
        private final Map<String, int[]> counts = new LinkedHashMap<>();
        private final Map<Long, Integer> chosen = new HashMap<>();

        Strata(Fractions fractions) {
            this.fractions = fractions;
        }

        /** Returns the part of a group, which the value of its first row decides. */
        int part(long group, String value) {
            return chosen.computeIfAbsent(group, unseen -> choose(RowKeys.unit(group), ofValue(value)));
        }

        /** Counts a row. */
        void count(String value, int part) {
            ofValue(value)[part]++;
        }

        /** Returns for each value how many rows each part has. */
        Map<String, int[]> counts() {
            return counts;
        }

        private int[] ofValue(String value) {
            return counts.computeIfAbsent(
                    value, unseen -> new int[fractions.names().size()]);
        }

        private int choose(double number, int[] rows) {
            int total = 1;
            for (int count : rows) {
                total += count;
            }
            int part = fractions.at(number);
            if (rows[part] + 1 <= fractions.shares().get(part) * total + SLACK) {
                return part;
            }
            int neediest = 0;
            for (int other = 1; other < rows.length; other++) {
                if (missing(other, rows, total) > missing(neediest, rows, total)) {
                    neediest = other;
                }
            }
            return neediest;
        }

        private double missing(int part, int[] rows, int total) {
            return fractions.shares().get(part) * total - rows[part];
        }
    }

    /** The times at which parts begin, but for the first, in milliseconds since 1970. */
    static final class TimeCuts {
        /** From this number on, which is in 1973 or in the year 5138, a number means milliseconds, else seconds. */
        private static final double MILLISECONDS = 1e11;

        private final long[] cuts;

        private TimeCuts(long[] cuts) {
            this.cuts = cuts;
        }

        /** Reads the cuts that a user gave. */
        static TimeCuts of(List<String> given) {
            long[] cuts = new long[given.size()];
            for (int c = 0; c < cuts.length; c++) {
                String text = given.get(c);
                cuts[c] = parse(text)
                        .orElseThrow(() -> new InputException("cuts has " + Shortened.of(text)
                                + " but must be times, such as 2026-05-01 or 2026-05-01T12:00:00Z."));
                if (c > 0 && cuts[c] < cuts[c - 1]) {
                    throw new InputException(
                            "cuts has " + text + " after " + given.get(c - 1) + "; give the earlier one first.");
                }
            }
            return new TimeCuts(cuts);
        }

        /** Finds the cuts that divide rows as fractions say; rows of one time stay together. */
        static TimeCuts find(RowStream rows, Fractions fractions) {
            ImmutableLongArray.Builder all = ImmutableLongArray.builder();
            rows.read((origin, fields) ->
                    all.add(of(origin, RowKeys.field(origin, fields, "by time", GroupBy.TIME.fields()))));
            long[] times = all.build().stream().sorted().toArray();
            long[] cuts = new long[fractions.names().size() - 1];
            double share = 0;
            for (int c = 0; c < cuts.length; c++) {
                share += fractions.shares().get(c);
                cuts[c] = times[Math.min((int) Math.round(share * times.length), times.length - 1)];
            }
            return new TimeCuts(cuts);
        }

        /** Reads the time of a row. */
        static long of(Origin origin, String text) {
            return parse(text)
                    .orElseThrow(() -> origin.error("the time is " + Shortened.of(text)
                            + " but must be like 2026-05-01, 2026-05-01T12:00:00Z, or seconds since 1970."));
        }

        /** Returns the part that a time belongs to. */
        int part(long time) {
            int part = 0;
            while (part < cuts.length && time >= cuts[part]) {
                part++;
            }
            return part;
        }

        /** Writes the cuts so that {@link #of(List)} reads them. */
        List<String> texts() {
            List<String> texts = new ArrayList<>();
            for (long cut : cuts) {
                texts.add(Instant.ofEpochMilli(cut).toString());
            }
            return texts;
        }

        private static Optional<Long> parse(String text) {
            try {
                if (text.matches("[-+]?\\d{1,15}(\\.\\d*)?([eE][-+]?\\d{1,2})?")) {
                    double number = Double.parseDouble(text);
                    return Optional.of(Math.round(Math.abs(number) < MILLISECONDS ? number * 1000 : number));
                }
                if (text.length() == "2026-05-01".length()) {
                    return Optional.of(LocalDate.parse(text)
                            .atStartOfDay()
                            .toInstant(ZoneOffset.UTC)
                            .toEpochMilli());
                }
                String iso = text.replace(' ', 'T');
                boolean zoned = iso.endsWith("Z") || iso.matches(".*T.*[-+]\\d\\d:?\\d\\d");
                return Optional.of((zoned
                                ? OffsetDateTime.parse(iso).toInstant()
                                : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC))
                        .toEpochMilli());
            } catch (DateTimeException | ArithmeticException e) {
                return Optional.empty();
            }
        }
    }
}
