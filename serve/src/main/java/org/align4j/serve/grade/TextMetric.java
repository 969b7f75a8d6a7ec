package org.align4j.serve.grade;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How alike an answer and its reference are, from 0 to 1, as the usual Python libraries compute it: rapidfuzz ({@code fuzz.ratio}), sacrebleu
 * ({@code sentence_bleu}), nltk ({@code sentence_gleu}, {@code meteor_score}) and rouge_score (F1, without a stemmer).
 */
enum TextMetric {
    /** Twice the longest common subsequence of characters over both lengths. */
    FUZZY_MATCH,
    /** BLEU of up to four words, smoothed, with its brevity penalty. */
    BLEU,
    /** The share of common word sequences of up to four words. */
    GLEU,
    /** Words matched exactly and by their stems, fewer chunks of them being better. */
    METEOR,
    /** F1 of common words. */
    ROUGE_1,
    /** F1 of common pairs of words. */
    ROUGE_2,
    /** F1 of common sequences of three words. */
    ROUGE_3,
    /** F1 of common sequences of four words. */
    ROUGE_4,
    /** F1 of common sequences of five words. */
    ROUGE_5,
    /** F1 of the longest common subsequence of words. */
    ROUGE_L;

    private static final int BLEU_ORDER = 4;
    private static final double NO_LOG = -9_999_999_999.0;
    private static final Pattern NO_ROUGE = Pattern.compile("[^a-z0-9]+");

    /** The rules of mteval's tokenizer 13a, in their order: what is matched, what takes its place. */
    private static final List<Map.Entry<Pattern, String>> RULES_13A = List.of(
            Map.entry(Pattern.compile("([{-~\\[-` -&(-+:-@/])"), " $1 "),
            Map.entry(Pattern.compile("([^0-9])([.,])"), "$1 $2 "),
            Map.entry(Pattern.compile("([.,])([^0-9])"), " $1 $2"),
            Map.entry(Pattern.compile("([0-9])(-)"), "$1 $2 "));

    /** Returns the metric as OpenAI writes it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns how alike two texts are. */
    double of(String answer, String reference) {
        return switch (this) {
            case FUZZY_MATCH -> fuzzy(answer, reference);
            case BLEU -> bleu(words13a(answer), words13a(reference));
            case GLEU -> gleu(words(answer), words(reference));
            case METEOR -> Meteor.of(words(answer), words(reference));
            case ROUGE_L -> rougeL(rougeWords(answer), rougeWords(reference));
            case ROUGE_1 -> rouge(rougeWords(answer), rougeWords(reference), 1);
            case ROUGE_2 -> rouge(rougeWords(answer), rougeWords(reference), 2);
            case ROUGE_3 -> rouge(rougeWords(answer), rougeWords(reference), 3);
            case ROUGE_4 -> rouge(rougeWords(answer), rougeWords(reference), 4);
            case ROUGE_5 -> rouge(rougeWords(answer), rougeWords(reference), 5);
        };
    }

    private static double fuzzy(String answer, String reference) {
        int[] one = answer.codePoints().toArray();
        int[] other = reference.codePoints().toArray();
        int both = one.length + other.length;
        return both == 0 ? 1 : 2.0 * CommonSubsequence.length(one, other) / both;
    }

    private static double bleu(List<String> answer, List<String> reference) {
        double logs = 0;
        double smoothing = 1;
        int order = 0;
        boolean any = false;
        for (int n = 1; n <= BLEU_ORDER && answer.size() >= n; n++, order++) {
            int total = answer.size() - n + 1;
            int correct = common(sequences(answer, n), sequences(reference, n));
            any |= correct > 0;
            smoothing = correct > 0 ? smoothing : smoothing * 2;
            double precision = correct > 0 ? 100.0 * correct / total : 100.0 / (smoothing * total);
            logs += precision == 0 ? NO_LOG : Math.log(precision);
        }
        if (!any) {
            return 0;
        }
        double brevity = answer.size() < reference.size() ? Math.exp(1 - (double) reference.size() / answer.size()) : 1;
        return brevity * Math.exp(logs / order) / 100;
    }

    private static double gleu(List<String> answer, List<String> reference) {
        int common = 0;
        int ofAnswer = 0;
        int ofReference = 0;
        for (int n = 1; n <= BLEU_ORDER; n++) {
            common += common(sequences(answer, n), sequences(reference, n));
            ofAnswer += Math.max(0, answer.size() - n + 1);
            ofReference += Math.max(0, reference.size() - n + 1);
        }
        int all = Math.max(ofAnswer, ofReference);
        return all == 0 ? 0 : (double) common / all;
    }

    private static double rouge(List<String> answer, List<String> reference, int n) {
        int common = common(sequences(answer, n), sequences(reference, n));
        double precision = (double) common / Math.max(1, answer.size() - n + 1);
        double recall = (double) common / Math.max(1, reference.size() - n + 1);
        return harmonic(precision, recall);
    }

    private static double rougeL(List<String> answer, List<String> reference) {
        if (answer.isEmpty() || reference.isEmpty()) {
            return 0;
        }
        Map<String, Integer> numbers = new HashMap<>();
        int[] one = answer.stream().mapToInt(word -> number(numbers, word)).toArray();
        int[] other = reference.stream().mapToInt(word -> number(numbers, word)).toArray();
        double common = CommonSubsequence.length(one, other);
        return harmonic(common / one.length, common / other.length);
    }

    private static int number(Map<String, Integer> numbers, String word) {
        return numbers.computeIfAbsent(word, fresh -> numbers.size());
    }

    private static double harmonic(double precision, double recall) {
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }

    /** Counts the sequences of n words; a word has no spaces, so that they tell words apart. */
    private static Map<String, Integer> sequences(List<String> words, int n) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= words.size(); i++) {
            counts.merge(String.join(" ", words.subList(i, i + n)), 1, Integer::sum);
        }
        return counts;
    }

    private static int common(Map<String, Integer> one, Map<String, Integer> other) {
        return one.entrySet().stream()
                .mapToInt(entry -> Math.min(entry.getValue(), other.getOrDefault(entry.getKey(), 0)))
                .sum();
    }

    /** Returns the words between white space, as Python's {@code split} cuts a text. */
    private static List<String> words(String text) {
        StringBuilder spaced = new StringBuilder(text.length());
        text.chars().forEach(letter -> spaced.append(isSpace(letter) ? ' ' : (char) letter));
        return Arrays.stream(spaced.toString().split(" "))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static boolean isSpace(int letter) {
        return (letter >= 0x9 && letter <= 0xd)
                || (letter >= 0x1c && letter <= 0x20)
                || letter == 0x85
                || letter == 0xa0
                || (letter > 0xff && Character.isSpaceChar(letter));
    }

    private static List<String> words13a(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        String line = " "
                + text.substring(0, end)
                        .replace("<skipped>", "")
                        .replace("-\n", "")
                        .replace("\n", " ")
                        .replace("&quot;", "\"")
                        .replace("&amp;", "&")
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                + " ";
        for (Map.Entry<Pattern, String> rule : RULES_13A) {
            line = rule.getKey().matcher(line).replaceAll(rule.getValue());
        }
        return words(line);
    }

    private static List<String> rougeWords(String text) {
        return Arrays.stream(NO_ROUGE.split(text.toLowerCase(Locale.ROOT)))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toList());
    }
}
