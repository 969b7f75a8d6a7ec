package org.align4j.core.error;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what a mistyped name was meant to be. */
public final class Nearest {
    private Nearest() {}

    /** Letters of a name that begins a longer one, or is one of its parts, from which on the longer one is likely meant. */
    private static final int TELLING = 4;

    /**
     * Returns the candidate with the fewest edits (insert, delete, replace, swap neighbours), where these are few: one in a name of three
     * to five letters, two up to nine, three in a longer one. A name of at least four letters may also be a part of the candidate, between
     * its hyphens. Empty where no candidate is that close: a suggestion from afar misleads.
     */
    public static Optional<String> of(String given, Collection<String> candidates) {
        String word = normal(given);
        return candidates.stream()
                .filter(candidate -> near(word, normal(candidate)))
                .min(Comparator.comparingDouble(candidate -> distance(word, normal(candidate))));
    }

    /** {@code "; did you mean NAME?"} with the candidate that is close, or {@code "."} where none is. */
    public static String hint(String given, Collection<String> candidates) {
        return of(given, candidates).map(name -> "; did you mean " + name + "?").orElse(".");
    }

    private static boolean near(String word, String candidate) {
        int length = word.length();
        int allowed = length < 3 ? 0 : length <= 5 ? 1 : length <= 9 ? 2 : 3;
        return isPart(word, candidate)
                || (Math.abs(length - candidate.length()) <= allowed && edits(word, candidate) <= allowed);
    }

    private static boolean isPart(String word, String candidate) {
        int at = word.length() < TELLING ? -1 : candidate.indexOf(word);
        int end = at + word.length();
        boolean whole = at > 0
                && !Character.isLetterOrDigit(candidate.charAt(at - 1))
                && (end == candidate.length() || !Character.isLetterOrDigit(candidate.charAt(end)));
        return at == 0 || whole;
    }

    /**
     * Returns the candidate that a mistyped name must have meant: it differs by an edit or two, less than a third of its letters.
     * Empty where there is none, or where the name is a candidate itself.
     */
    public static Optional<String> close(String given, Collection<String> candidates) {
        String word = normal(given);
        return candidates.stream()
                .filter(candidate -> edits(word, normal(candidate)) <= Math.min(2, (candidate.length() - 1) / 3))
                .min(Comparator.comparingInt(candidate -> edits(word, normal(candidate))))
                .filter(candidate -> !candidates.contains(given));
    }

    /** Writes a name without what doesn't tell names apart: case, {@code -} and {@code _}. */
    public static String normal(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static double distance(String a, String b) {
        // Of equally many edits, a name that starts the same or holds the word is the likelier one.
        boolean related = !a.isEmpty() && (b.startsWith(a) || b.contains(a));
        return edits(a, b) * (related ? 0.25 : 1);
    }

    private static int edits(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : fewest(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int fewest(int[][] edits, String a, String b, int i, int j) {
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
    }
}
