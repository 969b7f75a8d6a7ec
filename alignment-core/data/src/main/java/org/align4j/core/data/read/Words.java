package org.align4j.core.data.read;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The words that a key is made of: {@code scoreChosen}, {@code score-chosen} and {@code score_chosen} have the same. */
final class Words {
    private static final Pattern BETWEEN =
            Pattern.compile("[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})|(?<=\\p{L})(?=\\p{N})|(?<=\\p{N})(?=\\p{L})");

    private static final Remembered<String, List<String>> OF_KEYS = new Remembered<>(Words::in);

    private Words() {}

    /** The words of a key. */
    static List<String> of(String key) {
        return OF_KEYS.of(key);
    }

    /** The words of any text. */
    static List<String> in(String text) {
        return BETWEEN.splitAsStream(text)
                .filter(word -> !word.isEmpty())
                .map(word -> word.toLowerCase(Locale.ROOT))
                .toList();
    }
}
