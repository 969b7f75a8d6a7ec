package org.align4j.core.doctor.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import opennlp.tools.langdetect.LanguageDetector;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;
import org.jspecify.annotations.Nullable;

/**
 * Tells the language of a text, as ISO 639-3 has it, with Apache OpenNLP's detector and its model of 103 languages. Text full of
 * the small words of English is English without being asked about, which saves loading the model for most files.
 */
public final class Languages {
    private static final String FILE = "/langdetect-183.bin";
    private static final String ENGLISH = "eng";
    private static final double ENGLISH_SHARE = 0.2;
    /** Languages that have letters of their own: Latin ones alone are never they, but noises such as "ooh ooh ah ah". */
    private static final Set<String> OTHER_LETTERS = Set.of(
            "cmn", "jpn", "kor", "rus", "ukr", "bul", "bel", "mkd", "ell", "ara", "fas", "pes", "urd", "heb", "hin",
            "mar", "nep", "san", "ben", "tam", "tel", "kan", "mal", "guj", "pan", "sin", "tha", "mya", "khm", "lao",
            "kat", "hye", "amh", "pnb", "pus", "yid", "arz", "kir", "mon", "tat", "bak", "chv");

    private static final int LONGEST_SMALL_WORD = 5;
    private static final int SHORTEST = 80;
    private static final int LONG = 160;
    /** The model needs no more of a text. */
    private static final int LONGEST = 400;

    private static final Set<String> SMALL_WORDS = Set.of(
            "the", "and", "of", "to", "a", "is", "that", "it", "you", "for", "this", "with", "are", "be", "have",
            "your", "not", "they", "what", "there", "which", "would", "do", "how", "if", "about", "when", "who", "my",
            "i", "was", "from", "by", "their", "has", "it's", "i'm", "don't");
    /** English words that other languages have too. */
    private static final Set<String> SHARED = Set.of("a", "i", "do", "is", "be", "my", "was");

    private Languages() {}

    /**
     * The language, or null where a text is too short to tell (under 80 letters, of which ideographs count threefold) or no
     * language at all.
     */
    @Nullable
    public static String of(String text) {
        if (lighter(text, SHORTEST)) {
            return null;
        }
        if (isPlainEnglish(text)) {
            return ENGLISH;
        }
        String language = detector().predictLanguage(shortened(text)).getLang();
        return isAscii(text) && OTHER_LETTERS.contains(language) ? null : language;
    }

    /** Whether nine in ten letters are ASCII's. */
    private static boolean isAscii(String text) {
        long letters = text.chars().filter(Character::isLetter).count();
        long plain = text.chars().filter(c -> c < 0x80 && Character.isLetter(c)).count();
        return plain >= 0.9 * letters;
    }

    /** Whether it is English beyond doubt. */
    static boolean isPlainEnglish(String text) {
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
        return own >= 3 && small >= ENGLISH_SHARE * words;
    }

    private static boolean inWord(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '\''
                || c == '\u2019'
                || (c >= 0x80 && Character.isLetter(c));
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

    /** A detector of its own for each call, over one model: detectors are not made for several threads. */
    private static LanguageDetector detector() {
        return new LanguageDetectorME(Loaded.MODEL);
    }

    /** Loads the model when it is first asked for; it serves all examinations of the process. */
    private static final class Loaded {
        private static final LanguageDetectorModel MODEL = load();

        private static LanguageDetectorModel load() {
            try (InputStream in = LanguageDetectorModel.class.getResourceAsStream(FILE)) {
                if (in == null) {
                    throw new IOException("The language detector's model " + FILE + " is not on the class path.");
                }
                return new LanguageDetectorModel(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
