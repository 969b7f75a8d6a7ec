package org.align4j.core.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the language of a text with Apache OpenNLP's detector and its model of 103 languages. Text full of the small words of
 * English is English without being asked about, which saves loading the model for most texts.
 */
public final class DetectedLanguage implements LanguageGuess {
    private static final String FILE = "/langdetect-183.bin";
    private static final String ENGLISH = "en";

    /** The code of two letters for each of three, with those that the model has for the larger part of a language. */
    private static final Map<String, String> TWO_LETTERS = twoLetters();

    @Override
    public @Nullable String of(String text) {
        if (text.codePoints().noneMatch(Character::isLetter)) {
            return null;
        }
        if (PlainEnglish.is(text)) {
            return ENGLISH;
        }
        String language = threeLetters(text.toLowerCase(Locale.ROOT));
        return TWO_LETTERS.getOrDefault(language, language);
    }

    /** Returns the likeliest language of a text that has letters, by its code of three letters in ISO 639-3. */
    public static String threeLetters(String text) {
        // A detector of its own for each call, over one model: detectors are not made for several threads.
        return new LanguageDetectorME(Loaded.MODEL).predictLanguage(text).getLang();
    }

    /**
     * Returns the codes of three letters that the detector has for a language; empty where it doesn't know it.
     *
     * @param code a code of two or three letters
     */
    public static Set<String> codes(String code) {
        String asked = code.toLowerCase(Locale.ROOT);
        return Arrays.stream(new LanguageDetectorME(Loaded.MODEL).getSupportedLanguages())
                .filter(known -> known.equals(asked)
                        || asked.equals(TWO_LETTERS.get(known))
                        || TWO_LETTERS.getOrDefault(asked, asked).equals(TWO_LETTERS.get(known)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Map<String, String> twoLetters() {
        Map<String, String> codes = new HashMap<>();
        Arrays.stream(Locale.getISOLanguages())
                .forEach(two -> codes.putIfAbsent(Locale.forLanguageTag(two).getISO3Language(), two));
        codes.putAll(Map.of(
                "cmn", "zh", "pes", "fa", "ekk", "et", "lvs", "lv", "pnb", "pa", "nob", "no", "heb", "he", "ind", "id",
                "plt", "mg"));
        return Map.copyOf(codes);
    }

    /** Loads the model when it is first asked for; it serves all texts of the process. */
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

    /** Knows English by its small words, without a detector. */
    public static final class PlainEnglish {
        private static final double SHARE = 0.2;
        private static final int LONGEST_SMALL_WORD = 5;

        private static final Set<String> SMALL_WORDS = Set.of(
                "the", "and", "of", "to", "a", "is", "that", "it", "you", "for", "this", "with", "are", "be", "have",
                "your", "not", "they", "what", "there", "which", "would", "do", "how", "if", "about", "when", "who",
                "my", "i", "was", "from", "by", "their", "has", "it's", "i'm", "don't");
        /** English words that other languages have too. */
        private static final Set<String> SHARED = Set.of("a", "i", "do", "is", "be", "my", "was");

        private PlainEnglish() {}

        /** Returns whether a text is English beyond doubt: one in five words is a small one, and three are no other language's. */
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
}
