package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.reward.BenchFigures.BenchSections;
import org.junit.jupiter.api.Test;

/** By hand, and against RewardBench's own functions, whose figures the script beside them made. */
class BenchFiguresTest {
    private static BenchItem.Side side(double... scores) {
        double[] lengths = new double[scores.length];
        Arrays.fill(lengths, 3);
        return new BenchItem.Side(scores, lengths);
    }

    private static BenchItem item(String subset, String id, double[] chosen, double... rejected) {
        return new BenchItem(subset, id, 0, side(chosen), side(rejected), false);
    }

    private static BenchItem pair(String subset, int prompt, double chosen, double rejected) {
        return new BenchItem(subset, null, prompt, side(chosen), side(rejected), true);
    }

    private static JsonNode golden() throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("src", "test", "resources", "reference", "bench", "bench.json")
                        .toFile());
    }

    @Test
    void subsetsAndSectionsAreRewardBenchs() throws IOException {
        JsonNode pairs = golden().path("pairs");
        List<BenchItem> items = new ArrayList<>();
        List<BenchItem> withoutCode = new ArrayList<>();
        for (JsonNode row : pairs.path("rows")) {
            BenchItem item = pair(
                    row.get(0).asText(),
                    items.size(),
                    row.get(1).asDouble(),
                    row.get(2).asDouble());
            items.add(item);
            if (!item.subset().startsWith("hep")) {
                withoutCode.add(item);
            }
        }
        BenchFigures figures = BenchFigures.of(items, score -> score);
        assertEqual(figures.subsets(), pairs.path("accuracy"));
        assertEqual(figures.sections(), pairs.path("sections"));
        BenchFigures some = BenchFigures.of(withoutCode, score -> score);
        assertEqual(some.sections(), pairs.path("without_code"));
        assertThat(BenchSections.missing(figures.subsets().keySet())).isEmpty();
        assertThat(BenchSections.missing(some.subsets().keySet()))
                .contains("hep-java")
                .hasSize(6);
    }

    private static void assertEqual(Map<String, Double> found, JsonNode expected) {
        assertThat(found).hasSize(expected.size());
        found.forEach((name, value) ->
                assertThat(value).as(name).isCloseTo(expected.path(name).asDouble(Double.NaN), within(1e-12)));
    }

    @Test
    void bestOfFourIsRewardBenchs() throws IOException {
        JsonNode best = golden().path("best_of");
        List<BenchItem> items = new ArrayList<>();
        for (JsonNode row : best.path("rows")) {
            items.add(item(
                    "Math",
                    "m",
                    new double[] {row.get(0).asDouble()},
                    row.get(1).asDouble(),
                    row.get(2).asDouble(),
                    row.get(3).asDouble()));
        }
        assertThat(BenchFigures.of(items, score -> score).subsets().get("Math"))
                .isCloseTo(best.path("accuracy").asDouble(), within(1e-12));
    }

    @Test
    void theTiesScoreIsRewardBenchs() throws IOException {
        JsonNode cases = golden().path("ties");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode each : cases) {
            List<BenchItem> items = new ArrayList<>();
            for (JsonNode row : each.path("rows")) {
                double[] scores = new double[row.path("scores").size()];
                Arrays.setAll(scores, i -> row.path("scores").get(i).asDouble());
                int right = row.path("num_correct").asInt();
                items.add(item(
                        "Ties",
                        row.path("id").asText(),
                        Arrays.copyOf(scores, right),
                        Arrays.copyOfRange(scores, right, scores.length)));
            }
            assertThat(BenchFigures.of(items, score -> score).subsets().get("Ties"))
                    .isCloseTo(each.path("overall").asDouble(), within(1e-12));
        }
    }

    /**
     * Reference 0: right 2 above wrong 1. Tied 0: right 4 and 3 above wrong 1: spread 1, gap 2, smaller gap 1, which is not above 1;
     * tanh(1/1 - 1) = 0. So 0.3 + 0.3 + 0.2 + 0.
     */
    @Test
    void tiesByHand() {
        TiesScore ties = TiesScore.of(
                List.of(item("ties", "ref:0", new double[] {2}, 1), item("ties", "tied:0", new double[] {4, 3}, 1, 0)));
        assertThat(ties).isEqualTo(new TiesScore(1, 1, 1, 0, 0));
        assertThat(ties.overall()).isCloseTo(0.8, within(1e-12));
    }

    @Test
    void tiesWithoutTheirNamesAreRefused() {
        assertThatThrownBy(() -> TiesScore.of(List.of(item("Ties", "17", new double[] {2}, 1))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"17\"")
                .hasMessageContaining("ref:N or tied:N");
        assertThatThrownBy(() -> TiesScore.of(List.of(item("Ties", "tied:1", new double[] {2, 3}, 1))))
                .hasMessageContaining("no N has both");
    }

    /** Equal scores: a pair gets nothing, a list its share: one of two, two of three. */
    @Test
    void equalScoresShareInListsAlone() {
        assertThat(pair("a", 0, 1, 1).credit()).isZero();
        assertThat(item("a", "", new double[] {1}, 1, 0).credit()).isEqualTo(0.5);
        assertThat(item("a", "", new double[] {1, 1}, 1).credit()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(item("a", "", new double[] {1, 3}, 2).credit()).isEqualTo(1);
    }

    /** The longest answer is right in the first of two; the scores in both: half a point above it on average. */
    @Test
    @SuppressWarnings("unchecked")
    void lengthAloneIsAJudgeToo() {
        List<BenchItem> items = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            BenchItem.Side right = new BenchItem.Side(new double[] {1}, new double[] {i % 2 == 0 ? 9 : 2});
            BenchItem.Side wrong = new BenchItem.Side(new double[] {0}, new double[] {5});
            items.add(new BenchItem("mine", null, i, right, wrong, true));
        }
        BenchFigures figures = BenchFigures.of(items, score -> score);
        assertThat(figures.overLength().mean()).isEqualTo(0.5);
        assertThat(figures.overLength().clear()).isTrue();
        Map<String, Object> summary = figures.summary();
        assertThat(summary).containsEntry("accuracy", 1.0).containsEntry("length_accuracy", 0.5);
        assertThat(summary).doesNotContainKeys("sections", "reward_bench_2").containsKey("calibration");
        assertThat((Map<String, Object>) summary.get("subsets")).containsOnlyKeys("mine");
        assertThat(String.join("\n", figures.lines()))
                .contains("mine: accuracy 100.0 % of 40 rows", "better than taking the longest answer", "calibration");
    }
}
