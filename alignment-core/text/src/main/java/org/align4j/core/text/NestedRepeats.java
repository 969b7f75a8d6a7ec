package org.align4j.core.text;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds what makes the steps of a pattern grow beyond any power of a text's length: a group that is repeated, and whose content
 * may match one text in several ways, as it has quantifiers or alternatives itself.
 */
final class NestedRepeats {
    /** A group repeated at most this often costs a power of the text that patterns without groups can cost too. */
    private static final int FEW = 4;

    private static final Pattern QUANTIFIER = Pattern.compile("[*+?]|\\{(\\d{0,6})(,(\\d{0,6}))?}");

    private final String regex;
    private final Deque<Group> open = new ArrayDeque<>();
    private int at;

    private NestedRepeats(String regex) {
        this.regex = regex;
    }

    private static final class Group {
        final int begin;
        boolean manyWays;

        Group(int begin) {
            this.begin = begin;
        }
    }

    /** Returns the first such group, or null where there is none. */
    static @Nullable String first(String regex) {
        return new NestedRepeats(regex).first();
    }

    private @Nullable String first() {
        open.push(new Group(0));
        while (at < regex.length()) {
            char c = regex.charAt(at);
            int begin = at;
            switch (c) {
                case '\\' -> {
                    if (regex.startsWith("\\g", at)) {
                        return "\\g";
                    }
                    escaped();
                }
                case '[' -> charClass();
                case '(' -> {
                    open.push(new Group(at));
                    at++;
                    continue;
                }
                case '|' -> {
                    open.element().manyWays = true;
                    at++;
                    continue;
                }
                case ')' -> {
                    at++;
                    Group closed = open.size() > 1 ? open.pop() : new Group(begin);
                    Quantifier quantifier = quantifier();
                    if (quantifier.most > FEW && closed.manyWays) {
                        return regex.substring(closed.begin, at);
                    }
                    open.element().manyWays |= quantifier.varies() || closed.manyWays;
                    continue;
                }
                default -> at++;
            }
            open.element().manyWays |= quantifier().varies();
        }
        return null;
    }

    private void escaped() {
        at = Math.min(regex.length(), at + 2);
        if (at < regex.length() && regex.charAt(at) == '{' && "pPx".indexOf(regex.charAt(at - 1)) >= 0) {
            int end = regex.indexOf('}', at);
            at = end < 0 ? regex.length() : end + 1;
        }
    }

    /** Goes behind a class of characters, with those inside of it. */
    private void charClass() {
        int depth = 0;
        do {
            char c = regex.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '[') {
                depth++;
                // A bracket that closes at once is a character.
                int next = at + 1 < regex.length() && regex.charAt(at + 1) == '^' ? at + 2 : at + 1;
                at = next < regex.length() && regex.charAt(next) == ']' ? next : next - 1;
            } else if (c == ']') {
                depth--;
            }
            at++;
        } while (depth > 0 && at < regex.length());
    }

    /** Goes behind the quantifiers that are here; returns how often they repeat in all. */
    private Quantifier quantifier() {
        Quantifier all = new Quantifier(1, 1);
        Matcher next = QUANTIFIER.matcher(regex);
        while (next.region(at, regex.length()).lookingAt()) {
            at = next.end();
            all = all.times(Quantifier.of(next));
        }
        return all;
    }

    /**
     * Holds how often a quantifier lets a part of a pattern repeat.
     *
     * @param least at least
     * @param most at most
     */
    private record Quantifier(double least, double most) {
        static Quantifier of(Matcher text) {
            return switch (text.group().charAt(0)) {
                case '*' -> new Quantifier(0, Double.POSITIVE_INFINITY);
                case '+' -> new Quantifier(1, Double.POSITIVE_INFINITY);
                case '?' -> new Quantifier(0, 1);
                default -> {
                    double least = number(text.group(1), 0);
                    boolean exact = text.group(2) == null;
                    yield new Quantifier(least, exact ? least : number(text.group(3), Double.POSITIVE_INFINITY));
                }
            };
        }

        private static double number(String digits, double otherwise) {
            return digits.isEmpty() ? otherwise : Double.parseDouble(digits);
        }

        Quantifier times(Quantifier other) {
            return new Quantifier(least * other.least, most == 0 || other.most == 0 ? 0 : most * other.most);
        }

        boolean varies() {
            return least != most;
        }
    }
}
