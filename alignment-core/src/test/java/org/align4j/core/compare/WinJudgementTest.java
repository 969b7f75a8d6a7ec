package org.align4j.core.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of figures that are given, not computed. */
class WinJudgementTest {
    private static final LengthControl UNKNOWN =
            new LengthControl(null, "not identifiable: all answers are equally long");

    static WinRate rate(double rate, double low, double high, int prompts) {
        int wins = (int) Math.round(rate * prompts);
        return new WinRate(rate, wins, 0, prompts - wins, prompts, null, new Interval(low, high, 0.95), 0.01);
    }

    static LengthControl controlled(double rate, double low, double high) {
        return new LengthControl(
                new LengthControl.Fit(
                        LengthControl.Model.LENGTH, rate, new Interval(low, high, 0.95), 0.1, 0.2, null, 100),
                "");
    }

    private static Judgement judge(WinRate wins, LengthControl controlled) {
        return WinJudgement.of(new JudgeResult("J", "B", "A", wins, Map.of(), null, null, null, controlled));
    }

    @Test
    void anIntervalAboveHalfIsBetter() {
        Judgement judgement = judge(rate(0.61, 0.57, 0.64, 805), controlled(0.54, 0.51, 0.58));
        assertThat(judgement.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(judgement.headline())
                .isEqualTo(
                        "B is better than A: it wins 61 % of 805 prompts, 57 to 64 %; 54 %, 51 to 58 % once length is"
                                + " controlled.");
    }

    /** The interval over prompts leaves out 50 %, the sign test of the prompts doesn't: the sentence says both. */
    @Test
    void aSignTestThatLeavesChanceIsTold() {
        WinRate rate = new WinRate(0.58, 30, 40, 20, 90, null, new Interval(0.51, 0.64, 0.95), 0.18);
        assertThat(judge(rate, UNKNOWN).headline())
                .isEqualTo(
                        "B is better than A: it wins 58 % of 90 prompts, 51 to 64 %; counted by prompts alone the difference"
                                + " may be chance (sign test: p = 0.18).");
        assertThat(judge(rate, UNKNOWN).verdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void anIntervalBelowHalfIsWorse() {
        Judgement judgement = judge(rate(0.39, 0.36, 0.43, 805), UNKNOWN);
        assertThat(judgement.verdict()).isEqualTo(Verdict.WORSE);
        assertThat(judgement.headline()).isEqualTo("B is worse than A: it wins 39 % of 805 prompts, 36 to 43 %.");
        assertThat(judgement.reasons())
                .containsExactly(
                        "The win rate once length is controlled is not identifiable: all answers are equally long.");
    }

    @Test
    void anIntervalThatHoldsHalfIsNoDifference() {
        Judgement judgement = judge(rate(0.55, 0.48, 0.62, 200), controlled(0.52, 0.45, 0.59));
        assertThat(judgement.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(judgement.headline())
                .isEqualTo("No difference between B and A that 200 prompts can show: B wins 55 %, 48 to 62 %.");
        assertThat(judge(rate(1, 0.21, 1, 1), UNKNOWN).headline())
                .isEqualTo("No difference between B and A that one prompt can show: B wins 100 %, 21 to 100 %.");
    }

    @Test
    void whatLengthExplainsIsNotPraised() {
        assertThat(judge(rate(0.61, 0.57, 0.64, 805), controlled(0.52, 0.48, 0.56)))
                .returns(Verdict.UNCLEAR, Judgement::verdict)
                .returns(
                        "Against A, B wins 61 % of 805 prompts, 57 to 64 %; no difference is left once length is controlled"
                                + " (52 %, 48 to 56 %).",
                        Judgement::headline);
        assertThat(judge(rate(0.61, 0.57, 0.64, 805), controlled(0.44, 0.4, 0.48)))
                .returns(Verdict.UNCLEAR, Judgement::verdict)
                .returns(
                        "Against A, B wins 61 % of 805 prompts, 57 to 64 %, but length turns it around: 44 %, 40 to 48 % once"
                                + " it is controlled.",
                        Judgement::headline);
        assertThat(judge(rate(0.52, 0.48, 0.56, 805), controlled(0.57, 0.53, 0.61))
                        .headline())
                .endsWith("B wins 52 %, 48 to 56 %; once length is controlled there is one: 57 %, 53 to 61 %.");
    }

    /** 50.2 % would be told as 50 %, which no difference is. */
    @Test
    void anIntervalThatLeavesHalfOutLooksSo() {
        assertThat(judge(rate(0.534, 0.502, 0.566, 805), UNKNOWN).headline())
                .contains("53.4 % of 805 prompts, 50.2 to 56.6 %");
    }

    @Test
    void aJudgeThatContradictsItselfIsTold() {
        JudgeResult result = new JudgeResult(
                "J", "B", "A", rate(0.61, 0.57, 0.64, 805), Map.of(), 0.45, 0.71, 0.6, controlled(0.6, 0.56, 0.64));
        Judgement judgement = WinJudgement.of(result);
        assertThat(judgement.headline())
                .endsWith("; the judge contradicts itself in 55 % of the matches when their order is turned around.");
        assertThat(judgement.reasons())
                .containsExactly(
                        "Shown in both orders, 45 % of the matches got one verdict.",
                        "The answer shown first is preferred in 71 %, where 50 % is even.",
                        "The longer answer is preferred in 60 %.");
    }

    @Test
    void unusableVerdictsAreCountedAndManyOfThemForbidPraise() {
        WinRate wins = rate(0.61, 0.57, 0.64, 805);
        assertThat(WinJudgement.of(judged(wins, Map.of("no verdict", 5))))
                .returns(Verdict.BETTER, Judgement::verdict)
                .satisfies(judgement -> assertThat(judgement.reasons())
                        .containsExactly("5 of 810 verdicts are unusable and in no figure: no verdict (5)."));
        assertThat(WinJudgement.of(judged(wins, Map.of("no verdict", 100, "refused", 245))))
                .returns(Verdict.UNCLEAR, Judgement::verdict)
                .returns(
                        "Whether B is better or worse than A isn't known: 30 % of the verdicts are unusable. Of the others it"
                                + " wins 61 % of 805 prompts, 57 to 64 %.",
                        Judgement::headline)
                .satisfies(
                        judgement -> assertThat(judgement.reasons())
                                .containsExactly(
                                        "345 of 1,150 verdicts are unusable and in no figure: refused (245), no verdict (100)."));
        assertThat(WinJudgement.of(judged(null, Map.of("refused", 3))))
                .returns(Verdict.UNCLEAR, Judgement::verdict)
                .returns(
                        "Nothing is known of B against A: none of the judge's 3 verdicts is usable.",
                        Judgement::headline);
    }

    private static JudgeResult judged(@Nullable WinRate wins, Map<String, Integer> unusable) {
        return new JudgeResult("J", "B", "A", wins, unusable, null, null, null, null);
    }
}
