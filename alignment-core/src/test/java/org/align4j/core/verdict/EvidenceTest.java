package org.align4j.core.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.verdict.BrokenSigns.MethodSigns;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceTest {
    private static final MethodSigns PLAIN = () -> MethodFigures.of(List.of());
    private static final MethodSigns WITH_ENTROPY = new MethodSigns() {
        @Override
        public MethodFigures figures() {
            return PLAIN.figures();
        }

        @Override
        public List<String> broken(MetricHistory history) {
            return BrokenSigns.collapsed(history, LoopFigures.ENTROPY).stream().toList();
        }
    };
    private static final MetricHistory NOTHING = history(Map.of("step", 0.0, "eval_loss", 0.7));

    /** Pairs of which the first so many are right by 2 nats, the others wrong by as much. */
    private static EvaluatedPairs pairs(int all, int right) {
        double[] chosen = new double[all];
        double[] rejected = new double[all];
        int[] tokens = new int[all];
        Arrays.fill(tokens, 10);
        for (int i = 0; i < all; i++) {
            chosen[i] = i < right ? -20 : -22;
            rejected[i] = i < right ? -22 : -20;
        }
        return new EvaluatedPairs(chosen, rejected, tokens, tokens, PairMeasure.ANSWER);
    }

    private static Evaluations evaluations(EvaluatedRows before, EvaluatedRows after) {
        return Evaluations.NONE.after(0, before).after(50, after);
    }

    private static RowRelations trained(int heldOut, int trained) {
        return new RowRelations(
                500,
                IntStream.range(0, heldOut).toArray(),
                IntStream.range(0, trained).toArray(),
                trained,
                0,
                0);
    }

    private static Judgement judge(RowRelations relations, EvaluatedRows before, EvaluatedRows after) {
        return new Evidence(PLAIN, relations, evaluations(before, after), NOTHING, null).judge();
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static MetricHistory history(Map<String, Double>... lines) {
        return new MetricHistory(List.of(lines));
    }

    @Test
    void nothingHeldOutIsUnclear() {
        MetricHistory steps = history(Map.of("step", 1.0, "loss", 3.0), Map.of("step", 2.0, "loss", 1.0));
        Judgement found = new Evidence(PLAIN, RowRelations.none(5, 0), Evaluations.NONE, steps, null).judge();
        assertThat(found.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(found.headline()).contains("nothing was held out", "use eval-data or eval-fraction");
    }

    /** The first steps and the last share none, however few there are. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.693 1.403 2.201               | The training loss went from 0.6930 at the first step to 2.201 at the last.
            2                               | The training loss was 2.000 at its only step.
            1 3 5 7                         | The training loss went from 2.000 in the first 2 steps to 6.000 in the last 2 (means).
            1 1 1 1 1 9 4 4 4 4 4           | The training loss went from 1.000 in the first 5 steps to 4.000 in the last 5 (means).
            """)
    void theTrainingLossIsToldFromStepsThatDontOverlap(String losses, String sentence) {
        List<Map<String, Double>> lines = new ArrayList<>();
        for (String loss : losses.strip().split(" ")) {
            lines.add(Map.of("step", lines.size() + 1.0, "loss", Double.parseDouble(loss)));
        }
        Judgement found =
                new Evidence(PLAIN, RowRelations.none(5, 0), Evaluations.NONE, new MetricHistory(lines), null).judge();
        assertThat(found.reasons().get(0)).isEqualTo(sentence);
    }

    @Test
    void aRunOfAnEarlierVersionIsUnclear() {
        Judgement found = new Evidence(
                        PLAIN, null, new Evaluations(null, new Evaluations.At(9, pairs(100, 90))), NOTHING, null)
                .judge();
        assertThat(found.headline()).startsWith("Unclear: ").contains("wasn't kept row by row");
    }

    /** All rows are trained on: no praise, whatever they say; that they became worse is still true. */
    @Test
    void trainedRowsDontPraise() {
        Judgement found = judge(trained(100, 100), pairs(100, 50), pairs(100, 97));
        assertThat(found.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(found.headline())
                .isEqualTo(
                        "Unclear: 100 of 100 held-out rows are trained on too, so that they say nothing about new prompts.");
        assertThat(found.text()).contains("likelier in 97.0 % of 100 held-out pairs");
        assertThat(judge(trained(100, 100), pairs(100, 50), pairs(100, 10)).verdict())
                .isEqualTo(Verdict.WORSE);
    }

    /** The first 60 of 150 rows are trained on and became right; of the 90 others as many are right as before: none. */
    @Test
    void theVerdictGoesByTheOtherRows() {
        Judgement found = judge(trained(150, 60), pairs(150, 10), pairs(150, 60));
        assertThat(found.verdict()).isEqualTo(Verdict.UNCHANGED);
        assertThat(found.headline()).contains("90 held-out pairs");
        assertThat(found.reasons())
                .contains("60 of 150 held-out rows are trained on too (the same prompt with a same answer).");
        assertThat(judge(trained(100, 10), pairs(100, 50), pairs(100, 90)).verdict())
                .isEqualTo(Verdict.BETTER);
    }

    @Test
    void fewRowsAreUnclear() {
        Judgement found = judge(RowRelations.none(500, 10), pairs(10, 0), pairs(10, 10));
        assertThat(found.headline())
                .isEqualTo("Unclear: there are too few held-out prompts, 10; below 50 chance decides.");
        assertThat(judge(RowRelations.none(500, 10), pairs(10, 5), pairs(10, 5)).verdict())
                .isEqualTo(Verdict.UNCLEAR);
        assertThat(judge(RowRelations.none(500, 49), pairs(49, 5), pairs(49, 45))
                        .verdict())
                .isEqualTo(Verdict.UNCLEAR);
        assertThat(judge(RowRelations.none(500, 50), pairs(50, 5), pairs(50, 45))
                        .verdict())
                .isEqualTo(Verdict.BETTER);
    }

    @Test
    void contradictionsStandInTheHeadline() {
        RowRelations many = new RowRelations(400, IntStream.range(0, 100).toArray(), new int[0], 0, 68, 0);
        Judgement found = judge(many, pairs(100, 50), pairs(100, 90));
        assertThat(found.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(found.headline()).endsWith("; 17.0 % of the training rows contradict each other.");
        assertThat(found.text()).contains("68 of 400 training rows (17.0 %)");
    }

    /** 64 times "you": one pair of words in 63; before, every pair was another one. */
    @Test
    void repetitionBreaksWhateverTheMarginsSay() {
        String before =
                String.join(" ", IntStream.range(0, 64).mapToObj(i -> "w" + i).toList());
        String after = "you ".repeat(64);
        Repetition repetition = Repetition.of(List.of(before, before), List.of(after, after));
        assertThat(repetition.before()).isEqualTo(1);
        assertThat(repetition.after()).isEqualTo(1 / 63.0);
        Judgement found =
                new Evidence(PLAIN, null, evaluations(pairs(100, 50), pairs(100, 72)), NOTHING, repetition).judge();
        assertThat(found.verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(found.headline()).startsWith("Broken: its sampled answers repeat themselves: 2 % of their pairs");
        assertThat(found.text()).contains("likelier in 72.0 %");
    }

    /** A model that repeats itself before training as well hasn't been broken by it; without blanks characters are looked at. */
    @Test
    void repetitionIsAgainstTheStart() {
        assertThat(Repetition.of(List.of("no ".repeat(20)), List.of("yes ".repeat(20)))
                        .sign())
                .isEmpty();
        assertThat(Repetition.of(List.of("天地玄黄宇宙洪荒日月盈昃"), List.of("天天天天天天天天天天")).sign())
                .isPresent();
        assertThat(Repetition.of(List.of("a short one"), List.of("another")).sign())
                .isEmpty();
        assertThat(Repetition.of(List.of("something", ""), List.of("", " "))
                        .sign()
                        .orElseThrow())
                .contains("answers none of 2");
    }

    @Test
    void entropyAndGeneralText() {
        MetricHistory collapsed = history(
                Map.of("step", 0.0, "eval_entropy", 2.0, "eval_guard_perplexity", 10.0),
                Map.of("step", 9.0, "eval_entropy", 0.1, "eval_guard_perplexity", 25.0));
        Evaluations better = evaluations(pairs(100, 50), pairs(100, 90));
        Judgement found = new Evidence(WITH_ENTROPY, null, better, collapsed, null).judge();
        assertThat(found.verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(found.headline()).contains("entropy fell from 2.00 to 0.1", "rose from 10.00 to 25.00");
        MetricHistory fine = history(
                Map.of("step", 0.0, "eval_entropy", 2.0, "eval_guard_perplexity", 10.0),
                Map.of("step", 9.0, "eval_entropy", 1.5, "eval_guard_perplexity", 10.2));
        Judgement healthy = new Evidence(WITH_ENTROPY, null, better, fine, null).judge();
        assertThat(healthy.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(healthy.reasons()).contains("Perplexity on general text rose by 2.0\u00a0%, which is fine.");
        assertThat(new Evidence(PLAIN, null, better, collapsed, null).judge().headline())
                .doesNotContain("entropy");
    }

    /** An evaluation before the first step begins anew; later ones replace the last. */
    @Test
    void evaluationsKeepTheFirstAndTheLast() {
        Evaluations some =
                Evaluations.NONE.after(0, pairs(5, 1)).after(10, pairs(5, 2)).after(20, pairs(5, 3));
        List<Integer> steps = new ArrayList<>();
        for (Evaluations.At at : Arrays.asList(some.first(), some.last())) {
            steps.add(at == null ? -1 : at.step());
        }
        assertThat(steps).containsExactly(0, 20);
        assertThat(Evaluations.NONE.after(10, pairs(5, 2)).first()).isNull();
    }
}
