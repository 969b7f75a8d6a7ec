package org.align4j.desk.frontier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.desk.frontier.Frontier.EqualDivergence;
import org.align4j.desk.frontier.FrontierCurve.FrontierPoint;
import org.align4j.desk.frontier.SequenceDivergence.Estimate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What curves of known scores are said to show. */
class FrontierCurveTest {
    private static final int PROMPTS = 40;
    private static final int[] ROWS = IntStream.range(0, PROMPTS).toArray();

    private static Setting setting(String name, long... seeds) {
        return new Setting(
                Map.of("beta", name),
                Arrays.stream(seeds)
                        .mapToObj(seed -> new Member(Path.of(name + seed), name + seed, seed))
                        .toList());
    }

    private static double[] around(double mean, double spread, Random random) {
        return random.doubles(PROMPTS, -1, 1).map(each -> mean + spread * each).toArray();
    }

    /** Makes a curve whose answers have some prompt-wise spread around the means. */
    private static ScaledFigure scores(double[] values) {
        return new ScaledFigure("policy", Basis.of("score", "").on("judge", "gold"), values);
    }

    private static FrontierCurve curve(Setting setting, int member, double[][] meansOf, double spread, Random random) {
        List<FrontierPoint> points = new ArrayList<>();
        AnswerValues start = null;
        for (int i = 0; i < meansOf[0].length; i++) {
            double[] divergences = around(2 * i, i == 0 ? 0 : 0.2, random);
            AnswerValues values = new AnswerValues(
                    scores(around(meansOf[0][i], spread, random)),
                    meansOf.length > 1 ? around(meansOf[1][i], spread, random) : null,
                    divergences,
                    divergences,
                    around(20, 1, random));
            start = start == null ? values : start;
            points.add(FrontierPoint.of(10 * i, values, Objects.requireNonNull(start), ROWS));
        }
        return FrontierCurve.of(setting.runs().get(member), setting, points, ROWS);
    }

    private static FrontierCurve curve(double[] scores, double @Nullable [] proxies, double spread, long seed) {
        double[][] means = proxies == null ? new double[][] {scores} : new double[][] {scores, proxies};
        return curve(setting("a", 1), 0, means, spread, new Random(seed));
    }

    @Test
    void aFallBehindTheHighestPointIsOverOptimisation() {
        FrontierCurve curve = curve(new double[] {0, 1, 2, 1.95, 0.5}, new double[] {0, 1, 2, 3, 4}, 0.8, 5);
        assertThat(curve.isOverOptimised()).isTrue();
        FrontierCurve.Fall fall = Objects.requireNonNull(curve.fall());
        assertThat(fall.peak()).isEqualTo(2);
        assertThat(fall.shownAt()).hasValue(4);
        assertThat(fall.isParted()).isTrue();
        assertThat(fall.difference().interval().confidence()).isEqualTo(1 - 0.05 / 4);
        assertThat(curve.sentence("gold", "proxy"))
                .contains("is over-optimised: from step 20 to step 40")
                .contains("while proxy rose")
                .contains("there the two part")
                .contains("the fall is shown from step 40 on");
    }

    @Test
    void aFallWithinChanceIsNone() {
        FrontierCurve curve = curve(new double[] {0, 1, 1.02, 1}, null, 2, 4);
        assertThat(curve.isOverOptimised()).isFalse();
        assertThat(curve.sentence("gold", null)).containsAnyOf("may be chance", "no over-optimisation is seen");
    }

    @Test
    void aCurveThatRisesToItsEndIsNotOverOptimised() {
        FrontierCurve curve = curve(new double[] {0, 1, 2}, null, 0.2, 3);
        assertThat(curve.fall()).isNull();
        assertThat(curve.sentence("gold", null)).contains("highest at its last point, step 20");
    }

    /** The highest of twelve equal points is chosen by chance: the fall's confidence must make up for it. */
    @Test
    void flatCurvesAreSeldomCalledOverOptimised() {
        double[] flat = new double[12];
        int curves = 400;
        long over = IntStream.range(0, curves)
                .filter(seed -> curve(flat, null, 1, 100 + seed).isOverOptimised())
                .count();
        // 5 % of 400 is 20; a share as large as this comes in fewer than 1 of 1,000 such tests.
        assertThat(over).isLessThanOrEqualTo(34);
    }

