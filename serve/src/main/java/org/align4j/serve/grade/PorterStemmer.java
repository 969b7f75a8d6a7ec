package org.align4j.serve.grade;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The stems of English words by Porter's algorithm (1980) with the departures that nltk makes by default. Its steps bear the paper's numbers.
 */
final class PorterStemmer {
    private static final Map<String, String> IRREGULAR = irregular();

    private static final List<Rule> STEP_1A =
            List.of(always("sses", "ss"), always("ies", "i"), always("ss", "ss"), always("s", ""));

    private static final List<Rule> STEP_2 = List.of(
            measured("ational", "ate"),
            measured("tional", "tion"),
            measured("enci", "ence"),
            measured("anci", "ance"),
            measured("izer", "ize"),
            measured("bli", "ble"),
            measured("alli", "al"),
            measured("entli", "ent"),
            measured("eli", "e"),
            measured("ousli", "ous"),
            measured("ization", "ize"),
            measured("ation", "ate"),
            measured("ator", "ate"),
            measured("alism", "al"),
            measured("iveness", "ive"),
            measured("fulness", "ful"),
            measured("ousness", "ous"),
            measured("aliti", "al"),
            measured("iviti", "ive"),
            measured("biliti", "ble"),
            measured("fulli", "ful"),
            new Rule("logi", "log", stem -> measure(stem + "l") > 0));

    private static final List<Rule> STEP_3 = List.of(
            measured("icate", "ic"),
            measured("ative", ""),
            measured("alize", "al"),
            measured("iciti", "ic"),
            measured("ical", "ic"),
            measured("ful", ""),
            measured("ness", ""));

    private static final List<Rule> STEP_4 = List.of(
            ofLong("al"),
            ofLong("ance"),
            ofLong("ence"),
            ofLong("er"),
            ofLong("ic"),
            ofLong("able"),
            ofLong("ible"),
            ofLong("ant"),
            ofLong("ement"),
            ofLong("ment"),
            ofLong("ent"),
            new Rule("ion", "", stem -> measure(stem) > 1 && (stem.endsWith("s") || stem.endsWith("t"))),
            ofLong("ou"),
            ofLong("ism"),
            ofLong("ate"),
            ofLong("iti"),
            ofLong("ous"),
            ofLong("ive"),
            ofLong("ize"));

    private PorterStemmer() {}

    /** What becomes of a suffix where a condition holds of the stem before it. */
    private record Rule(String suffix, String replacement, Predicate<String> condition) {}

    private static Rule always(String suffix, String replacement) {
        return new Rule(suffix, replacement, stem -> true);
    }

    private static Rule measured(String suffix, String replacement) {
        return new Rule(suffix, replacement, stem -> measure(stem) > 0);
    }

    private static Rule ofLong(String suffix) {
        return new Rule(suffix, "", stem -> measure(stem) > 1);
    }

    private static Map<String, String> irregular() {
        Map<String, String> forms =
                new HashMap<>(Map.of("skies", "sky", "dying", "die", "lying", "lie", "tying", "tie"));
        List.of("sky", "news", "inning", "outing", "canning", "howe", "proceed", "exceed", "succeed")
                .forEach(word -> forms.put(word, word));
        List.of("inning", "outing", "canning").forEach(word -> forms.put(word + "s", word));
        return forms;
    }

    /** Returns the stem of a word in small letters. */
    static String stem(String word) {
        String irregular = IRREGULAR.get(word);
        if (irregular != null) {
            return irregular;
        }
        if (word.codePointCount(0, word.length()) <= 2) {
            return word;
        }
        String stem = step1c(step1b(step1a(word)));
        stem = applied(STEP_4, applied(STEP_3, step2(stem)));
        return step5b(step5a(stem));
    }

    /** Applies the first rule whose suffix the word has, where its condition holds. */
    private static String applied(List<Rule> rules, String word) {
        for (Rule rule : rules) {
            if (word.endsWith(rule.suffix)) {
                String stem = cut(word, rule.suffix.length());
                return rule.condition.test(stem) ? stem + rule.replacement : word;
            }
        }
        return word;
    }

    private static String cut(String word, int letters) {
        return word.substring(0, word.length() - letters);
    }

    private static String step1a(String word) {
        return word.endsWith("ies") && word.length() == 4 ? cut(word, 1) : applied(STEP_1A, word);
    }

    private static String step1b(String word) {
        if (word.endsWith("ied")) {
            return word.length() == 4 ? cut(word, 1) : cut(word, 2);
        }
        if (word.endsWith("eed")) {
            return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
        }
        for (String suffix : List.of("ed", "ing")) {
            if (word.endsWith(suffix) && hasVowel(cut(word, suffix.length()))) {
                return mended(cut(word, suffix.length()));
            }
        }
        return word;
    }

    /** Gives a stem that lost -ed or -ing the end that it had before. */
    private static String mended(String stem) {
        if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
            return stem + "e";
        }
        char last = stem.charAt(stem.length() - 1);
        if (stem.length() >= 2 && last == stem.charAt(stem.length() - 2) && consonants(stem)[stem.length() - 1]) {
            return last == 'l' || last == 's' || last == 'z' ? stem : cut(stem, 1);
        }
        return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
    }

    private static String step1c(String word) {
        if (!word.endsWith("y")) {
            return word;
        }
        String stem = cut(word, 1);
        return stem.length() > 1 && consonants(stem)[stem.length() - 1] ? stem + "i" : word;
    }

    private static String step2(String word) {
        return word.endsWith("alli") && measure(cut(word, 4)) > 0
                ? applied(STEP_2, cut(word, 2))
                : applied(STEP_2, word);
    }

    private static String step5a(String word) {
        if (!word.endsWith("e")) {
            return word;
        }
        String stem = cut(word, 1);
        int measure = measure(stem);
        return measure > 1 || (measure == 1 && !endsShort(stem)) ? stem : word;
    }

    private static String step5b(String word) {
        return word.endsWith("ll") && measure(cut(word, 1)) > 1 ? cut(word, 1) : word;
    }

    /** Returns for each letter whether it is a consonant; y is one unless it follows one. */
    private static boolean[] consonants(String word) {
        boolean[] consonants = new boolean[word.length()];
        for (int i = 0; i < consonants.length; i++) {
            char letter = word.charAt(i);
            consonants[i] = letter == 'y' ? i == 0 || !consonants[i - 1] : "aeiou".indexOf(letter) < 0;
        }
        return consonants;
    }

    private static boolean hasVowel(String stem) {
        for (boolean consonant : consonants(stem)) {
            if (!consonant) {
                return true;
            }
        }
        return false;
    }

    /** Counts how often a vowel is followed by a consonant: the paper's m. */
    private static int measure(String stem) {
        boolean[] consonants = consonants(stem);
        int measure = 0;
        for (int i = 1; i < consonants.length; i++) {
            measure += !consonants[i - 1] && consonants[i] ? 1 : 0;
        }
        return measure;
    }

    /** Whether a stem ends in consonant, vowel, consonant, the last one not w, x or y: the paper's *o; or is a vowel and a consonant. */
    private static boolean endsShort(String stem) {
        boolean[] consonants = consonants(stem);
        int end = consonants.length - 1;
        if (end == 1) {
            return !consonants[0] && consonants[1];
        }
        return end >= 2
                && consonants[end - 2]
                && !consonants[end - 1]
                && consonants[end]
                && "wxy".indexOf(stem.charAt(end)) < 0;
    }
}
