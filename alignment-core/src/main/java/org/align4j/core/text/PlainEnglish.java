package org.align4j.core.text;

import java.util.Locale;
import java.util.Set;

/** Knows English by its small words, without a detector. */
public final class PlainEnglish {
    private static final double SHARE = 0.2;
    private static final int LONGEST_SMALL_WORD = 5;

    private static final Set<String> SMALL_WORDS = Set.of(
            "the", "and", "of", "to", "a", "is", "that", "it", "you", "for", "this", "with", "are", "be", "have",
            "your", "not", "they", "what", "there", "which", "would", "do", "how", "if", "about", "when", "who", "my",
            "i", "was", "from", "by", "their", "has", "it's", "i'm", "don't");
    /** English words that other languages have too. */
    private static final Set<String> SHARED = Set.of("a", "i", "do", "is", "be", "my", "was");

    private PlainEnglish() {}

    /** Tells whether a text is English beyond doubt: one in five words is a small one, and three are no other language's. */
    public static boolean is(String text) {
        char[] chars = text.toCharArray();
        int words = 0;
        int small = 0;
        int own = 0;
        int start = 0;
        for (int i = 0; i <= chars.length; i++) {
            if (i < chars.length && inWord(chars[i])) {
                continue;
            }
            if (i > start) {
                words++;
                if (i - start <= LONGEST_SMALL_WORD) {
                    String word = new String(chars, start, i - start)
                            .toLowerCase(Locale.ROOT)
                            .replace('\u2019', '\'');
                    boolean isSmall = SMALL_WORDS.contains(word);
                    small += isSmall ? 1 : 0;
                    own += isSmall && !SHARED.contains(word) ? 1 : 0;
                }
            }
            start = i + 1;
        }
        return own >= 3 && small >= SHARE * words;
    }

    private static boolean inWord(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '\''
                || c == '\u2019'
                || (c >= 0x80 && Character.isLetter(c));
    }
}