    @Test
    void settingsAreComparedWhereAllHaveGoneEquallyFar() {
        Random random = new Random(9);
        Setting near = setting("near", 1, 2, 3);
        Setting far = setting("far", 1, 2, 3);
        List<FrontierCurve> curves = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            curves.add(curve(near, seed, new double[][] {{0, 1, 2}}, 0.1, random));
            curves.add(curve(far, seed, new double[][] {{0, 0.5, 1, 1.5, 2}}, 0.1, random));
        }
        EqualDivergence equal = Objects.requireNonNull(EqualDivergence.of(curves, ROWS, run -> false));
        assertThat(equal.level()).isBetween(3.8, 4.0);
        assertThat(equal.test().means().get(0).mean()).isBetween(1.9, 2.1);
        assertThat(equal.test().means().get(1).mean()).isBetween(0.9, 1.1);
        assertThat(equal.test().winner()).hasValue(0);
        assertThat(equal.sentences().get(0)).contains("beta near has a higher score than every other setting");
        assertThat(EqualDivergence.of(curves.subList(0, 1), ROWS, run -> false)).isNull();
        EqualDivergence lost = Objects.requireNonNull(
                EqualDivergence.of(curves, ROWS, run -> run.name().equals("near2")));
        assertThat(lost.test().winner()).isEmpty();
        assertThat(lost.sentences()).anyMatch(sentence -> sentence.startsWith("A run of beta near failed"));
    }

    /** Wins over the start, a half where nothing changed: 0.04 less is no fall that counts, however sure. */
    @Test
    void aFallBelowTheBarIsNamedAsSuch() {
        AnswerValues half = new AnswerValues(scores(values(0.5)), null, values(0), values(0), values(20));
        AnswerValues top = new AnswerValues(scores(values(1)), null, values(1), values(1), values(20));
        double[] lower = values(1);
        Arrays.fill(lower, 0, 20, 0.92);
        AnswerValues last = new AnswerValues(scores(lower), null, values(2), values(2), values(20));
        List<FrontierPoint> points = List.of(
                FrontierPoint.of(0, half, half, ROWS),
                FrontierPoint.of(5, top, half, ROWS),
                FrontierPoint.of(10, last, half, ROWS));
        Setting setting = setting("a", 1);
        FrontierCurve curve = FrontierCurve.of(setting.runs().get(0), setting, points, ROWS);
        assertThat(curve.isOverOptimised()).isFalse();
        assertThat(curve.sentence("gold", null)).contains("less than would count (0.0500, a twentieth of the range");
    }

    private static double[] values(double each) {
        double[] values = new double[PROMPTS];
        Arrays.fill(values, each);
        return values;
    }

    @Test
    void divergenceOfAnAnswerIsThatOfItsTokens() {
        Estimate estimate = Estimate.of(new double[] {0.5, -0.25});
        assertThat(estimate.k1()).isEqualTo(0.25);
        double k3 = Math.exp(-0.5) - 1 + 0.5 + Math.exp(0.25) - 1 - 0.25;
        assertThat(estimate.k3()).isCloseTo(k3, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(estimate.tokens()).isEqualTo(2);
    }

    /** Scores of two judges lie on two scales: no point lies between them, and neither is above the other. */
    @Test
    void scoresOfTwoJudgesAreRefused() {
        AnswerValues gold = new AnswerValues(scores(values(1)), null, values(1), values(1), values(20));
        ScaledFigure silver = new ScaledFigure("policy", Basis.of("score", "").on("judge", "silver"), values(2));
        AnswerValues other = new AnswerValues(silver, null, values(1), values(1), values(20));
        assertThatThrownBy(() -> gold.scoresTowards(other, 0.5)).hasMessageContaining("judge differs");
        assertThatThrownBy(() -> FrontierPoint.of(1, other, gold, ROWS)).hasMessageContaining("judge differs");
    }
}
