package org.align4j.core.data.split;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rules by which rows are divided among parts.
 *
 * @param fractions the parts
 * @param by what rows must share to stay in one part
 * @param stratify a field whose values have the same shares in each part, or null
 * @param capPerUser how many rows of one user are used at most, or null
 * @param cuts the times at which the parts of a split by time begin, but for the first; empty to have them found
 * @param badRows what becomes of rows that can't be read, or lack what their group goes by
 * @param seed another seed gives another division
 */
public record DivisionRules(
        Fractions fractions,
        GroupBy by,
        @Nullable String stratify,
        @Nullable Integer capPerUser,
        List<String> cuts,
        BadRows badRows,
        long seed)
        implements Serializable {
    public DivisionRules {
        cuts = List.copyOf(cuts);
        InputException.requireAtLeast(1, "cap-per-user", capPerUser, "");
        if (by == GroupBy.TIME && stratify != null) {
            throw new InputException(
                    "stratify chooses which groups go where, but by time leaves no choice; drop --stratify, or give another --by.");
        }
        if (by != GroupBy.TIME && !cuts.isEmpty()) {
            throw new InputException("cuts are times, but by is " + by.label() + "; drop --cuts, or give --by time.");
        }
        if (!cuts.isEmpty() && cuts.size() != fractions.names().size() - 1) {
            throw new InputException("cuts has " + cuts.size() + " times but "
                    + fractions.names().size() + " parts begin at one less than there are parts.");
        }
    }

    /** Says which of the rules looks at other rows than the one it places, with what to do; null where none does. */
    public @Nullable String reasonForOneMachine() {
        if (by == GroupBy.NEAR_PROMPT) {
            return "by is near-prompt, which compares all prompts; give --by prompt";
        }
        if (by == GroupBy.TIME && cuts.isEmpty()) {
            return "by is time without cuts, which orders all rows; give --cuts";
        }
        if (stratify != null) {
            return "stratify is " + stratify + ", which counts the rows before; drop --stratify";
        }
        return capPerUser == null
                ? null
                : "cap-per-user is " + capPerUser + ", which compares all rows of a user; drop --cap-per-user";
    }

    /** Counts how often every row is read; more often where the near prompts of a large file don't fit into memory at a time. */
    public int readings() {
        int toPlace = by == GroupBy.NEAR_PROMPT ? 2 : by == GroupBy.TIME && cuts.isEmpty() ? 1 : 0;
        return 1 + toPlace + (capPerUser == null ? 0 : 1) + (badRows == BadRows.DROP ? 1 : 0);
    }

    /**
     * The parts of a split and the share of each.
     *
     * @param names the parts in order
     * @param shares the share of each; together 1
     */
    public record Fractions(List<String> names, List<Double> shares) implements Serializable {
        private static final double ROUNDING = 1e-6;

        public Fractions {
            names = List.copyOf(names);
            shares = List.copyOf(shares);
        }

        /** Reads {@code train=.8,val=.1,test=.1}. */
        public static Fractions parse(String text) {
            List<String> names = new ArrayList<>();
            List<Double> shares = new ArrayList<>();
            for (String item : Splitter.on(',').split(text)) {
                int equals = item.indexOf('=');
                String name = equals < 0 ? "" : item.substring(0, equals).strip();
                String share = equals < 0 ? "" : item.substring(equals + 1).strip();
                if (!name.matches("[A-Za-z0-9_-]{1,60}")
                        || !share.matches("\\d{0,3}\\.?\\d{0,12}")
                        || !share.matches(".*\\d.*")) {
                    throw new InputException("fractions has \"" + Shortened.of(item)
                            + "\" but must be name=share pairs, such as train=.8,val=.1,test=.1.");
                }
                if (names.contains(name)) {
                    throw new InputException("fractions names " + name + " twice; name it once.");
                }
                names.add(name);
                shares.add(Double.parseDouble(share));
            }
            double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
            if (names.size() < 2 || Math.abs(sum - 1) > ROUNDING || shares.contains(0.0)) {
                throw new InputException("fractions is " + Shortened.of(text)
                        + " but must be two parts or more whose shares are positive and sum to 1.");
            }
            return new Fractions(names, shares);
        }

        /** Says what is written for {@code --help}. */
        public static String describe() {
            return "NAME=SHARE,…";
        }

        /** Returns the part in whose share a number from 0 to 1 falls. */
        int at(double number) {
            double end = 0;
            for (int part = 0; part < shares.size() - 1; part++) {
                end += shares.get(part);
                if (number < end) {
                    return part;
                }
            }
            return shares.size() - 1;
        }
    }

    /** What rows must share to stay in one part. */
    public enum GroupBy {
        /** The prompt, whatever its case and white space are. */
        PROMPT(ImmutableList.of()),
        /** A prompt that is nearly the same: the Jaccard similarity of its runs of five characters is 0.8 or more. */
        NEAR_PROMPT(ImmutableList.of()),
        /** Splits by the user's name. */
        USER(ImmutableList.of("user", "user_id")),
        /** Splits by the session's id. */
        SESSION(ImmutableList.of("session", "session_id", "conversation_id")),
        /** The time: the first part has the earliest rows, the last part the latest. */
        TIME(ImmutableList.of("time", "timestamp", "created_at", "date"));

        private final ImmutableList<String> fields;

        GroupBy(ImmutableList<String> fields) {
            this.fields = fields;
        }

        /** The fields of which a row needs one; empty where the prompt says it. */
        ImmutableList<String> fields() {
            return fields;
        }

        /** Returns whether rows must be read in full, to know their prompt. */
        boolean byPrompt() {
            return fields.isEmpty();
        }

        /** The name as the command line spells it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
