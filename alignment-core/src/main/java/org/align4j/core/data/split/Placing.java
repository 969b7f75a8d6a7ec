package org.align4j.core.data.split;

import org.align4j.core.data.split.DivisionRules.GroupBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.row.Origin;
import org.jspecify.annotations.Nullable;

/** Says to which part each row of a stream goes, in the order of the rows. */
final class Placing {
    /** The part of a row that is near to rows of two parts. */
    static final int BETWEEN = -1;

    private final DivisionRules rules;
    private final @Nullable NearPrompts near;
    private final @Nullable TimeCuts cuts;
    private final @Nullable Strata strata;
    private final Map<Integer, Place> places = new HashMap<>();

    /**
     * A row's place.
     *
     * @param part the number of its part, or {@link #BETWEEN}
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
            place = nearPlace(near, prompt, value);
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
        if (strata != null && place.part != BETWEEN) {
            strata.count(value, place.part);
        }
        return place;
    }

    private Place own(String key, String value) {
        long group = RowKeys.hash(rules.seed(), key);
        int part = strata == null ? rules.fractions().at(RowKeys.unit(group)) : strata.part(group, value);
        return new Place(part, group);
    }

    /** Rows near to an earlier one go with it; one that is near to rows of two parts goes nowhere. */
    private Place nearPlace(NearPrompts prompts, String prompt, String value) {
        int number = prompts.number(prompt);
        Place known = places.get(number);
        if (known != null) {
            return known;
        }
        Set<Integer> parts = new TreeSet<>();
        long group = 0;
        for (int earlier : prompts.nearTo(number)) {
            Place theirs = places.get(earlier);
            if (theirs != null && theirs.part != BETWEEN) {
                group = parts.isEmpty() ? theirs.group : group;
                parts.add(theirs.part);
            }
        }
        Place place = parts.isEmpty()
                ? own(prompt, value)
                : new Place(parts.size() > 1 ? BETWEEN : parts.iterator().next(), group);
        places.put(number, place);
        return place;
    }
}
