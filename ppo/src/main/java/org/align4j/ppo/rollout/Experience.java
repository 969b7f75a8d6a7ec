package org.align4j.ppo.rollout;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;

/**
 * A step's responses and their scores, prompt by prompt.
 *
 * @param responses {@code [P * G]}
 * @param judged what the rewards make of them
 * @param samples G, responses to each prompt
 */
public record Experience(List<Completion> responses, Scores judged, int samples) {

    /** {@code [P * G]} what is learnt from. */
    public double[] scores() {
        return judged.sums();
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
}
