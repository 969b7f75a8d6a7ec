package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.page.HtmlText;

/**
 * Phrases that many answers share: runs of three to eight words that at least three answers, and a fifth of them, have, and at least
 * twice as many as before training. Random text of a thousand words or more doesn't reach that: three given words follow one another
 * in an answer of 64 words with a chance of about 62 / 1,000,000,000.
 */
final class RepeatedPhrases {
    private static final int FEWEST_WORDS = 3;
    private static final int MOST_WORDS = 8;
    private static final int FEWEST_ANSWERS = 3;
    private static final double SHARE = 0.2;
    private static final int SHOWN = 5;

    private RepeatedPhrases() {}

    /**
     * A phrase that answers share.
     *
     * @param words as they stand in the answers
     * @param answers how many have it
     * @param ends how many of those end in it
     * @param before how many answers of the starting model have it
     */
    record Phrase(String words, int answers, int ends, int before) {}

    /** Finds the phrases, those of most answers first; a phrase within a longer one of as many answers isn't told. */
    static List<Phrase> of(List<String> before, List<String> after) {
        Map<String, Integer> counts = counts(after);
        Map<String, Integer> former = counts(before);
        int enough = Math.max(FEWEST_ANSWERS, (int) Math.ceil(SHARE * after.size()));
        List<Phrase> found = new ArrayList<>();
        counts.forEach((words, answers) -> {
            int earlier = former.getOrDefault(words, 0);
            if (answers >= enough && answers >= 2 * earlier) {
                int ends = (int) after.stream()
                        .filter(answer -> (" " + normal(answer)).endsWith(" " + words))
                        .count();
                found.add(new Phrase(words, answers, ends, earlier));
            }
        });
        found.sort(Comparator.comparingInt(Phrase::answers)
                .thenComparingInt(phrase -> phrase.words().length())
                .reversed()
                .thenComparing(Phrase::words));
        List<Phrase> kept = new ArrayList<>();
        for (Phrase phrase : found) {
            boolean told =
                    kept.stream().anyMatch(other -> (" " + other.words() + " ").contains(" " + phrase.words() + " "));
            if (!told && kept.size() < SHOWN) {
                kept.add(phrase);
            }
        }
        return kept;
    }

    private static Map<String, Integer> counts(List<String> answers) {
        Map<String, Integer> counts = new HashMap<>();
        answers.forEach(answer -> phrases(answer).forEach(phrase -> counts.merge(phrase, 1, Integer::sum)));
        return counts;
    }

    private static Set<String> phrases(String answer) {
        String[] words = normal(answer).split(" ");
        Set<String> phrases = new HashSet<>();
        for (int from = 0; from < words.length; from++) {
            for (int size = FEWEST_WORDS; size <= MOST_WORDS && from + size <= words.length; size++) {
                phrases.add(String.join(" ", Arrays.asList(words).subList(from, from + size)));
            }
        }
        return phrases;
    }

    private static String normal(String answer) {
        return answer.strip().replaceAll("\\s+", " ");
    }

    /** Returns the part of the page that names them, empty where there is none. */
    static String section(List<Sample> samples) {
        List<Sample> answered =
                samples.stream().filter(sample -> sample.after() != null).toList();
        List<Phrase> phrases = of(
                answered.stream().map(Sample::before).toList(),
                answered.stream().map(Sample::after).filter(Objects::nonNull).toList());
        if (phrases.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<ul>");
        for (Phrase phrase : phrases) {
            boolean ends = phrase.ends() == phrase.answers();
            out.append("<li>")
                    .append(format("%d of %d answers %s ", phrase.answers(), answered.size(), ends ? "end in" : "say"))
                    .append("<q>")
                    .append(html(phrase.words()))
                    .append("</q>")
                    .append(format("; %d before training.</li>", phrase.before()));
        }
        return HtmlText.section(
                "Phrases that answers share",
                out
                        + "</ul><p class=\"muted\">A phrase that fits every prompt is an easy way to a higher margin. One in many answers is no"
                        + " harm where the data has it as often; else lower the learning rate or take fewer steps.</p>");
    }
}
