package org.align4j.core.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.Sample;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    @TempDir
    Path folder;

    @Test
    void carriesEverythingItShows() throws IOException {
        String page = RunPages.page(RunPages.run(folder, "first", 60, "done"));
        assertThat(page).contains("default-src 'none'", "uPlot");
        assertThat(page).doesNotContain("src=\"", "href=\"http", "@import", "url(");
    }

    /** Text of a row must neither become markup nor end the script. */
    @Test
    void escapesWhatRowsHold() throws IOException {
        Path run = RunPages.run(folder, "first", 3, "done");
        String hostile = "</script><script>alert(1)</script> {{charts}} $1 <!-- \u2028";
        new ReportFiles(run).writeSamples(List.of(new Sample(0, hostile, hostile, hostile, hostile, hostile)));
        Files.writeString(run.resolve("config.yaml"), "model: \"" + hostile.replace("\u2028", "") + "\"\n");
        String page = RunPages.page(run);
        assertThat(page)
                .doesNotContain("alert(1)</script>")
                .contains("&lt;/script&gt;&lt;script&gt;alert(1)", "{{charts}} $1");
        assertThat(page.split("<script>", -1)).hasSize(3);
        assertThat(page.split("</script>", -1)).hasSize(3);
    }

    @Test
    void aRunThatWasStoppedEarly() throws IOException {
        Path run = folder.resolve("short");
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n");
        assertThat(RunPages.page(run))
                .doesNotContain("No module here")
                .contains("The run is before its first step, or was killed there.", "charts need two");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"dpo\"}");
        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.6931}\n{\"step\":2,\"loss\":null}\n");
        Files.writeString(
                run.resolve("result.json"),
                "{\"status\":\"stopped\",\"step\":2,\"total_steps\":1000,\"reason\":\"SIGTERM\"}");
        assertThat(RunPages.page(run))
                .contains("The run was stopped at step 2 of 1,000.", "SIGTERM.", "align resume short")
                .contains("No evaluation was done");
    }

    /** Every figure of every step, once; what is no number is left empty, a name with a comma stands in quotes. */
    @Test
    void figuresOfAllStepsAsCommaSeparatedValues() throws IOException {
        Path first = RunPages.run(folder, "a,b", 2, "done");
        Path second = RunPages.run(folder, "dpo", "{\"step\":1,\"loss\":null}", "");
        Path csv = folder.resolve("figures.csv");
        HtmlReport.read(List.of(first, second)).csv(csv);
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines.get(0)).isEqualTo("run,step,figure,value");
        assertThat(lines)
                .hasSize(1 + 3 + 2 * 4 + 3 + 1)
                .contains("\"a,b\",0,eval_loss,0.6931", "\"a,b\",2,grad_norm,2.5", "written,1,loss,");
        assertThat(Files.readString(csv)).endsWith("\r\n");
    }

    /** Without rows of an evaluation before and after, nothing is better: a falling training loss decides nothing. */
    @Test
    void aFallingTrainingLossIsNotPraised() throws IOException {
        String lines = "{\"step\":1,\"loss\":3.5}\n{\"step\":2,\"loss\":2.5}";
        assertThat(RunPages.verdict(RunPages.run(folder, "sft", lines, "")))
                .contains("Unclear: nothing was held out", "The training loss went from 3.500 at the first step to 2.500 at the last.");
    }

    /** The module that knows the command isn't here: what every run has is shown, and what is missing is told. */
    @Test
    void aRunOfAnUnknownCommandIsShownWithoutItsOwnParts() throws IOException {
        Path run = RunPages.run(folder, "foreign", 60, "done");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"brew\"}");
        String page = RunPages.page(run);
        assertThat(page)
                .contains(
                        "No module here knows the command brew, so that this page is without its charts and sections.")
                .contains("Better: the chosen answer is likelier in 62.0 %", "Perplexity on general text");
        assertThat(RunPages.titles(page)).containsExactly("Loss", "Gradient norm", "Perplexity on general text");
    }

    @Test
    void severalRunsSideBySide() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        Path second = RunPages.run(folder, "second", 40, "done");
        Files.writeString(second.resolve("config.yaml"), "model: tiny\nlearning-rate: 1.0e-4\n");
        Path page = folder.resolve("comparison.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        String text = Files.readString(page);
        assertThat(text).contains("2 runs side by side", "What was set differently", "learning-rate", "1e-4");
        assertThat(RunPages.charts(text).get(0).get("lines")).hasSize(2);
        assertThat(RunPages.charts(text).get(0).get("lines").get(1).get("label").asText())
                .isEqualTo("second");
    }

    @Test
    void theCommandWritesAndNamesThem() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        Path second = RunPages.run(folder, "second", 40, "done");
        Path page = folder.resolve("both.html");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", first.toString(), second.toString(), "--out", page.toString()))
                .isZero();
        assertThat(terminal.captureOutput())
                .contains(first.resolve("report.html").toString(), "Side by side: " + page);
        assertThat(page).exists();
        assertThat(first.resolve("report.html")).exists();
    }

    @Test
    void whatIsNoRunIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        assertThatThrownBy(() -> HtmlReport.write(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no run directory");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", first.toString(), folder.toString()))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("no config.yaml");
        assertThat(first.resolve("report.html")).doesNotExist();
        assertThat(Align.run(terminal, "report", first.toString(), "--out", "x.html"))
                .isEqualTo(2);
        Files.writeString(first.resolve("manifest.json"), "{");
        assertThatThrownBy(() -> HtmlReport.write(first)).hasMessageContaining("manifest.json can't be read");
    }

    @Test
    void aDamagedResultIsToldByWhatElseTheRunLeft() throws IOException {
        Path run = RunPages.run(folder, "damaged", 60, "done");
        Files.writeString(run.resolve("result.json"), "{");
        assertThat(RunPages.page(run)).contains("<span>running</span><span>60 steps");
        Files.createDirectory(run.resolve("adapter"));
        assertThat(RunPages.page(run)).contains("<span>done</span><span>60 steps");
        assertThat(run.resolve("result.json")).hasContent("{");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", run.toString())).isZero();
        assertThat(Files.readString(run.resolve("result.json"))).contains("\"done\"", "\"eval_loss\" : 0.64");
    }

    @Test
    void whatWasChangedOnTheWayIsTold() throws IOException {
        Path run = RunPages.run(folder, "changed", 60, "done");
        assertThat(RunPages.page(run)).doesNotContain("Changed on the way");
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"command\":\"dpo\",\"run_id\":\"abc\",\"options\":{\"weight-decay\":\"0.125\"},\"changes\":[{\"step\":31,"
                        + "\"time\":\"2026-01-15T12:00:00Z\",\"name\":\"learning-rate\",\"before\":\"1.0E-4\",\"after\":\"<b>\"}]}");
        assertThat(RunPages.page(run))
                .contains(
                        "Changed on the way",
                        "<th scope=\"row\">learning-rate</th><td>31</td><td>1.0E-4</td><td>&lt;b&gt;</td>",
                        "2026-01-15T12:00:00Z",
                        "from step 1 has other figures",
                        "run_id")
                .doesNotContain("0.125");
    }

    /** Long runs are thinned to 2,000 points by means: of 6,000 values 1 … 6,000 the first three have mean 2. */
    @Test
    void longRunsAreThinned() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= 6000; step++) {
            lines.append("{\"step\":" + step + ",\"loss\":" + step + "}\n");
        }
        Path run = RunPages.run(folder, "long", 1, "done");
        Files.writeString(run.resolve("metrics.jsonl"), lines);
        JsonNode line = RunPages.charts(RunPages.page(run)).get(0).get("lines").get(0);
        assertThat(line.get("values")).hasSize(2000);
        assertThat(line.get("steps").get(0).asInt()).isEqualTo(3);
        assertThat(line.get("values").get(0).asDouble()).isEqualTo(2);
    }
}
