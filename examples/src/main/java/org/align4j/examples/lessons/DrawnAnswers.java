package org.align4j.examples.lessons;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.align4j.core.AnsweringModel;
import org.align4j.core.Preference;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.examples.corpus.Courtesy;

/**
 * Answers that a policy gave to questions, one each, with how likely policy and reference found them.
 *
 * @param answers their texts
 * @param kl nats an answer: the mean of log π(y) − log π_ref(y) over answers y that π itself drew, which estimates the divergence
 * @param length tokens of an answer in the mean
 */
record DrawnAnswers(List<String> answers, double kl, double length) {
    private static final int LONGEST = 40;
    private static final Splitter SENTENCES = Splitter.onPattern("(?<=[.!?]) ");
    private static final Courtesy RULE = new Courtesy();

    /** Draws an answer to each question; the same seed draws the same answers from the same policy. */
    static DrawnAnswers of(AnsweringModel policy, AnsweringModel reference, List<Preference> pairs) {
        return of(policy, reference, pairs, DrawnAnswers::drawing);
    }

    /** Answers each question by the likeliest tokens; their log-ratios then estimate no divergence. */
    static DrawnAnswers likeliest(AnsweringModel policy, AnsweringModel reference, List<Preference> pairs) {
        return of(policy, reference, pairs, seed -> GenerationSettings.greedy(LONGEST));
    }

    private static DrawnAnswers of(
            AnsweringModel policy,
            AnsweringModel reference,
            List<Preference> pairs,
            LongFunction<GenerationSettings> settings) {
        List<String> answers = new ArrayList<>();
        double logRatios = 0;
        double tokens = 0;
        for (Preference pair : pairs) {
            String answer = policy.answer(pair.prompt(), settings.apply(answers.size()));
            double[] own = policy.logProbs(pair.prompt(), answer);
            logRatios += sum(own) - sum(reference.logProbs(pair.prompt(), answer));
            tokens += own.length;
            answers.add(answer);
        }
        return new DrawnAnswers(answers, logRatios / pairs.size(), tokens / pairs.size());
    }

    /** Returns settings under which answers are drawn as the model says, at most 40 tokens each. */
    static GenerationSettings drawing(long seed) {
        return new GenerationSettings(LONGEST, new Sampling(1, 0, 1), 1, seed, List.of(), false);
    }

    /** Whether an answer is courteous by the demo's rule, which no training of the lessons sees. */
    static boolean courteous(String answer) {
        return RULE.isCourteous(answer);
    }

    /** Returns the share of the answers that a test holds of. */
    double share(Predicate<String> test) {
        return (double) answers.stream().filter(test).count() / answers.size();
    }

    /** Counts how many answers end with which sentence. */
    Map<String, Integer> lastSentences() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String answer : answers) {
            List<String> sentences = SENTENCES.splitToList(answer.strip());
            counts.merge(sentences.get(sentences.size() - 1), 1, Integer::sum);
        }
        return counts;
    }

    static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
