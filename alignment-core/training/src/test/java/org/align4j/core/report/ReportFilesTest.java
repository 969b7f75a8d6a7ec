package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Warning;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.files.Json;
import org.align4j.core.report.ReportFiles.RowsReport;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportFilesTest {
    @TempDir
    Path run;

    @Test
    void readsWhatItWrote() throws IOException {
        ReportFiles files = new ReportFiles(run);
        List<Warning> warnings = List.of(new Warning("few-rows", "There are only 3 rows.", "Collect more."));
        List<Sample> samples = List.of(
                new Sample(4, "Hi?", "no", "Yes, \u2028 <b>", null, null),
                new Sample(
                        5,
                        new ShownPrompt("<|user|>Hi<|end|>", List.of(Message.of("user", "Hi"))),
                        "no",
                        null,
                        null,
                        null,
                        null));
        Map<String, Long> dropped = new LinkedHashMap<>();
        dropped.put("too long", 3L);
        dropped.put("chosen equals rejected", 1L);
        RowsReport rows = new RowsReport(
                List.of(new RowsReport.RowSet("train", List.of("a.jsonl"), 10, 6, dropped)), List.of("A note."));
        files.writeWarnings(warnings);
        files.writeSamples(samples);
        files.writeRows(rows);
        assertThat(files.warnings()).isEqualTo(warnings);
        assertThat(files.samples()).isEqualTo(samples);
        assertThat(Json.read(Files.readString(run.resolve("samples.json")))
                        .get(1)
                        .path("turns"))
                .hasToString("[{\"role\":\"user\",\"content\":\"Hi\"}]");
        assertThat(files.rows()).contains(rows);
        assertThat(rows.set("train").orElseThrow().dropped().keySet())
                .containsExactly("too long", "chosen equals rejected");
        assertThat(rows.set("eval")).isEmpty();
    }

    /** Runs of earlier versions have a prompt's text alone. */
    @Test
    void samplesWithoutTurnsAreRead() throws IOException {
        Files.writeString(run.resolve("samples.json"), "[{\"row\":0,\"prompt\":\"Hi?\",\"before\":\"no\"}]");
        assertThat(new ReportFiles(run).samples()).containsExactly(new Sample(0, "Hi?", "no", null, null, null));
    }

    @Test
    void nothingWrittenIsNothingToTell() throws IOException {
        ReportFiles files = new ReportFiles(run);
        assertThat(files.warnings()).isEmpty();
        assertThat(files.samples()).isEmpty();
        assertThat(files.rows()).isEmpty();
    }

    @Test
    void aForeignFileIsNamed() throws IOException {
        Files.writeString(run.resolve("samples.json"), "[{]");
        assertThatThrownBy(() -> new ReportFiles(run).samples())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("samples.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"texts\",\"log_probs\":null,\"tokens\":[5,6]}",
                "{\"kind\":\"texts\",\"log_probs\":[-1,-2],\"tokens\":[5]}",
                "{\"kind\":\"texts\",\"log_probs\":[-1],\"tokens\":[5]}",
                "{\"kind\":\"texts\",\"log_probs\":[],\"tokens\":[]}",
                "{\"kind\":\"rollouts\",\"scores\":[1,2]}",
                "null"
            })
    void anEvaluationThatLacksFiguresIsNamed(String rows) throws IOException {
        String first = "{\"kind\":\"texts\",\"log_probs\":[-1,-2],\"tokens\":[5,6]}";
        Files.writeString(
                run.resolve("evaluation.json"),
                "{\"first\":{\"step\":0,\"rows\":" + first + "},\"last\":{\"step\":2,\"rows\":" + rows + "}}");
        assertThatThrownBy(() -> new ReportFiles(run).evaluations())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("evaluation.json");
    }

    @Test
    void progressLines() {
        ProgressLine line = new ProgressLine(
                1000,
                MethodFigures.of(List.of(
                        Figure.of("rewards/margins", Meaning.MARGIN),
                        Figure.of("rewards/accuracies", Meaning.ACCURACY))));
        Map<String, Double> metrics = Map.of(
                "loss",
                0.51239,
                "rewards/margins",
                0.8312,
                "rewards/accuracies",
                0.8125,
                "learning_rate",
                1.76e-5,
                "tokens_per_second",
                2310.4);
        assertThat(line.format(120, metrics, Duration.ofSeconds(245)))
                .isEqualTo("step  120/1000   12 %  loss 0.5124  margin 0.831  accuracy 0.81  lr 1.8e-05"
                        + "  2,310 tok/s  4 min left");
        assertThat(line.format(1000, Map.of("loss", Double.NaN), Duration.ZERO))
                .isEqualTo("step 1000/1000  100 %  loss NaN");
        assertThat(line.formatEvaluation(0, Map.of("eval_loss", 0.6931))).endsWith("first step: loss 0.6931");
    }
}
