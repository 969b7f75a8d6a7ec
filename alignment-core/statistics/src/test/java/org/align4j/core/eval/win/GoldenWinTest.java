package org.align4j.core.eval.win;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.BradleyTerry.Contest;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.junit.jupiter.api.Test;

/** Figures of sklearn, krippendorff, scipy and alpaca_eval, made by the scripts beside them. */
class GoldenWinTest {
    private static final ClusterBootstrap BOOTSTRAP = new ClusterBootstrap(50, 1, 0.95);
    private static final Path FIGURES = Path.of("src", "test", "resources", "reference", "win");

    private static JsonNode read(String name) throws IOException {
        return new ObjectMapper().readTree(FIGURES.resolve(name).toFile());
    }

    @Test
    void kappaAndAlphaAreThoseOfThePeers() throws IOException {
        JsonNode cases = read("win.json").path("agreement");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode each : cases) {
            List<JudgedItem> items = new ArrayList<>();
            for (JsonNode row : each.path("verdicts")) {
                List<String> verdicts = new ArrayList<>();
                row.forEach(word -> verdicts.add(word.isNull() ? null : word.asText()));
                items.add(new JudgedItem("prompt " + items.size(), verdicts));
            }
            assertThat(JudgeAgreement.kappa(items, 0, 1, BOOTSTRAP)
                            .orElseThrow()
                            .value())
                    .isCloseTo(each.path("kappa").asDouble(), within(1e-12));
            assertThat(JudgeAgreement.alpha(items, BOOTSTRAP).orElseThrow().value())
                    .isCloseTo(each.path("alpha").asDouble(), within(1e-12));
        }
    }

    @Test
    void ratingsAreThoseOfASlowFit() throws IOException {
        JsonNode cases = read("win.json").path("ratings");
        assertThat(cases.size()).isEqualTo(2);
        for (JsonNode each : cases) {
            List<Contest> contests = new ArrayList<>();
            each.path("contests")
                    .forEach(played -> contests.add(new Contest(
                            "prompt " + contests.size(),
                            played.get(0).asText(),
                            played.get(1).asText(),
                            played.get(2).asDouble())));
            BradleyTerry found = BradleyTerry.of(contests, BOOTSTRAP);
            JsonNode ratings = each.path("ratings");
            assertThat(found.ratings()).hasSize(ratings.size());
            found.ratings()
                    .forEach((system, rating) -> assertThat(rating.rating())
                            .isCloseTo(ratings.get(Integer.parseInt(system)).asDouble(), within(0.01)));
        }
    }

    /** Within 0.1 points of the win rate, as promised: alpaca_eval stops its own fit early. */
    @Test
    void alpacaEvalsLengthControlIsItsOwn() throws IOException {
        for (JsonNode each : read("alpaca.json")) {
            AlpacaAnchors anchors = anchors(each);
            List<WinOutcome> outcomes = new ArrayList<>();
            each.path("outcomes")
                    .forEach(row -> outcomes.add(new WinOutcome(
                            "p" + outcomes.size(),
                            row.get(0).asDouble(),
                            row.get(1).asInt(),
                            row.get(2).asInt())));
            int[] instructions =
                    java.util.stream.IntStream.range(0, outcomes.size()).toArray();
            AlpacaLengthControl found = AlpacaLengthControl.of(anchors, outcomes, instructions);
            assertThat(100 * WinRate.of(outcomes, 0.95).rate())
                    .isCloseTo(each.path("win_rate").asDouble(), within(1e-9));
            assertThat(100 * found.rate())
                    .isCloseTo(each.path("length_controlled_winrate").asDouble(), within(0.1));
            assertThat(100 * found.standardError())
                    .isCloseTo(each.path("lc_standard_error").asDouble(), within(0.02));
        }
    }

    private static AlpacaAnchors anchors(JsonNode from) {
        Map<Integer, Double> difficulties = new HashMap<>();
        from.path("difficulties").forEach(value -> difficulties.put(difficulties.size(), value.asDouble()));
        List<AlpacaAnchors.Anchor> anchors = new ArrayList<>();
        from.path("anchors")
                .forEach(row -> anchors.add(new AlpacaAnchors.Anchor(
                        row.get(0).asInt(), row.get(1).asDouble(), row.get(2).asDouble())));
        return new AlpacaAnchors(difficulties, anchors);
    }
}
