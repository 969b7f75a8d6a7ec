package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Characters;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a text into sentences by the rules of Punkt (Kiss and Strunk 2006, Unsupervised Multilingual Sentence Boundary Detection).
 * A question mark, an exclamation mark or a period ends a sentence, but a period does not where it belongs to an abbreviation, an initial or a number
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

    /** Decides whether a sentence ends between the words around a mark, with what the whole text shows of its words. */
    private static final class SentenceTokens {
        /** A character that is no part of a word, for use in a pattern. */
        static final String NO_WORD = "[)\";}\\]*:@'({\\[\u2018\u2019\u201c\u201d\u00ab\u00bb?!]";

        private static final String SPACE = Spaces.ONE;
        private static final String LONG_MARK = "-{2,}|\\.{2,}|(?:\\." + SPACE + "){2,}\\.";
        private static final String WORD_END = SPACE + "|$|" + NO_WORD + "|" + LONG_MARK;

        /** A dash or ellipsis, a word up to its end, or one character. */
        private static final Pattern TOKEN = Pattern.compile("(?:" + LONG_MARK
                + ")|[^(\"`{\\[:;&#*@)}\\]\\-,\\x09-\\x0d\\x1c-\\x20\\x85\\p{Z}][^\\x09-\\x0d\\x1c-\\x20\\x85\\p{Z}]*?(?="
                + WORD_END
                + "|,(?:" + WORD_END + "))|[^\\x09-\\x0d\\x1c-\\x20\\x85\\p{Z}]");

        private static final Pattern NUMBER = Pattern.compile("-?[.,]?\\p{Nd}[\\p{Nd},.-]*");
        private static final Pattern DOTTED_LETTERS = Pattern.compile("\\p{L}(?:\\.\\p{L})+");
        private static final Pattern LOWER_CASE_WORD = Pattern.compile("(?<![\\p{L}\\p{N}])\\p{Ll}[\\p{L}'-]*");
        private static final String INNER_MARKS = ";:,.!?";

        private final String text;
        private @Nullable Set<String> seenInLowerCase;

        SentenceTokens(String text) {
            this.text = text;
        }

        /** Returns whether a sentence ends in a context: the word that the mark ends, and the word after it. */
        boolean breakIn(String context) {
            List<String> tokens = new ArrayList<>();
            Matcher matcher = TOKEN.matcher(context);
            while (matcher.find()) {
                tokens.add(matcher.group());
            }
            for (int i = 0; i + 1 < tokens.size(); i++) {
                if (ends(tokens.get(i), tokens.get(i + 1))) {
                    return true;
                }
            }
            return false;
        }

        private boolean ends(String token, String next) {
            if (!token.endsWith(".")) {
                return token.equals("?") || token.equals("!");
            }
            if (token.equals(".")) {
                return true;
            }
            if (token.endsWith("..")) {
                return opensSentence(next);
            }
            String word = token.substring(0, token.length() - 1);
            if (word.codePointCount(0, word.length()) == 1 && Character.isLetter(word.codePointAt(0))) {
                return endsAfterInitial(word, next);
            }
            if (isAbbreviation(word)) {
                return opensSentence(next);
            }
            return !NUMBER.matcher(word).matches() || !goesOn(next);
        }

        private boolean endsAfterInitial(String letter, String next) {
            boolean usualInitial = SentenceWords.INITIALS.indexOf(
                            letter.toLowerCase(Locale.ROOT).charAt(0))
                    >= 0;
            return !usualInitial && !goesOn(next) && (!isCapital(next) || isKnownInLowerCase(next));
        }

        private static boolean isAbbreviation(String word) {
            String lower = word.toLowerCase(Locale.ROOT);
            String last = lower.substring(lower.lastIndexOf('-') + 1);
            return SentenceWords.ABBREVIATIONS.contains(lower)
                    || SentenceWords.ABBREVIATIONS.contains(last)
                    || (DOTTED_LETTERS.matcher(last).matches() && !SentenceWords.NO_ABBREVIATIONS.contains(last));
        }

        /** Whether the sentence cannot end before this word: it begins in lower case or is a mark inside a sentence. */
        private static boolean goesOn(String next) {
            return Character.isLowerCase(next.codePointAt(0)) || (next.length() == 1 && INNER_MARKS.contains(next));
        }

        /** Whether the word begins in a capital because a sentence begins: a usual opener, or a rarer word that the text has in lower case too. */
        private boolean opensSentence(String next) {
            String lower = next.toLowerCase(Locale.ROOT);
            return isCapital(next)
                    && (SentenceWords.OPENERS.contains(lower)
                            || (seenInLowerCase().contains(lower) && !SentenceWords.FREQUENT.contains(lower)));
        }

        private static boolean isCapital(String word) {
            return Character.isUpperCase(word.codePointAt(0));
        }

        /** Whether a word is no name: a frequent one, or one that the text has in lower case. */
        private boolean isKnownInLowerCase(String word) {
            String lower = word.toLowerCase(Locale.ROOT);
            return SentenceWords.OPENERS.contains(lower)
                    || SentenceWords.FREQUENT.contains(lower)
                    || seenInLowerCase().contains(lower);
        }

        private Set<String> seenInLowerCase() {
            Set<String> seen = seenInLowerCase;
            if (seen == null) {
                seen = new HashSet<>();
                Matcher matcher = LOWER_CASE_WORD.matcher(text);
                while (matcher.find()) {
                    seen.add(matcher.group());
                }
                seenInLowerCase = seen;
            }
            return seen;
        }
    }
}
