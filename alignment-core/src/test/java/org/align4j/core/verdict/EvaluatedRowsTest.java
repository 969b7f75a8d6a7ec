package org.align4j.core.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedRollouts;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedSteps;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedTexts;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.Test;

/** Rows of round numbers: in each a hundred rows, every prompt its own, moved by amounts whose verdict is plain. */
class EvaluatedRowsTest {
    private static final int ROWS = 100;
    private static final int[] PROMPTS = IntStream.range(0, ROWS).toArray();

    private static double[] values(IntToDoubleFunction value) {
        return IntStream.range(0, ROWS).mapToDouble(value).toArray();
    }

    private static int[] tokens(int count) {
        int[] tokens = new int[ROWS];
        Arrays.fill(tokens, count);
        return tokens;
    }

    private static EvaluatedPairs pairs(IntToDoubleFunction chosen, IntToDoubleFunction rejected) {
        return new EvaluatedPairs(values(chosen), values(rejected), tokens(10), tokens(10), PairMeasure.ANSWER);
    }

    /** Half of the pairs are right at the start; differences are 2 nats either way. */
    private static final EvaluatedPairs START = pairs(i -> i % 2 == 0 ? -20 : -22, i -> i % 2 == 0 ? -22 : -20);

    private static Judgement of(EvaluatedRows after, EvaluatedRows before) {
        return after.against(before, PROMPTS);
    }

