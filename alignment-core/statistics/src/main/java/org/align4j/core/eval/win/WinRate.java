package org.align4j.core.eval.win;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.eval.SignTest;
import org.jspecify.annotations.Nullable;

/**
 * Says how often a system beats the first one; a tie counts as half a win.
 *
 * @param rate mean of what the system gets, in [0, 1]
 * @param wins outcomes above 0.5
 * @param ties outcomes of exactly 0.5
 * @param losses outcomes below 0.5
 * @param prompts how many prompts the outcomes are of
 * @param wilson Wilson's score interval, which takes every outcome as independent; null where one is neither a win nor a loss in
 *     full
 * @param clustered interval that counts each prompt once, by {@link ClusteredMean#shareInterval}; the one to trust
 * @param signTest probability of prompts so one-sided if both systems were alike: the exact two-sided binomial test of the
 *     prompts that one system wins, prompts that are even left out; 1 where all are
 */
public record WinRate(
        double rate,
        int wins,
        int ties,
        int losses,
        int prompts,
        @Nullable Interval wilson,
        Interval clustered,
        double signTest) {

    /**
     * Estimates the win rate with its intervals.
     *
     * @param outcomes at least one, all of one system against the first
     * @param confidence of the intervals, such as 0.95
     */
    public static WinRate of(List<WinOutcome> outcomes, double confidence) {
        if (outcomes.isEmpty()) {
            throw new IllegalArgumentException("A win rate of no outcomes has no value; it needs one.");
        }
        int wins = (int) outcomes.stream().filter(each -> each.win() > 0.5).count();
        int losses = (int) outcomes.stream().filter(each -> each.win() < 0.5).count();
        boolean hard = outcomes.stream().allMatch(each -> each.win() == 0 || each.win() == 1);
        double rate = outcomes.stream().mapToDouble(WinOutcome::win).sum() / outcomes.size();
        Prompts prompts = Prompts.of(outcomes);
        return new WinRate(
                rate,
                wins,
                outcomes.size() - wins - losses,
                losses,
                prompts.rows.length,
                hard ? new Proportion(wins, outcomes.size()).wilson(confidence) : null,
                prompts.mean.shareInterval(confidence),
                prompts.signTest());
    }

    /** Returns how many outcomes there are. */
    public int comparisons() {
        return wins + ties + losses;
    }

    /** Whether the clustered interval leaves 0.5 out, so that one of the systems is preferred. */
    public boolean clear() {
        return !clustered.contains(0.5);
    }

    /** Says what the system gets at each prompt, and of how many outcomes. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Prompts(double[] wins, int[] rows, ClusteredMean mean) {
        static Prompts of(List<WinOutcome> outcomes) {
            PromptClusters clusters = PromptClusters.of(outcomes, WinOutcome::prompt);
            double[] wins = new double[clusters.count()];
            int[] rows = new int[clusters.count()];
            for (int i = 0; i < outcomes.size(); i++) {
                wins[clusters.of(i)] += outcomes.get(i).win();
                rows[clusters.of(i)]++;
            }
            return new Prompts(
                    wins,
                    rows,
                    ClusteredMean.of(
                            outcomes.stream().mapToDouble(WinOutcome::win).toArray(),
                            IntStream.range(0, outcomes.size())
                                    .map(clusters::of)
                                    .toArray()));
        }

        double signTest() {
            int above = 0;
            int below = 0;
            for (int i = 0; i < wins.length; i++) {
                above += 2 * wins[i] > rows[i] ? 1 : 0;
                below += 2 * wins[i] < rows[i] ? 1 : 0;
            }
            return new SignTest(above, below).pValue();
        }
    }

    /**
     * One comparison of a system's answer with that of the first system, as a judge saw it.
     *
     * @param prompt what both answered; outcomes of equal prompts are one cluster
     * @param win what the system gets against the first: 1 for a win, 0 for a loss, 0.5 for a tie, anything between for a judge that
     *     says how sure it is
     * @param length how long the system's answer is, in a unit of the caller's choice
     * @param againstLength how long the first system's answer is, in the same unit
     */
    public record WinOutcome(String prompt, double win, int length, int againstLength) {
        public WinOutcome {
            if (!(win >= 0 && win <= 1)) {
                throw new IllegalArgumentException("win is " + win + " but must lie between 0 and 1; a tie is 0.5.");
            }
            if (length < 0 || againstLength < 0) {
                throw new IllegalArgumentException(
                        "The lengths are " + length + " and " + againstLength + " but must not be negative.");
            }
        }
    }
}
