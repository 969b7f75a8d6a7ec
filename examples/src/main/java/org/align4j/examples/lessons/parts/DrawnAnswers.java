package org.align4j.examples.lessons.parts;

import com.google.common.base.Splitter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.align4j.core.AnsweringModel;
import org.align4j.core.Preference;
import org.align4j.core.eval.Proportion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.examples.demo.Courtesy;

/**
 * Answers that a policy drew to questions, one each, with how likely policy and reference found them.
 *
 * @param answers their texts
 * @param kl nats per answer: the mean of log π(y) − log π_ref(y) over answers y that π itself drew, which estimates the divergence
 * @param length tokens of an answer on average
 */
public record DrawnAnswers(List<String> answers, double kl, double length) {
    /** Tokens that an answer has at most. */
    public static final int LONGEST = 40;

    private static final Splitter SENTENCES = Splitter.onPattern("(?<=[.!?]) ");
    private static final Courtesy RULE = new Courtesy();

    /** Draws an answer to the question of each pair; the same policy draws the same answers every time. */
    public static DrawnAnswers of(AnsweringModel policy, AnsweringModel reference, List<Preference> pairs) {
        List<String> answers = policy.answers(DemoPairs.prompts(pairs), drawing(1));
        double logRatios = 0;
        double tokens = 0;
        for (int i = 0; i < answers.size(); i++) {
            double[] own = policy.logProbs(pairs.get(i).prompt(), answers.get(i));
            logRatios += sum(own) - sum(reference.logProbs(pairs.get(i).prompt(), answers.get(i)));
            tokens += own.length;
        }
        return new DrawnAnswers(answers, logRatios / answers.size(), tokens / answers.size());
    }

    /**
     * Returns settings under which answers are drawn as the model says.
     *
     * @param samples answers to each prompt
     */
    public static GenerationSettings drawing(int samples) {
        return new GenerationSettings(LONGEST, new Sampling(1, 0, 1), samples, 0, List.of(), false);
    }

    /** Returns whether an answer is courteous by the demo's rule, which no training of the lessons sees. */
    public static boolean courteous(String answer) {
        return RULE.isCourteous(answer);
    }

    /** Returns the share of the answers that are courteous. */
    public double courteousShare() {
        return share(DrawnAnswers::courteous);
    }

    /** Returns how many of the answers are courteous. */
    public Proportion courteousOnes() {
        return Proportion.ofRate(courteousShare(), answers.size());
    }

    /** Returns the share of the answers that a test holds of. */
    public double share(Predicate<String> test) {
        return (double) answers.stream().filter(test).count() / answers.size();
    }

    /** Counts how many answers end with which sentence. */
    public static Map<String, Integer> lastSentences(List<String> answers) {
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
