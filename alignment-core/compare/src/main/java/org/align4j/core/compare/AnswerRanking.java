package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.align4j.core.compare.AnswerRanking.RankResult.RankedPair;
import org.align4j.core.compare.JudgeVerdict.Ruling;
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
        List<List<Sampled>> several = new ArrayList<>();
        int count = 0;
        for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
            AskedPrompt asked = answers.prompts().get(prompt);
            List<String> texts = answers.texts(SYSTEM, prompt);
            count += texts.size();
            List<Sampled> own = texts.stream()
                    .distinct()
                    .map(text -> new Sampled(asked, texts.indexOf(text), text))
                    .toList();
            if (own.size() > 1) {
                several.add(own);
            }
        }
        AnswerWorths worths = judge instanceof ScoreJudge scores
                ? AnswerWorths.scored(several, scores, progress)
                : AnswerWorths.won(several, judge, progress);
        return pairs(answers.prompts().size(), several, worths, count);
    }

    private static RankResult pairs(int prompts, List<List<Sampled>> several, AnswerWorths worths, int answersCount) {
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
                pairs.add(new RankedPair(
                        best.prompt(), best.text(), best.sample(), worst.text(), worst.sample(), margin));
            } else {
                tied++;
            }
        }
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

    /** Holds what a judge finds answers worth: their scores, or the shares of matches that they won. */
    private record AnswerWorths(Map<Sampled, Double> values, int asked, int unusable) {
        static AnswerWorths scored(List<List<Sampled>> several, ScoreJudge judge, IntConsumer progress) {
            List<Sampled> answers = several.stream().flatMap(List::stream).toList();
            List<Grade> grades = judge.grade(
                    answers.stream()
                            .map(answer -> new Candidate(answer.prompt(), answer.text()))
                            .toList(),
                    progress);
            Map<Sampled, Double> values = new HashMap<>();
            for (int i = 0; i < grades.size(); i++) {
                Double score = grades.get(i).score();
                if (score != null) {
                    values.put(answers.get(i), score);
                }
            }
            return new AnswerWorths(values, grades.size(), grades.size() - values.size());
        }

        static AnswerWorths won(List<List<Sampled>> several, Judge judge, IntConsumer progress) {
            List<Sampled> firsts = new ArrayList<>();
            List<Sampled> seconds = new ArrayList<>();
            List<Match> matches = new ArrayList<>();
            for (List<Sampled> own : several) {
                for (int one = 0; one < own.size(); one++) {
                    for (Sampled second : own.subList(one + 1, own.size())) {
                        firsts.add(own.get(one));
                        seconds.add(second);
                        matches.add(own.get(one).against(second));
                    }
                }
            }
            List<Ruling> rulings = judge.rule(matches, progress);
            Map<Sampled, Double> values = new HashMap<>();
            Map<Sampled, Integer> counts = new HashMap<>();
            int unusable = 0;
            for (int i = 0; i < rulings.size(); i++) {
                Double preference = rulings.get(i).preference();
                if (preference == null) {
                    unusable++;
                } else {
                    values.merge(firsts.get(i), 1 - preference, Double::sum);
                    values.merge(seconds.get(i), preference, Double::sum);
                    counts.merge(firsts.get(i), 1, Integer::sum);
                    counts.merge(seconds.get(i), 1, Integer::sum);
                }
            }
            values.replaceAll((answer, sum) -> sum / counts.getOrDefault(answer, 1));
            return new AnswerWorths(values, rulings.size(), unusable);
        }

        boolean has(Sampled answer) {
            return values.containsKey(answer);
        }

        double of(Sampled answer) {
            return Objects.requireNonNull(values.get(answer));
        }
    }

    /**
     * An answer that occurs among those to a prompt, by the first sample that gave it.
     *
     * @param prompt what was asked
     * @param sample which of the answers it is, from 0
     * @param text what was said
     */
    private record Sampled(AskedPrompt prompt, int sample, String text) {
        Match against(Sampled other) {
            return new Match(prompt, 0, "sample " + sample, "sample " + other.sample, text, other.text);
        }
    }
}
