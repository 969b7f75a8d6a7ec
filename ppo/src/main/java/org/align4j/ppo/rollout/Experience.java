package org.align4j.ppo.rollout;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.ppo.report.PpoFigures.RewardNames;

/**
 * Holds a step's responses and their scores, prompt by prompt.
 *
 * @param responses {@code [P * G]}
 * @param rewards what each reward gives, and their sums
 * @param samples G, responses to each prompt
 */
public record Experience(List<Completion> responses, Scores rewards, int samples) {

    /** {@code [P * G]} what is learnt from. */
    public double[] scores() {
        return rewards.sums();
    }

    /** Counts the responses. */
    public int size() {
        return responses.size();
    }

    /** Counts the prompts. */
    public int prompts() {
        return size() / samples;
    }

    /** Groups numbers of the responses by prompt, {@code [P][G]}. */
    public double[][] grouped(double[] ofResponses) {
        return IntStream.range(0, prompts())
                .mapToObj(p -> Arrays.copyOfRange(ofResponses, p * samples, (p + 1) * samples))
                .toArray(double[][]::new);
    }

    /**
     * {@code [P][units][n]} responses that must be in one forward, prompt by prompt.
     *
     * @param pairs whether the best and the worst response to a prompt are one, and no others, nor those that are all as good; else each
     *     response is one
     */
    public List<List<int[]>> units(boolean pairs) {
        return IntStream.range(0, prompts())
                .mapToObj(p -> pairs
                        ? pair(p)
                        : IntStream.range(p * samples, (p + 1) * samples)
                                .mapToObj(i -> new int[] {i})
                                .toList())
                .toList();
    }

    private List<int[]> pair(int prompt) {
        int best = prompt * samples;
        int worst = best;
        for (int i = best; i < (prompt + 1) * samples; i++) {
            best = scores()[i] > scores()[best] ? i : best;
            worst = scores()[i] < scores()[worst] ? i : worst;
        }
        return scores()[best] > scores()[worst] ? List.of(new int[] {best, worst}) : List.of();
    }

    /** {@code [B]} tokens in each response. */
    public int[] lengths() {
        return responses.stream().mapToInt(response -> response.ids().length).toArray();
    }

    /** Returns the share of responses that came to their end. */
    public double finishedFraction() {
        return (double) responses.stream().filter(Completion::finished).count() / size();
    }

    /** Returns the share of prompts whose responses all have the same score. */
    public double spreadlessFraction() {
        return (double) Arrays.stream(grouped(scores()))
                        .filter(group -> Arrays.stream(group).allMatch(score -> score == group[0]))
                        .count()
                / prompts();
    }

    /** Returns the tokens of a response in the mean. */
    public double meanLength() {
        return Arrays.stream(lengths()).average().orElse(0);
    }

    /**
     * The scores that rewards gave to B responses.
     *
     * @param sums {@code [B]} the weighted sum of the rewards, less the penalty, within the bounds: what is learnt from
     * @param names {@code [R]} of the single rewards
     * @param each {@code [R][B]} what each reward gave, before its weight
     * @param parts {@code [B]} each: what rewards say that their scores were made of, by the reward's name and the part's
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record Scores(double[] sums, List<String> names, double[][] each, Map<String, double[]> parts) {
        public Scores {
            names = List.copyOf(names);
            parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        }

        /** Scores of which nobody knows what made them. */
        public static Scores of(double[] sums) {
            return new Scores(sums, List.of(), new double[0][], Map.of());
        }

        static Scores of(double[] sums, List<String> rewards, double[][] each) {
            return new Scores(sums, RewardNames.of(rewards), each, Map.of());
        }

        /** Returns these scores with what they were made of. */
        Scores with(Map<String, double[]> other) {
            return new Scores(sums, names, each, other);
        }

        /** {@code [R]} what each reward gave one response. */
        public double[] ofResponse(int response) {
            return IntStream.range(0, each.length)
                    .mapToDouble(reward -> each[reward][response])
                    .toArray();
        }
    }
}
