package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeProgress;

/**
 * Ranks the answers of one system to each prompt. A judge that scores gives each answer its score; any other sees each two answers,
 * and an answer's worth is the share of its matches that it won, ties half. Where several are best or worst alike, the first counts.
 */
public final class AnswerRanking {
    private static final int SYSTEM = 0;

    private AnswerRanking() {}

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
}
