package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.eval.Warning;
import org.align4j.core.report.ReportFiles.RowsReport;

/** Run directories written by hand, and what their pages show. */
public final class RunPages {
    private static final Pattern CHARTS = Pattern.compile("const CHARTS = (.*);\n");

    private RunPages() {}

    /**
     * Writes a run of {@code align dpo} on pairs, evaluated before its first step and after its last.
     *
     * @param folder that it stands in
     */
    public static Path run(Path folder, String name, int steps, String status) throws IOException {
        Path run = folder.resolve(name);
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.yaml"), "model: tiny\nlearning-rate: 2.0e-5\nloss: [sigmoid]\n");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"dpo\",\"seed\":42}");
        Files.writeString(
                run.resolve("result.json"),
                "{\"status\":\"" + status + "\",\"step\":" + steps + ",\"total_steps\":" + steps + "}");
        StringBuilder lines = new StringBuilder(
                "{\"step\":0,\"eval_loss\":0.6931,\"eval_rewards/accuracies\":0.0,\"eval_guard_perplexity\":10.0}\n");
        for (int step = 1; step <= steps; step++) {
            lines.append(
                    "{\"step\":%d,\"loss\":0.6,\"rewards/accuracies\":0.7,\"rewards/margins\":0.1,\"grad_norm\":2.5}\n"
                            .formatted(step));
        }
        lines.append(
                "{\"step\":%d,\"eval_loss\":0.64,\"eval_rewards/accuracies\":0.62,\"eval_guard_perplexity\":10.2}\n"
                        .formatted(steps));
        Files.writeString(run.resolve("metrics.jsonl"), lines);
        Files.writeString(
                run.resolve("evaluation.json"),
                "{\"first\":{\"step\":0,\"rows\":" + pairs(400) + "},\"last\":{\"step\":" + steps + ",\"rows\":"
                        + pairs(554) + "}}");
        ReportFiles files = new ReportFiles(run);
        files.writeWarnings(List.of(new Warning("few-rows", "There are only 3 rows.", "Collect more.")));
        files.writeRows(new RowsReport(
                List.of(new RowsReport.RowSet("eval", List.of("e.jsonl"), 1000, 893, Map.of("too long", 107L))),
                List.of()));
        return run;
    }

    /** 893 pairs of answers with ten tokens; in the first ones the chosen answer is likelier by 0.1 nats, in the others less likely. */
    private static String pairs(int likelier) {
        StringBuilder chosen = new StringBuilder();
        StringBuilder rejected = new StringBuilder();
        StringBuilder tokens = new StringBuilder();
        for (int i = 0; i < 893; i++) {
            String comma = i == 0 ? "" : ",";
            chosen.append(comma).append(i < likelier ? -20.0 : -20.1);
            rejected.append(comma).append(i < likelier ? -20.1 : -20.0);
            tokens.append(comma).append(10);
        }
        return "{\"kind\":\"pairs\",\"chosen\":[" + chosen + "],\"rejected\":[" + rejected + "],\"chosen_tokens\":["
                + tokens + "]}";
    }

    /** Writes a run of a command with such metrics and options, without rows of an evaluation. */
    public static Path run(Path folder, String command, String lines, String config) throws IOException {
        Path run = run(folder, "written", 2, "done");
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n" + config);
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"" + command + "\"}");
        Files.delete(run.resolve("evaluation.json"));
        Files.writeString(run.resolve("metrics.jsonl"), lines + "\n");
        return run;
    }

    /** The title and the note of each chart. */
    public static List<String> notes(Path run) throws IOException {
        List<String> notes = new ArrayList<>();
        charts(page(run))
                .forEach(chart -> notes.add(
                        chart.get("title").asText() + ": " + chart.get("note").asText()));
        return notes;
    }

    /** The titles of a page's charts. */
    public static List<String> titles(String page) throws IOException {
        List<String> titles = new ArrayList<>();
        charts(page).forEach(chart -> titles.add(chart.get("title").asText()));
        return titles;
    }

    /** What the page says below its first headline. */
    public static String verdict(Path run) throws IOException {
        String page = page(run);
        return page.substring(page.indexOf("<h1"), page.indexOf("</header>"));
    }

    /** Writes the page of a run. */
    public static String page(Path run) throws IOException {
        return Files.readString(HtmlReport.write(run)).replace('\u00a0', ' ');
    }

    /** The charts of a page, as its script reads them. */
    public static JsonNode charts(String page) throws IOException {
        Matcher matcher = CHARTS.matcher(page);
        assertThat(matcher.find()).isTrue();
        return new ObjectMapper().readTree(matcher.group(1));
    }
}
