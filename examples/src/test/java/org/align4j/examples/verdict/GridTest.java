package org.align4j.examples.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.verdict.Evidence;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Repetition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs of the demo's model, from rates that move nothing to rates that ruin it, each judged once by a person who read its answers
 * before and after ({@code read} and {@code verdict} of each file). Beside the judgement each file has what the run recorded: its
 * held-out rows' figures, rounded to a thousandth, its evaluations and its sampled answers.
 */
class GridTest {
    private static final Path GRID = Path.of("src", "test", "resources", "verdict", "grid");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    static List<Path> runs() throws IOException {
        try (Stream<Path> files = Files.list(GRID)) {
            return files.sorted().toList();
        }
    }

    private static Evidence evidence(JsonNode run) {
        List<Map<String, Double>> history =
                JSON.convertValue(run.get("history"), new TypeReference<List<Map<String, Double>>>() {});
        return new Evidence(
                MethodReports.of(run.get("command").asText()),
                JSON.convertValue(run.get("relations"), RowRelations.class),
                JSON.convertValue(run.get("evaluations"), Evaluations.class),
                new MetricHistory(history),
                run.get("answers").isEmpty()
                        ? null
                        : Repetition.of(
                                run.get("answers").findValuesAsText("before"),
                                run.get("answers").findValuesAsText("after")));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void theVerdictIsThatOfTheReader(Path file) throws IOException {
        JsonNode run = JSON.readTree(file.toFile());
        Judgement found = evidence(run).judge();
        assertThat(found.verdict().word())
                .as("%s: %s %s", run.get("run").asText(), run.get("read").asText(), found.text())
                .isEqualTo(run.get("verdict").asText());
    }

    /** No verdict is right by never being asked for. */
    @Test
    void theGridHasEveryVerdictAndMethod() throws IOException {
        assertThat(runs()).hasSizeGreaterThanOrEqualTo(12);
        StringBuilder all = new StringBuilder();
        for (Path file : runs()) {
            JsonNode run = JSON.readTree(file.toFile());
            all.append(run.get("verdict").asText())
                    .append(' ')
                    .append(run.get("command").asText())
                    .append(' ');
        }
        assertThat(all.toString().split(" "))
                .contains("better", "unchanged", "worse", "broken", "unclear", "dpo", "sft", "reward", "ppo");
    }
}
