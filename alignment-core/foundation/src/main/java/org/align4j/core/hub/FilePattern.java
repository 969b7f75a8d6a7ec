package org.align4j.core.hub;

import java.util.ArrayList;
import java.util.List;

/**
 * A glob over the paths of a repository: {@code *} and {@code ?} within a folder, {@code **} across folders, {@code [a-z]} and
 * {@code [!a-z]} for one character. A path is matched in time that grows with its length times the pattern's, whatever the
 * pattern, which a stranger wrote.
 */
final class FilePattern {
    private final String text;
    private final List<Part> parts;

    /**
     * A part of a pattern.
     *
     * @param repeats how often it may stand
     * @param set the characters that it takes: one, or those between square brackets; empty for any
     * @param across whether it takes a slash, too
     */
    private record Part(Repeats repeats, String set, boolean across) {
        boolean takes(char c) {
            boolean slash = c == '/' && !across;
            return set.isEmpty() ? !slash : set.length() == 1 ? set.charAt(0) == c : !slash && inSet(c);
        }

        private boolean inSet(char c) {
            boolean not = set.charAt(1) == '!' || set.charAt(1) == '^';
            boolean found = false;
            for (int i = not ? 2 : 1; i < set.length(); i++) {
                boolean range = i + 2 < set.length() && set.charAt(i + 1) == '-';
                found |= range ? set.charAt(i) <= c && c <= set.charAt(i + 2) : set.charAt(i) == c;
                i += range ? 2 : 0;
            }
            return found != not;
        }
    }

    private enum Repeats {
        ONCE,
        ANY,
        /** Takes nothing itself; it and the next two parts may be left out together. */
        NEXT_TWO_OR_NOT
    }

    FilePattern(String text) {
        this.text = text;
        this.parts = parts(text);
    }

    private static List<Part> parts(String glob) {
        List<Part> parts = new ArrayList<>();
        int i = 0;
        while (i < glob.length()) {
            char c = glob.charAt(i);
            int close = c == '[' ? glob.indexOf(']', i + 2) : -1;
            if (glob.startsWith("**/", i)) {
                parts.add(new Part(Repeats.NEXT_TWO_OR_NOT, "", true));
                parts.add(new Part(Repeats.ANY, "", true));
                parts.add(new Part(Repeats.ONCE, "/", true));
                i += 3;
            } else if (glob.startsWith("**", i)) {
                parts.add(new Part(Repeats.ANY, "", true));
                i += 2;
            } else if (close > 0) {
                parts.add(new Part(Repeats.ONCE, glob.substring(i, close), false));
                i = close + 1;
            } else {
                String set = c == '*' || c == '?' ? "" : String.valueOf(c);
                parts.add(new Part(c == '*' ? Repeats.ANY : Repeats.ONCE, set, false));
                i++;
            }
        }
        return parts;
    }

    /** Hidden files, those that describe the data set, and the like are matched by their own name only. */
    boolean matches(DataPath file) {
        return file.path().equals(text) || (file.data() && matches(file.path()));
    }

    /** Goes over the path once, with all parts that may be next. */
    private boolean matches(String path) {
        boolean[] next = new boolean[parts.size() + 1];
        next[0] = true;
        skip(next);
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean[] after = new boolean[next.length];
            for (int p = 0; p < parts.size(); p++) {
                Part part = parts.get(p);
                if (next[p] && part.repeats() != Repeats.NEXT_TWO_OR_NOT && part.takes(c)) {
                    after[part.repeats() == Repeats.ONCE ? p + 1 : p] = true;
                }
            }
            skip(after);
            next = after;
        }
        return next[parts.size()];
    }

    /** Goes on to the parts behind those that take nothing. */
    private void skip(boolean[] next) {
        for (int p = 0; p < parts.size(); p++) {
            Repeats repeats = parts.get(p).repeats();
            next[p + 1] |= next[p] && repeats != Repeats.ONCE;
            if (next[p] && repeats == Repeats.NEXT_TWO_OR_NOT) {
                next[p + 3] = true;
            }
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
