package org.align4j.core.template.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Breaks a line as Python's {@code textwrap.wrap} does, without expanding tabs or replacing white space.
 *
 * @param width the most characters of a line
 * @param breaksWords whether a word that is longer is cut
 * @param breaksOnHyphens whether a word may be divided behind a hyphen
 */
record WordWrap(int width, boolean breaksWords, boolean breaksOnHyphens) {
    private static final String SPACE = "[\\t\\n\\x0b\\f\\r ]";
    private static final String NO_SPACE = "[^\\t\\n\\x0b\\f\\r ]";
    private static final String PUNCTUATED = "[\\w!\"'&.,?]";
    private static final String LETTER = "[^\\d\\W]";
    private static final Pattern SPACES = Pattern.compile(SPACE + "+");

    /** White space, a dash between words, or a word, which may end behind a hyphen or before a dash. */
    private static final Pattern PIECES = Pattern.compile(
            SPACE + "+|(?<=" + PUNCTUATED + ")-{2,}(?=\\w)|" + NO_SPACE + "+?(?:-(?:(?<=" + LETTER + "{2}-)|(?<="
                    + LETTER
                    + "-" + PUNCTUATED + "-))(?=" + LETTER + "-?" + LETTER + ")|(?=" + SPACE + "|\\z)|(?<=" + PUNCTUATED
                    + ")(?=-{2,}\\w))",
            Pattern.UNICODE_CHARACTER_CLASS);

    WordWrap {
        if (width <= 0) {
            throw PythonError.value("invalid width " + width + " (must be > 0)");
        }
    }

    /** Returns the lines that one line becomes; none for a line of white space alone. */
    List<String> lines(String line, Budget budget) {
        Deque<String> pieces = pieces(line);
        List<String> lines = new ArrayList<>();
        while (!pieces.isEmpty()) {
            budget.step();
            if (isSpace(pieces.peek()) && !lines.isEmpty()) {
                pieces.pop();
            }
            String next = next(pieces, budget);
            if (!next.isEmpty()) {
                lines.add(next);
            }
        }
        return lines;
    }

    private String next(Deque<String> pieces, Budget budget) {
        List<String> taken = new ArrayList<>();
        int length = 0;
        while (!pieces.isEmpty() && length + length(pieces.peek()) <= width) {
            length += length(pieces.peek());
            taken.add(pieces.pop());
        }
        if (!pieces.isEmpty() && length(pieces.peek()) > width) {
            takeOfLongWord(pieces, taken, width - length);
        }
        if (!taken.isEmpty() && isSpace(taken.get(taken.size() - 1))) {
            taken.remove(taken.size() - 1);
        }
        String text = String.join("", taken);
        budget.spend(text.length());
        return text;
    }

    private void takeOfLongWord(Deque<String> pieces, List<String> taken, int left) {
        if (breaksWords) {
            String word = pieces.pop();
            int end = word.offsetByCodePoints(0, left);
            int hyphen = breaksOnHyphens ? word.substring(0, end).lastIndexOf('-') : -1;
            boolean divides = hyphen > 0 && word.substring(0, hyphen).chars().anyMatch(c -> c != '-');
            int cut = divides ? hyphen + 1 : end;
            taken.add(word.substring(0, cut));
            pieces.push(word.substring(cut));
        } else if (taken.isEmpty()) {
            taken.add(pieces.pop());
        }
    }

    private Deque<String> pieces(String line) {
        Deque<String> pieces = new ArrayDeque<>();
        Matcher matcher = (breaksOnHyphens ? PIECES : SPACES).matcher(line);
        int from = 0;
        while (matcher.find()) {
            addIfAny(pieces, line.substring(from, matcher.start()));
            addIfAny(pieces, matcher.group());
            from = matcher.end();
        }
        addIfAny(pieces, line.substring(from));
        return pieces;
    }

    private static void addIfAny(Deque<String> pieces, String piece) {
        if (!piece.isEmpty()) {
            pieces.add(piece);
        }
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static boolean isSpace(String text) {
        return text.codePoints().allMatch(Characters::isSpace);
    }
}
