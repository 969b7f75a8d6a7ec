package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.align4j.core.compare.AnswerRanking.RankResult.RankedPair;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import org.align4j.core.text.Message;

/**
 * Ranks the answers of one system to each prompt. A judge that scores gives each answer its score; any other sees each two answers,
 * and an answer's worth is the share of its matches that it won, ties half. Where several are best or worst alike, the first counts.
 */
public final class AnswerRanking {
    private static final int SYSTEM = 0;

    private AnswerRanking() {}

    /** Pairs the best with the worst answer of each prompt. */
    public static RankResult rank(MatchedAnswers answers, Judge judge, IntConsumer progress) {
        List<List<Sampled>> byPrompt = new ArrayList<>();
        int count = 0;
        for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
            List<String> texts = answers.texts(SYSTEM, prompt);
            count += texts.size();
            List<Sampled> own = new ArrayList<>();
            for (String text : new LinkedHashSet<>(texts)) {
                own.add(new Sampled(prompt, texts.indexOf(text), text));
            }
            byPrompt.add(own);
        }
        List<List<Sampled>> several =
                byPrompt.stream().filter(own -> own.size() > 1).toList();
        AnswerWorths worths = AnswerWorths.of(several, answers.prompts(), judge, progress);
        return pairs(answers, several, worths, count);
    }

    private static RankResult pairs(
            MatchedAnswers answers, List<List<Sampled>> several, AnswerWorths worths, int answersCount) {
        List<RankedPair> pairs = new ArrayList<>();
        int tied = 0;
        int unjudged = 0;
        for (List<Sampled> own : several) {
            List<Sampled> judged = own.stream().filter(worths::has).toList();
            if (judged.size() < 2) {
                unjudged++;
                continue;
            }
            Sampled best = judged.stream()
                    .reduce((a, b) -> worths.of(b) > worths.of(a) ? b : a)
                    .orElseThrow();
            Sampled worst = judged.stream()
                    .reduce((a, b) -> worths.of(b) < worths.of(a) ? b : a)
                    .orElseThrow();
            double margin = worths.of(best) - worths.of(worst);
            if (margin > 0) {
                AskedPrompt prompt = answers.prompts().get(best.prompt());
                pairs.add(new RankedPair(prompt, best.text(), best.sample(), worst.text(), worst.sample(), margin));
            } else {
                tied++;
            }
        }
        int prompts = answers.prompts().size();
        return new RankResult(
                pairs,
                prompts,
                prompts - several.size(),
                tied,
                unjudged,
                answersCount,
                worths.asked(),
                worths.unusable());
    }

    /**
     * Pairs of best and worst answers, and the prompts that gave none.
     *
     * @param pairs in the order of the prompts
     * @param prompts how many prompts there were
     * @param single prompts with one answer only, or whose answers are all equal word for word
     * @param tied prompts whose best answer is no better than the worst
     * @param unjudged prompts of whose answers fewer than two could be judged
     * @param answers how many answers there were
     * @param asked verdicts or scores that the judge was asked for
     * @param unusable verdicts or scores that say nothing
     */
    public record RankResult(
            List<RankedPair> pairs,
            int prompts,
            int single,
            int tied,
            int unjudged,
            int answers,
            int asked,
            int unusable) {
        public RankResult {
            pairs = List.copyOf(pairs);
        }

        /** Computes the mean margin of the pairs; 0 where there are none. */
        public double meanMargin() {
            return pairs.stream().mapToDouble(RankedPair::margin).average().orElse(0);
        }

        /** Returns all counts as {@code --json} gives them. */
        public Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("pairs", pairs.size());
            figures.put("prompts", prompts);
            figures.put("answers", answers);
            figures.put("mean_margin", meanMargin());
            figures.put("left_out_single", single);
            figures.put("left_out_tied", tied);
            figures.put("left_out_unjudged", unjudged);
            figures.put("asked", asked);
            figures.put("unusable", unusable);
            return figures;
        }

        /**
         * The best and the worst of several answers to a prompt.
         *
         * @param prompt what was asked
         * @param chosen the best answer
         * @param chosenSample which of the answers it is, from 0
         * @param rejected the worst answer
         * @param rejectedSample which of the answers it is, from 0
         * @param margin by how much the best one is better: the difference of scores, or of the shares of matches won
         */
        public record RankedPair(
                AskedPrompt prompt,
                String chosen,
                int chosenSample,
                String rejected,
                int rejectedSample,
                double margin) {

            /** Returns the preference row of this pair, as {@code align dpo} and {@code align reward} read it. */
            public Map<String, Object> row() {
                List<Message> messages = prompt.messages();
                Map<String, Object> row = new LinkedHashMap<>();
                if (messages == null) {
                    row.put("prompt", prompt.text());
                    row.put("chosen", chosen);
                    row.put("rejected", rejected);
                } else {
                    row.put("prompt", messages.stream().map(Message::fields).toList());
                    row.put("chosen", List.of(Message.of("assistant", chosen).fields()));
                    row.put(
                            "rejected",
                            List.of(Message.of("assistant", rejected).fields()));
                }
                row.put("margin", margin);
                row.put("source_row", prompt.row());
                row.put("chosen_sample", chosenSample);
                row.put("rejected_sample", rejectedSample);
                return row;
            }
        }
    }

    /** Tells what a judge finds answers worth: their scores, or the shares of matches that they won. */
    private static final class AnswerWorths {
        private final Map<Sampled, Double> values = new HashMap<>();
        private int asked;
        private int unusable;

        private AnswerWorths() {}

        /** Asks the judge. */
        static AnswerWorths of(
                List<List<Sampled>> several, List<AskedPrompt> prompts, Judge judge, IntConsumer progress) {
            AnswerWorths worths = new AnswerWorths();
            if (judge instanceof ScoreJudge scores) {
                worths.score(several.stream().flatMap(List::stream).toList(), prompts, scores, progress);
            } else {
                worths.play(meetings(several), prompts, judge, progress);
            }
            return worths;
        }

        private void score(List<Sampled> answers, List<AskedPrompt> prompts, ScoreJudge judge, IntConsumer progress) {
            List<Candidate> candidates = answers.stream()
                    .map(answer -> new Candidate(prompts.get(answer.prompt()), answer.text()))
                    .toList();
            List<Grade> grades = judge.grade(candidates, progress);
            asked = grades.size();
            for (int i = 0; i < grades.size(); i++) {
                Double score = grades.get(i).score();
                if (score == null) {
                    unusable++;
                } else {
                    values.put(answers.get(i), score);
                }
            }
        }

        /** Two answers to one prompt that meet. */
        private record AnswerMatch(Sampled first, Sampled second) {
            Match match(AskedPrompt prompt) {
                return new Match(
                        prompt,
                        0,
                        "sample " + first.sample(),
                        "sample " + second.sample(),
                        first.text(),
                        second.text());
            }
        }

        private static List<AnswerMatch> meetings(List<List<Sampled>> several) {
            List<AnswerMatch> meetings = new ArrayList<>();
            for (List<Sampled> own : several) {
                for (int one = 0; one < own.size(); one++) {
                    for (int other = one + 1; other < own.size(); other++) {
                        meetings.add(new AnswerMatch(own.get(one), own.get(other)));
                    }
                }
            }
            return meetings;
        }

        private void play(List<AnswerMatch> meetings, List<AskedPrompt> prompts, Judge judge, IntConsumer progress) {
            List<Ruling> rulings = judge.rule(
                    meetings.stream()
                            .map(meeting -> meeting.match(prompts.get(meeting.first.prompt())))
                            .toList(),
                    progress);
            Map<Sampled, Integer> counts = new HashMap<>();
            asked = rulings.size();
            for (int i = 0; i < rulings.size(); i++) {
                Double preference = rulings.get(i).preference();
                if (preference == null) {
                    unusable++;
                } else {
                    add(meetings.get(i).first, 1 - preference, counts);
                    add(meetings.get(i).second, preference, counts);
                }
            }
            values.replaceAll((answer, sum) -> sum / Objects.requireNonNull(counts.get(answer)));
        }

        private void add(Sampled answer, double won, Map<Sampled, Integer> counts) {
            values.merge(answer, won, Double::sum);
            counts.merge(answer, 1, Integer::sum);
        }

        boolean has(Sampled answer) {
            return values.containsKey(answer);
        }

        double of(Sampled answer) {
            return Objects.requireNonNull(values.get(answer));
        }

        int asked() {
            return asked;
        }

        int unusable() {
            return unusable;
        }
    }

    /**
     * An answer that occurs among those to a prompt, by the first sample that gave it.
     *
     * @param prompt the prompt's place in the list of prompts
     * @param sample which of the answers it is, from 0
     * @param text what was said
     */
    private record Sampled(int prompt, int sample, String text) {}
}
