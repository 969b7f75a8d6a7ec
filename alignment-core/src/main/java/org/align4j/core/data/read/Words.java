package org.align4j.core.data.read;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The words that a key is made of: {@code scoreChosen}, {@code score-chosen} and {@code score_chosen} have the same. */
final class Words {
    private static final String BETWEEN =
            "[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})|(?<=\\p{L})(?=\\p{N})|(?<=\\p{N})(?=\\p{L})";

    private Words() {}

    static List<String> of(String key) {
        return Stream.of(key.split(BETWEEN))
                .filter(word -> !word.isEmpty())
                .map(word -> word.toLowerCase(Locale.ROOT))
                .toList();
    }
}
