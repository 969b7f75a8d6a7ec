package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.Noted;

/** Pairs whose two answers are the same, or nearly: their edit similarity is 0.95 or more, or white space alone differs. */
final class IdenticalAnswers implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.02, 0.1);
    /** One less the distance over the length of the longer answer. */
    static final double SIMILARITY = 0.95;

    private static final String ADVICE =
            "There is nothing to prefer between such answers; leave the pairs out with --fix identical-answers.";

    private final List<Sighting> found = new ArrayList<>();
    private int pairs;

    @Override
    public String id() {
        return "identical-answers";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair()) {
            return NOTHING;
        }
        boolean identical = identical(row);
        return () -> {
            pairs++;
            if (identical) {
                found.add(Sighting.of(row.number()));
            }
        };
    }

    private static boolean identical(LogRow row) {
        if (row.keys().chosen() == row.keys().rejected()) {
            return true;
        }
        String chosen = NormalText.spaced(row.texts().chosen());
        String rejected = NormalText.spaced(row.texts().rejected());
        int longer = Math.max(chosen.length(), rejected.length());
        return EditDistance.within(chosen, rejected, (int) Math.floor((1 - SIMILARITY) * longer + 1e-9));
    }

    @Override
    public Noted noted() {
        return Noted.of(pairs, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE);
    }

    /** Levenshtein's distance as far as it is small: insertions, deletions and replacements of characters. */
    static final class EditDistance {
        private EditDistance() {}

        /** More cells than this are not computed; texts so long and so different are taken for different. */
        private static final long MOST_CELLS = 50_000_000;

        /** Whether {@code one} becomes {@code other} in at most {@code most} edits. */
        static boolean within(String one, String other, int most) {
            int start = 0;
            int ends = Math.min(one.length(), other.length());
            while (start < ends && one.charAt(start) == other.charAt(start)) {
                start++;
            }
            int end = 0;
            while (end < ends - start && one.charAt(one.length() - 1 - end) == other.charAt(other.length() - 1 - end)) {
                end++;
            }
            return different(
                    one.substring(start, one.length() - end), other.substring(start, other.length() - end), most);
        }

        /** What is left without a common start and end. */
        private static boolean different(String one, String other, int most) {
            String shorter = one.length() <= other.length() ? one : other;
            String longer = one.length() <= other.length() ? other : one;
            if (longer.length() <= most) {
                return true;
            }
            return longer.length() - shorter.length() <= most
                    && lettersWithin(shorter, longer, most)
                    && (2L * most + 1) * shorter.length() <= MOST_CELLS
                    && banded(shorter, longer, most);
        }

        /** An edit changes the count of two letters at most, which is quickly seen. */
        private static boolean lettersWithin(String one, String other, int most) {
            int[] counts = new int[128];
            for (int i = 0; i < one.length(); i++) {
                counts[one.charAt(i) & 127]++;
            }
            for (int i = 0; i < other.length(); i++) {
                counts[other.charAt(i) & 127]--;
            }
            return Arrays.stream(counts).map(Math::abs).sum() <= 2 * most;
        }

        /** Ukkonen's band: cells further than {@code most} from the diagonal can't be on a path that short. */
        private static boolean banded(String shorter, String longer, int most) {
            int width = 2 * most + 1;
            int far = most + 1;
            int[] row = new int[width + 2]; // cell d + 1 is column i + d - most of row i
            int[] next = new int[width + 2];
            Arrays.fill(row, far);
            Arrays.fill(next, far);
            for (int d = most; d < width && d - most <= longer.length(); d++) {
                row[d + 1] = d - most;
            }
            for (int i = 1; i <= shorter.length(); i++) {
                int best = far;
                for (int d = 0; d < width; d++) {
                    int j = i + d - most;
                    int cell = far;
                    if (j == 0) {
                        cell = Math.min(i, far);
                    } else if (j > 0 && j <= longer.length()) {
                        int same = shorter.charAt(i - 1) == longer.charAt(j - 1) ? 0 : 1;
                        cell = Math.min(Math.min(row[d + 1] + same, Math.min(row[d + 2], next[d]) + 1), far);
                    }
                    next[d + 1] = cell;
                    best = Math.min(best, cell);
                }
                if (best > most) {
                    return false;
                }
                int[] spare = row;
                row = next;
                next = spare;
            }
            return row[longer.length() - shorter.length() + most + 1] <= most;
        }
    }
}
