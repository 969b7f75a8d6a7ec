package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Sample.Likelihood;
import org.align4j.core.report.Sample.Likelihoods;
import org.jspecify.annotations.Nullable;

/** The part of the page that shows answers before and after training next to those of the data, and how likely each of them is. */
record SamplesSection(OptionalDouble rewardOfLogRatio) {
    private static final Likelihoods UNKNOWN = new Likelihoods(null, null, null, null);

    /** Returns the part as HTML, empty where there are no answers, or the method shows its own. */
    static String of(RunView run) {
        if (run.reported().samples().isEmpty() || run.own().showsAnswers()) {
            return "";
        }
        SamplesSection section = new SamplesSection(run.method().rewardOfLogRatio());
        StringBuilder out = new StringBuilder();
        run.reported().samples().forEach(sample -> out.append(section.of(sample)));
        return section("Answers before and after", section.legend(run) + out);
    }

    private String legend(RunView run) {
        if (run.reported().samples().stream().allMatch(sample -> sample.likelihoods() == null)) {
            return "";
        }
        return "<p class=\"muted\">Below each answer: its <a href=\"#term-log-probability\">log-probability</a> in nats under the model"
                + " before training and after"
                + (rewardOfLogRatio.isEmpty()
                        ? "."
                        : ", and its <a href=\"#term-implicit-reward\">implicit reward</a>: β ("
                                + Details.text(rewardOfLogRatio.getAsDouble()) + ") times the difference.")
                + " Longer answers are less likely; compare answers of one length, or an answer with itself.</p>";
    }

    private String of(Sample sample) {
        Likelihoods known = sample.likelihoods() == null ? UNKNOWN : sample.likelihoods();
        return "<article class=\"sample\"><blockquote>"
                + sample.asked().html()
                + "</blockquote><div>"
                + answer("before", "Before", sample.before(), known.before())
                + answer("after", "After", sample.after() == null ? "" : sample.after(), known.after())
                + (sample.chosen() == null
                        ? ""
                        : answer("wanted", "Chosen in the data", sample.chosen(), known.chosen()))
                + (sample.rejected() == null
                        ? ""
                        : answer("before", "Rejected in the data", sample.rejected(), known.rejected()))
                + "</div></article>";
    }

    private String answer(String kind, String title, String text, @Nullable Likelihood known) {
        String body = text.isBlank()
                ? "<p class=\"empty\">" + (kind.equals("after") ? "no answer (yet)" : "an empty answer") + "</p>"
                : "<p>" + html(text.strip()) + "</p>";
        return "<div class=\"" + kind + "\"><h3>" + title + "</h3>" + body + (known == null ? "" : odds(known))
                + "</div>";
    }

    private String odds(Likelihood known) {
        Double start = known.start();
        StringBuilder out = new StringBuilder("<p class=\"odds\">")
                .append(Wording.count(known.tokens(), "token", "tokens"))
                .append(start == null ? ", log-probability " : ", log-probability " + Wording.number(start) + " → ")
                .append(Wording.number(known.trained()));
        if (start != null && rewardOfLogRatio.isPresent()) {
            out.append(", reward ").append(Wording.number(rewardOfLogRatio.getAsDouble() * (known.trained() - start)));
        }
        return out.append("</p>").toString();
    }

    /**
     * Phrases that many answers share: runs of three to eight words that at least three answers, and a fifth of them, have, and at least
     * twice as many as before training. Random text of a thousand words or more doesn't reach that: three given words follow one another
     * in an answer of 64 words with a chance of about 62 / 1,000,000,000.
     */
    static final class RepeatedPhrases {
        private static final int FEWEST_WORDS = 3;
        private static final int MOST_WORDS = 8;
        private static final int FEWEST_ANSWERS = 3;
        private static final double SHARE = 0.2;
        private static final int SHOWN = 5;

        private RepeatedPhrases() {}

        /**
         * A phrase that answers share.
         *
         * @param words as they are in the answers
         * @param answers how many have it
         * @param ends how many of those end in it
         * @param before how many answers of the starting model have it
         */
        record Phrase(String words, int answers, int ends, int before) {}

        /** Finds the phrases, those of most answers first; a phrase within a longer one of as many answers isn't shown. */
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
                boolean told = kept.stream()
                        .anyMatch(other -> (" " + other.words() + " ").contains(" " + phrase.words() + " "));
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
                    answered.stream()
                            .map(Sample::after)
                            .filter(Objects::nonNull)
                            .toList());
            if (phrases.isEmpty()) {
                return "";
            }
            StringBuilder out = new StringBuilder("<ul>");
            for (Phrase phrase : phrases) {
                boolean ends = phrase.ends() == phrase.answers();
                out.append("<li>")
                        .append(format(
                                "%d of %d answers %s ", phrase.answers(), answered.size(), ends ? "end in" : "say"))
                        .append("<q>")
                        .append(html(phrase.words()))
                        .append("</q>")
                        .append(format("; %d before training.</li>", phrase.before()));
            }
            return HtmlText.section(
                    "Phrases that answers share",
                    out
                            + "</ul><p class=\"muted\">A phrase that fits every prompt is an easy way to a higher margin. It does no harm"
                            + " where the data has it as often; otherwise lower the learning rate or take fewer steps.</p>");
        }
    }
}
