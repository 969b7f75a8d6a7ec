package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Characters;

/**
 * Cuts a text into sentences by the rules of Punkt (Kiss and Strunk 2006, Unsupervised Multilingual Sentence Boundary Detection):
 * a question mark, an exclamation mark or a period ends a sentence, but a period does not where it belongs to an abbreviation, an initial or a number
 * that the next word goes on from. Punkt learnt its abbreviations and its usual beginnings from newspapers; here are
 * {@link SentenceWords short lists} of them.
 */
final class Sentences {
    private static final String CLOSERS = "\"')\\]}\u2018\u2019\u201c\u201d\u00ab\u00bb";

    /** Where a sentence may end: before a character that is no part of a word, or before white space and another word. */
    private static final Pattern END = Pattern.compile(
            "[.?!](?=(" + SentenceTokens.NO_WORD + "|" + Spaces.ONE + "+([^\\x09-\\x0d\\x1c-\\x20\\x85\\p{Z}]+)))");

    /** Closing quotes and brackets at the start of a sentence belong to the one before it. */
    private static final Pattern CLOSING = Pattern.compile("[" + CLOSERS + "]+(?:" + Spaces.ONE + "+|(?=--)|$)");

    private Sentences() {}

    /** Counts the sentences of a text. */
    public static int count(String text) {
        return of(text).size();
    }

    /** Returns the sentences of a text, each with its closing quotes and brackets. */
    static List<String> of(String text) {
        SentenceTokens tokens = new SentenceTokens(text);
        List<int[]> pieces = new ArrayList<>();
        int start = 0;
        for (Candidate end : candidates(text)) {
            if (tokens.breakIn(text.substring(end.wordStart(), end.contextEnd()))) {
                pieces.add(new int[] {start, end.after()});
                start = end.next();
            }
        }
        pieces.add(new int[] {start, Math.max(start, Characters.stripEnd(text).length())});
        return withClosers(text, pieces);
    }

    private static List<String> withClosers(String text, List<int[]> pieces) {
        List<String> sentences = new ArrayList<>();
        int moved = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int from = Math.min(pieces.get(i)[0] + moved, pieces.get(i)[1]);
            int to = pieces.get(i)[1];
            moved = 0;
            if (i + 1 < pieces.size()) {
                int[] next = pieces.get(i + 1);
                Matcher closing = CLOSING.matcher(text.substring(next[0], next[1]));
                if (closing.lookingAt()) {
                    to = next[0] + Characters.stripEnd(closing.group()).length();
                    moved = closing.end();
                }
            }
            if (to > from) {
                sentences.add(text.substring(from, to));
            }
        }
        return sentences;
    }

    /** Finds the places where a sentence may end; of several in one word, the last. */
    private static List<Candidate> candidates(String text) {
        List<Candidate> found = new ArrayList<>();
        Matcher matcher = END.matcher(text);
        while (matcher.find()) {
            int word = wordStart(text, matcher.start());
            boolean sameWord = !found.isEmpty() && found.get(found.size() - 1).at() >= word;
            if (sameWord) {
                found.remove(found.size() - 1);
            }
            int next = matcher.group(2) == null ? matcher.end() : matcher.start(2);
            found.add(new Candidate(word, matcher.start(), matcher.end(1), next));
        }
        return found;
    }

    private static int wordStart(String text, int at) {
        int start = at;
        while (start > 0
                && !(text.charAt(start - 1) == ' '
                        || (text.charAt(start - 1) >= 0x09 && text.charAt(start - 1) <= 0x0D))) {
            start--;
        }
        return start;
    }

    /**
     * A place where a sentence may end.
     *
     * @param wordStart where the word before it begins
     * @param at where the mark stands
     * @param contextEnd where the word after it ends
     * @param next where the next sentence would begin
     */
    private record Candidate(int wordStart, int at, int contextEnd, int next) {
        int after() {
            return at + 1;
        }
    }
}
