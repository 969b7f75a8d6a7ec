package org.align4j.core.compare.rank;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.judge.Candidate;
import org.align4j.core.compare.judge.Grade;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeProgress;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.compare.verdict.Ruling;
import org.jspecify.annotations.Nullable;

/**
 * Ranks the answers of one system to each prompt. A judge that scores gives each answer its score; any other sees each two answers,
 * and an answer's worth is the share of its matches that it won, ties half. Where several are best or worst alike, the first counts.
 */
public final class AnswerRanking {
    private static final int SYSTEM = 0;

    private AnswerRanking() {}

    /** An answer that occurs, by the first sample that gave it. */
    private record Sampled(int prompt, int sample, String text) {}

    /** Pairs the best with the worst answer of each prompt. */
    public static RankResult rank(MatchedAnswers answers, Judge judge, JudgeProgress progress) {
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
        Worths worths = judge instanceof ScoreJudge scores
                ? Worths.scored(several, answers.prompts(), scores, progress)
                : Worths.won(several, answers.prompts(), judge, progress);
        return pairs(answers, several, worths, count);
    }

    private static RankResult pairs(
            MatchedAnswers answers, List<List<Sampled>> several, Worths worths, int answersCount) {
        List<RankedPair> pairs = new ArrayList<>();
        int tied = 0;
        int unjudged = 0;
        for (List<Sampled> own : several) {
            List<Sampled> judged =
                    own.stream().filter(answer -> worths.of(answer) != null).toList();
            if (judged.size() < 2) {
                unjudged++;
                continue;
            }
            Sampled best = judged.get(0);
            Sampled worst = judged.get(0);
            for (Sampled answer : judged) {
                best = worths.known(answer) > worths.known(best) ? answer : best;
                worst = worths.known(answer) < worths.known(worst) ? answer : worst;
            }
            double margin = worths.known(best) - worths.known(worst);
            if (margin > 0) {
                pairs.add(new RankedPair(
                        answers.prompts().get(best.prompt), best.text, best.sample, worst.text, worst.sample, margin));
            } else {
                tied++;
            }
        }
        int prompts = answers.prompts().size();
        return new RankResult(
                pairs, prompts, prompts - several.size(), tied, unjudged, answersCount, worths.unusable());
    }

    /** What a judge finds answers worth. */
    private static final class Worths {
        private final Map<Sampled, Double> values = new HashMap<>();
        private int unusable;

        static Worths scored(
                List<List<Sampled>> several, List<AskedPrompt> prompts, ScoreJudge judge, JudgeProgress progress) {
            List<Sampled> all = several.stream().flatMap(List::stream).toList();
            List<Grade> grades = judge.grade(
                    all.stream()
                            .map(answer -> new Candidate(prompts.get(answer.prompt), answer.text))
                            .toList(),
                    progress);
            Worths worths = new Worths();
            for (int i = 0; i < all.size(); i++) {
                Double score = grades.get(i).score();
                if (score == null) {
                    worths.unusable++;
                } else {
                    worths.values.put(all.get(i), score);
                }
            }
            return worths;
        }

        static Worths won(
                List<List<Sampled>> several, List<AskedPrompt> prompts, Judge judge, JudgeProgress progress) {
            List<Sampled> firsts = new ArrayList<>();
            List<Sampled> seconds = new ArrayList<>();
            for (List<Sampled> own : several) {
                for (int one = 0; one < own.size(); one++) {
                    for (int other = one + 1; other < own.size(); other++) {
                        firsts.add(own.get(one));
                        seconds.add(own.get(other));
                    }
                }
            }
            List<Match> matches = new ArrayList<>();
            for (int i = 0; i < firsts.size(); i++) {
                Sampled first = firsts.get(i);
                Sampled second = seconds.get(i);
                matches.add(new Match(
                        prompts.get(first.prompt),
                        0,
                        "sample " + first.sample,
                        "sample " + second.sample,
                        first.text,
                        second.text));
            }
            List<Ruling> rulings = judge.rule(matches, progress);
            Worths worths = new Worths();
            Map<Sampled, Integer> counts = new HashMap<>();
            for (int i = 0; i < rulings.size(); i++) {
                Double preference = rulings.get(i).preference();
                if (preference == null) {
                    worths.unusable++;
                } else {
                    worths.add(firsts.get(i), 1 - preference, counts);
                    worths.add(seconds.get(i), preference, counts);
                }
            }
            worths.values.replaceAll((answer, sum) -> sum / Objects.requireNonNull(counts.get(answer)));
            return worths;
        }

        private void add(Sampled answer, double won, Map<Sampled, Integer> counts) {
            values.merge(answer, won, Double::sum);
            counts.merge(answer, 1, Integer::sum);
        }

        @Nullable
        Double of(Sampled answer) {
            return values.get(answer);
        }

        double known(Sampled answer) {
            return Objects.requireNonNull(values.get(answer));
        }

        int unusable() {
            return unusable;
        }
    }
}
