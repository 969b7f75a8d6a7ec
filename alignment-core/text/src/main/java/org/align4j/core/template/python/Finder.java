package org.align4j.core.template.python;

import org.jspecify.annotations.Nullable;

/**
 * Finds a string in others, in UTF-16 places. A long one is looked for as Knuth, Morris and Pratt do, reading each character
 * once: Java's own search of {@code aaa…b} in {@code aaaa…} would read all of it from each place again.
 */
final class Finder {
    /** Shorter ones Java finds fast whatever they are. */
    private static final int SHORT = 32;

    private static final int TABLE_COST = 8;

    private final String part;
    private final Budget budget;
    private int @Nullable [] forwards;
    private int @Nullable [] backwards;

    public Finder(String part, Budget budget) {
        this.part = part;
        this.budget = budget;
    }

    /** The first occurrence at or after a place; −1 where there is none. */
    public int first(String text, int from) {
        if (part.length() <= SHORT) {
            return text.indexOf(part, from);
        }
        if (forwards == null) {
            forwards = table(false);
        }
        int end = end(text, from, text.length(), false, forwards);
        return end < 0 ? -1 : end - part.length();
    }

    /** The last occurrence that ends at or before a place; −1 where there is none. */
    public int last(String text, int to) {
        if (part.length() <= SHORT) {
            return text.lastIndexOf(part, to - part.length());
        }
        if (backwards == null) {
            backwards = table(true);
        }
        int end = end(text, text.length() - to, text.length(), true, backwards);
        return end < 0 ? -1 : text.length() - end;
    }

    /** Where the first occurrence from a place on ends, both strings read in one direction. */
    private int end(String text, int from, int to, boolean turned, int[] table) {
        int matched = 0;
        for (int at = from; at < to; at++) {
            budget.step();
            char next = at(text, at, turned);
            while (matched > 0 && at(part, matched, turned) != next) {
                matched = table[matched - 1];
            }
            if (at(part, matched, turned) == next && ++matched == part.length()) {
                return at + 1;
            }
        }
        return -1;
    }

    /** Computes for each start of the string how long its longest end is that is a start too. */
    private int[] table(boolean turned) {
        budget.spend((long) TABLE_COST * part.length());
        int[] table = new int[part.length()];
        int matched = 0;
        for (int at = 1; at < table.length; at++) {
            char next = at(part, at, turned);
            while (matched > 0 && at(part, matched, turned) != next) {
                matched = table[matched - 1];
            }
            if (at(part, matched, turned) == next) {
                matched++;
            }
            table[at] = matched;
        }
        return table;
    }

    private static char at(String text, int place, boolean turned) {
        return text.charAt(turned ? text.length() - 1 - place : place);
    }
}
