package org.align4j.ppo.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.jspecify.annotations.Nullable;

/**
 * Holds a step's responses and their scores, prompt by prompt.
 *
 * @param responses {@code [P * G]}
 * @param rewards what each reward gives, and their sums
 * @param samples G, responses to each prompt
 * @param episodes {@code [P * G]} the turns that the responses are made of; null where each is one turn
 */
public record Experience(
        List<Completion> responses,
        Scores rewards,
        int samples,
        @Nullable List<Episode> episodes) {
    /** Holds responses of one turn each. */
    public Experience(List<Completion> responses, Scores rewards, int samples) {
        this(responses, rewards, samples, null);
    }

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

    /** {@code [B]} tokens of the policy in each response. */
    public int[] lengths() {
        return episodes == null
                ? responses.stream().mapToInt(response -> response.ids().length).toArray()
                : episodes.stream()
                        .mapToInt(episode -> Arrays.stream(episode.lengths()).sum())
                        .toArray();
    }

    /** {@code [B][T]} which tokens of each response the policy drew; null where it drew all. */
    public boolean @Nullable [][] own() {
        return episodes == null ? null : episodes.stream().map(Episode::own).toArray(boolean[][]::new);
    }

    /** Returns what the policy drew without a break: the responses, or the turns that they are made of. */
    public List<int[]> drawn() {
        return episodes == null
                ? responses.stream().map(Completion::ids).toList()
                : episodes.stream()
                        .flatMap(episode -> episode.turns().stream())
                        .map(Episode.Turn::ids)
                        .toList();
    }

    /**
     * {@code [B][turns]} the rewards of each response's turns, which add up to its score: what its environment gave them, and what the
     * whole response was given besides at the last one.
     */
    public double[][] turnRewards() {
        double[][] rewards = new double[size()][];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = episodes == null
                    ? new double[] {0}
                    : episodes.get(i).turns().stream()
                            .mapToDouble(Episode.Turn::reward)
                            .toArray();
            rewards[i][rewards[i].length - 1] +=
                    scores()[i] - Arrays.stream(rewards[i]).sum();
        }
        return rewards;
    }

    /** {@code [B][turns]} the tokens that the policy drew in each turn. */
    public int[][] turnLengths() {
        return episodes == null
                ? Arrays.stream(lengths())
                        .mapToObj(length -> new int[] {length})
                        .toArray(int[][]::new)
                : episodes.stream().map(Episode::lengths).toArray(int[][]::new);
    }

    /** Returns the share of responses that came to their end. */
    public double finishedFraction() {
        return (double) responses.stream().filter(Completion::finished).count() / size();
    }

    /** Returns the share of responses that are empty, or white space alone, or ran into their limit. */
    public double malformedFraction() {
        return (double) responses.stream()
                        .filter(response -> !response.finished() || isBlank(response))
                        .count()
                / size();
    }

    private static boolean isBlank(Completion response) {
        String text = response.text();
        return text == null ? response.ids().length == 0 : text.isBlank();
    }

    /** Returns the highest score of a response. */
    public double highestScore() {
        return Arrays.stream(scores()).max().orElse(0);
    }

    /** Returns the share of responses that have the highest score of all. */
    public double atHighestFraction() {
        double highest = highestScore();
        return (double) Arrays.stream(scores())
                        .filter(score -> score == highest)
                        .count()
                / size();
    }

    /** Returns the share of prompts whose responses all have the same score. */
    public double spreadlessFraction() {
        return (double) spreadlessGroups().length / prompts();
    }

    /** Returns the groups whose responses all have the same score, by place. */
    public int[] spreadlessGroups() {
        double[][] groups = grouped(scores());
        return IntStream.range(0, groups.length)
                .filter(p -> Arrays.stream(groups[p]).allMatch(score -> score == groups[p][0]))
                .toArray();
    }

    /**
     * Returns this experience with other responses in some groups.
     *
     * @param groups their places
     * @param others those groups' responses, in that order
     */
    public Experience with(int[] groups, Experience others) {
        int[] places = Arrays.stream(groups)
                .flatMap(group -> IntStream.range(group * samples, (group + 1) * samples))
                .toArray();
        List<Completion> all = new ArrayList<>(responses);
        for (int i = 0; i < places.length; i++) {
            all.set(places[i], others.responses.get(i));
        }
        return new Experience(List.copyOf(all), rewards.with(places, others.rewards), samples);
    }

    /** Returns the tokens of a response on average. */
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
        /** Names what environments gave among the rewards. */
        public static final String ENVIRONMENT = "environment";

        public Scores {
            names = List.copyOf(names);
            parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        }

        /** Scores of which nobody knows what made them. */
        public static Scores of(double[] sums) {
            return new Scores(sums, List.of(), new double[0][], Map.of());
        }

        /** Returns these scores with what environments gave, under their name, added to the sums. */
        public Scores withEnvironment(double[] own) {
            double[] total = new double[sums.length];
            Arrays.setAll(total, i -> sums[i] + own[i]);
            List<String> all = new ArrayList<>(names);
            all.add(ENVIRONMENT);
            double[][] whole = Arrays.copyOf(each, each.length + 1);
            whole[each.length] = own;
            return new Scores(total, all, whole, parts);
        }

        static Scores of(double[] sums, List<String> rewards, double[][] each) {
            return new Scores(sums, RewardNames.of(rewards), each, Map.of());
        }

        /** Returns these scores with what they were made of. */
        Scores with(Map<String, double[]> other) {
            return new Scores(sums, names, each, other);
        }

        /** Returns these scores less a penalty of each response, which no reward gave. */
        public Scores less(double[] penalties) {
            double[] lower = sums.clone();
            Arrays.setAll(lower, i -> sums[i] - penalties[i]);
            return new Scores(lower, names, each, parts);
        }

        /** Returns these scores with those of other responses at some places. */
        Scores with(int[] places, Scores others) {
            Map<String, double[]> mixed = new LinkedHashMap<>();
            parts.forEach((name, own) -> mixed.put(name, placed(own, places, others.parts.getOrDefault(name, own))));
            double[][] rewards = new double[each.length][];
            Arrays.setAll(rewards, r -> placed(each[r], places, others.each[r]));
            return new Scores(placed(sums, places, others.sums), names, rewards, mixed);
        }

        private static double[] placed(double[] all, int[] places, double[] some) {
            double[] mixed = all.clone();
            for (int i = 0; i < places.length; i++) {
                mixed[places[i]] = some[i];
            }
            return mixed;
        }

        /** {@code [R]} what each reward gave one response. */
        public double[] ofResponse(int response) {
            return IntStream.range(0, each.length)
                    .mapToDouble(reward -> each[reward][response])
                    .toArray();
        }
    }
}