    /** Three of four are right: 25 points more, and nobody fell out. */
    @Test
    void moreRightPairsAreBetter() {
        Judgement found = of(pairs(i -> i % 4 < 3 ? -20 : -22, i -> i % 4 < 3 ? -22 : -20), START);
        assertThat(found.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(found.headline())
                .startsWith(
                        "Better: the chosen answer is likelier in 75.0 % of 100 held-out pairs, in 50.0 % before training"
                                + " (+25.0 points, 95 % interval +");
    }

    /** Differences of 2 and −2 by turns have the deviation 2: a tenth of it is 0.2. The shares are the same. */
    @Test
    void aMarginCountsFromATenthOfItsSpreadOn() {
        EvaluatedPairs visible = pairs(i -> START.chosen()[i] + 0.3, i -> START.rejected()[i]);
        Judgement better = of(visible, START);
        assertThat(better.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(better.headline())
                .isEqualTo(
                        "Better: the difference log p(chosen) − log p(rejected) of 100 held-out pairs moved by +0.300 nats per"
                                + " answer, 95 % interval +0.300 to +0.300, more than 0.200, a tenth of its standard deviation before"
                                + " training.");
        assertThat(better.reasons().get(0)).startsWith("The chosen answer is likelier in 50.0 % of 100 held-out pairs");
        EvaluatedPairs invisible = pairs(i -> START.chosen()[i] + 0.15, i -> START.rejected()[i]);
        assertThat(of(invisible, START).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(START, visible).verdict()).isEqualTo(Verdict.WORSE);
    }

    /** Chosen answers of 30 tokens, rejected ones of 10; by whole answers no chosen one is likelier, before or after. */
    private static EvaluatedPairs unequal(IntToDoubleFunction chosenToken, PairMeasure measure) {
        return new EvaluatedPairs(
                values(i -> 30 * chosenToken.applyAsDouble(i)), values(i -> -10), tokens(30), tokens(10), measure);
    }

    /** SimPO compares means per token: 20 of 100 pairs turn, and no headline speaks of 0.0 % before and after. */
    @Test
    void aLengthNormalisedLossIsJudgedPerToken() {
        EvaluatedPairs before = unequal(i -> i % 5 == 0 ? -0.9 : -1.4, PairMeasure.TOKEN);
        EvaluatedPairs after = unequal(i -> i % 5 < 2 ? -0.9 : -1.3, PairMeasure.TOKEN);
        Judgement found = of(after, before);
        assertThat(found.headline())
                .startsWith(
                        "Better: the chosen answer is likelier per token in 40.0 % of 100 held-out pairs, in 20.0 % before");
        assertThat(found.text())
                .contains(
                        "By whole answers, the chosen answer is likelier in 0.0 % of 100 held-out pairs, in 0.0 % before",
                        "nats per token", "nats per answer");
        assertThat(found.evidence())
                .extracting(Measured::figure)
                .containsExactly("chosen_likelier_per_token", "margin_per_token", "chosen_likelier", "margin");
        Measured share = found.evidence().get(0);
        assertThat(share.before()).isEqualTo(0.2);
        assertThat(share.difference()).isCloseTo(0.2, within(1e-12));
        assertThat(share.n()).isEqualTo(ROWS);
        // By whole answers alone the headline gives what moved, the difference.
        assertThat(of(after.by(PairMeasure.ANSWER), before.by(PairMeasure.ANSWER))
                        .headline())
                .startsWith(
                        "Better: the difference log p(chosen) − log p(rejected) of 100 held-out pairs moved by +4.80 nats per answer");
        assertThat(of(before, after).verdict()).isEqualTo(Verdict.WORSE);
    }

    /** Per token the chosen answers gain, but the rejected ones, three times as long, gain more by whole answers. */
    @Test
    void whatBothMeasuresContradictIsUnclear() {
        EvaluatedPairs before = new EvaluatedPairs(
                values(i -> -10 - i % 3), values(i -> -60), tokens(10), tokens(60), PairMeasure.TOKEN);
        EvaluatedPairs after = new EvaluatedPairs(
                values(i -> -8 - i % 3), values(i -> -54), tokens(10), tokens(60), PairMeasure.TOKEN);
        assertThat(of(after, before).headline())
                .startsWith(
                        "Unclear: the difference log p(chosen) − log p(rejected) per token rose, but that of whole answers moved the other way");
        assertThat(of(after, before).evidence()).hasSize(4);
    }

    /** A loss of the chosen answer alone: 0.1 nats per token more, where the spread is nothing. */
    @Test
    void aLossWithoutTheRejectedAnswerIsJudgedByTheChosenOne() {
        EvaluatedPairs before = unequal(i -> -1.4, PairMeasure.CHOSEN);
        Judgement found = of(unequal(i -> -1.3, PairMeasure.CHOSEN), before);
        assertThat(found.headline())
                .startsWith("Better: log p(chosen) per token of 100 held-out pairs moved by +0.100 nats per token");
        assertThat(found.evidence().get(0).figure()).isEqualTo("chosen_log_prob_per_token");
    }

    /** What earlier versions kept has no tokens of rejected answers, and is judged by whole answers. */
    @Test
    void rowsOfEarlierVersionsAreJudgedByWholeAnswers() {
        EvaluatedPairs old = new EvaluatedPairs(values(i -> -20), values(i -> -21), tokens(10), null, null);
        assertThat(old.measure()).isEqualTo(PairMeasure.ANSWER);
        assertThat(of(unequal(i -> -0.5, PairMeasure.TOKEN), old).evidence())
                .extracting(Measured::figure)
                .contains("margin_per_token");
    }

    /** Whatever the sign of the ratio: 1e-4 nats in 78 of 100 pairs is nothing. */
    @Test
    void aTinyMarginIsNoPreference() {
        EvaluatedPairs tiny = pairs(i -> START.chosen()[i] + (i < 78 ? 1e-4 : -1e-4), i -> START.rejected()[i]);
        assertThat(of(tiny, START).verdict()).isEqualTo(Verdict.UNCHANGED);
    }

    @Test
    void fewerRightPairsAreWorse() {
        EvaluatedPairs worse = pairs(i -> i % 4 < 1 ? -20 : -22, i -> i % 4 < 1 ? -22 : -20);
        assertThat(of(worse, START).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(of(worse, START).text()).contains("swapped");
    }

    /** 25 points more are right, but those that are wrong are so by 30 nats: the two figures disagree. */
    @Test
    void twoFiguresThatDisagreeAreUnclear() {
        EvaluatedPairs mixed = pairs(i -> i % 4 < 3 ? -20 : -22, i -> i % 4 < 3 ? -22 : 8);
        assertThat(of(mixed, START).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    /** Differences that move by ±20 nats at random move by nothing in the mean, within an interval wider than half a nat. */
    @Test
    void aWideIntervalIsUnclear() {
        EvaluatedPairs wild = pairs(i -> -20, i -> -20 + (i % 2 == 0 ? -2 : 2) * (i % 10 + 1));
        assertThat(of(wild, START).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    /** Ten tokens an answer: 11 nats less is 1.1 a token, e^1.1 = 3 times less likely; 9 nats is 0.9. */
    @Test
    void chosenAnswersThatBecomeImpossibleAreBroken() {
        EvaluatedPairs broken = pairs(i -> -20 - 11 - (i % 2 == 0 ? 0 : 2), i -> -80);
        Judgement found = of(broken, START);
        assertThat(found.verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(found.headline()).contains("3.00 times less likely", "fell by 1.10 nats per token");
        EvaluatedPairs fallen = pairs(i -> -20 - 9 - (i % 2 == 0 ? 0 : 2), i -> -80);
        assertThat(of(fallen, START).verdict()).isEqualTo(Verdict.BETTER);
        EvaluatedPairs noNumber = pairs(i -> i == 7 ? Double.NaN : -20, i -> -22);
        assertThat(of(noNumber, START).verdict()).isEqualTo(Verdict.BROKEN);
    }

    /** 40 rows of which 20 pairs repeat one prompt: they count as one, so that their agreement proves nothing. */
    @Test
    void rowsOfOnePromptCountTogether() {
        int[] prompts = IntStream.range(0, ROWS).map(i -> i < 99 ? 0 : 1).toArray();
        EvaluatedPairs after = pairs(i -> i < 99 ? -20 : -22, i -> i < 99 ? -22 : -20);
        EvaluatedPairs before = pairs(i -> i < 99 ? -21 : -20, i -> i < 99 ? -20 : -22);
        assertThat(after.against(before, PROMPTS).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(after.against(before, prompts).verdict()).isNotEqualTo(Verdict.BETTER);
    }

    private static EvaluatedAnswers answers(double wanted, double unwanted) {
        boolean[] desirable = new boolean[ROWS];
        for (int i = 0; i < ROWS; i++) {
            desirable[i] = i % 4 == 0;
        }
        return new EvaluatedAnswers(values(i -> i % 4 == 0 ? wanted : unwanted), tokens(10), desirable);
    }

    /** 25 desirable answers gained 1 nat, 75 others lost 1: 2 nats between them. Both losing the same is no gain. */
    @Test
    void desirableAnswersAgainstOthers() {
        EvaluatedAnswers start = answers(-20, -20);
        assertThat(of(answers(-19, -21), start).headline())
                .startsWith("Better: ")
                .contains("+2.00 nats");
        assertThat(of(answers(-21, -19), start).verdict()).isEqualTo(Verdict.WORSE);
        // Equal before training, so that their spread says nothing: 0.01 nats per token of ten is 0.1.
        assertThat(of(answers(-20.1, -20.18), start).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(answers(-20.1, -20.3), start).headline()).contains("more than 0.100, 0.01 nats per token");
        assertThat(of(answers(-25, -25), start).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(answers(-31, -99), start).verdict()).isEqualTo(Verdict.BROKEN);
        EvaluatedAnswers one = start.select(new int[] {0, 4, 8});
        assertThat(one.against(one, new int[] {0, 1, 2}).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    private static EvaluatedTexts texts(IntToDoubleFunction logProb) {
        return new EvaluatedTexts(values(logProb), tokens(10));
    }

    /** From 3 nats per token to 2.9: perplexity 20.09 to 18.17; 0.005 nats is within 1 %. */
    @Test
    void lossOfTexts() {
        EvaluatedTexts start = texts(i -> -30);
        assertThat(of(texts(i -> -29), start).headline())
                .startsWith("Better: the loss on 100 held-out rows fell from 3.000 to 2.900 nats per token")
                .contains("perplexity from 20.09 to 18.17");
        assertThat(of(texts(i -> -29.95), start).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(texts(i -> -31), start).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(of(texts(i -> -41), start).verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(of(texts(i -> i % 2 == 0 ? -24 : -36), start).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    private static EvaluatedComparisons scores(IntToDoubleFunction chosen, IntToDoubleFunction rejected) {
        return new EvaluatedComparisons(values(chosen), values(rejected), new boolean[ROWS]);
    }

    /** A new head says 0 of all: half right. 70 right is better than that; 52 isn't; 30 is worse than chance. */
    @Test
    void scoresOfPairs() {
        EvaluatedComparisons start = scores(i -> 0, i -> 0);
        assertThat(of(scores(i -> i < 70 ? 1 : -1, i -> 0), start).headline())
                .startsWith(
                        "Better: the chosen answer scores higher in 70.0 % of 100 held-out pairs, in 50.0 % before");
        assertThat(of(scores(i -> i % 100 < 52 ? 1 : -1, i -> 0), start).verdict())
                .isEqualTo(Verdict.UNCLEAR);
        assertThat(of(scores(i -> i < 30 ? 1 : -1, i -> 0), start).verdict()).isEqualTo(Verdict.WORSE);
        EvaluatedComparisons good = scores(i -> i < 80 ? 1 : -1, i -> 0);
        assertThat(of(good, good).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(scores(i -> i < 60 ? 1 : -1, i -> 0), good).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(of(start, good).verdict()).isEqualTo(Verdict.BROKEN);
        boolean[] ties = new boolean[ROWS];
        Arrays.fill(ties, true);
        EvaluatedComparisons tied = new EvaluatedComparisons(good.chosen(), good.rejected(), ties);
        assertThat(of(tied, tied).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    private static EvaluatedSteps steps(int agreeing) {
        return new EvaluatedSteps(tokens(agreeing), tokens(7), tokens(10));
    }

    /** Seven of ten steps are right, so that calling all right agrees with seven. */
    @Test
    void stepsMustBeatCallingAllAlike() {
        assertThat(of(steps(9), steps(3)).headline())
                .startsWith("Better: 90.0 % of 1,000 held-out steps are classified correctly");
        assertThat(of(steps(7), steps(3)).verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(of(steps(8), steps(8)).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(steps(6), steps(8)).verdict()).isEqualTo(Verdict.WORSE);
    }

    /** Scores 0 and 2 by turns have the deviation 1: a tenth of it is 0.1. */
    @Test
    void scoresOfAnswers() {
        EvaluatedRollouts start = new EvaluatedRollouts(values(i -> i % 2 * 2));
        assertThat(of(new EvaluatedRollouts(values(i -> i % 2 * 2 + 0.5)), start)
                        .headline())
                .startsWith("Better: the mean score of answers to 100 held-out prompts rose from 1.000 to 1.500");
        assertThat(of(new EvaluatedRollouts(values(i -> i % 2 * 2 + 0.05)), start)
                        .verdict())
                .isEqualTo(Verdict.UNCHANGED);
        assertThat(of(new EvaluatedRollouts(values(i -> i % 2 * 2 - 0.5)), start)
                        .verdict())
                .isEqualTo(Verdict.WORSE);
        assertThat(of(start, start).verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(of(new EvaluatedRollouts(values(i -> i % 5)), start).verdict())
                .isEqualTo(Verdict.BETTER);
        assertThat(of(new EvaluatedRollouts(values(i -> i % 3 - 0.1)), start).verdict())
                .isEqualTo(Verdict.UNCLEAR);
    }
}
