package org.align4j.core.doctor;

import java.util.Set;
import org.align4j.core.text.DetectedLanguage;
import org.align4j.core.text.DetectedLanguage.PlainEnglish;
import org.jspecify.annotations.Nullable;

/**
 * Tells the language of a text, as ISO 639-3 has it, with Apache OpenNLP's detector and its model of 103 languages. Text full of
 * the small words of English is English without being asked about, which saves loading the model for most files.
 */
public final class Languages {
    private static final String ENGLISH = "eng";
    /** Languages that have letters of their own: Latin ones alone are never they, but noises such as "ooh ooh ah ah". */
    private static final Set<String> OTHER_LETTERS = Set.of(
            "cmn", "jpn", "kor", "rus", "ukr", "bul", "bel", "mkd", "ell", "ara", "fas", "pes", "urd", "heb", "hin",
            "mar", "nep", "san", "ben", "tam", "tel", "kan", "mal", "guj", "pan", "sin", "tha", "mya", "khm", "lao",
            "kat", "hye", "amh", "pnb", "pus", "yid", "arz", "kir", "mon", "tat", "bak", "chv");

    private static final int SHORTEST = 80;
    private static final int LONG = 160;
    /** The model needs no more of a text. */
    private static final int LONGEST = 400;

    private Languages() {}

    /**
     * Returns the language, or null where a text is too short to tell (under 80 letters, of which ideographs count threefold) or no
     * language at all.
     */
    @Nullable
    public static String of(String text) {
        if (lighter(text, SHORTEST)) {
            return null;
        }
        if (PlainEnglish.is(text)) {
            return ENGLISH;
        }
        String language = DetectedLanguage.threeLetters(shortened(text));
        return isAscii(text) && OTHER_LETTERS.contains(language) ? null : language;
    }

    /** Whether nine in ten letters are ASCII's. */
    private static boolean isAscii(String text) {
        long letters = text.chars().filter(Character::isLetter).count();
        long plain = text.chars().filter(c -> c < 0x80 && Character.isLetter(c)).count();
        return plain >= 0.9 * letters;
    }

    /** Whether a text alone says too little, where there is more: under 160 letters, of which ideographs count threefold. */
    static boolean isShort(String text) {
        return lighter(text, LONG);
    }

    private static boolean lighter(String text, int than) {
        int weight = 0;
        for (int i = 0; i < text.length() && weight < than; i++) {
            char c = text.charAt(i);
            weight += Character.isIdeographic(c) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7AF)
                    ? 3
                    : Character.isLetter(c) ? 1 : 0;
        }
        return weight < than;
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }
}
