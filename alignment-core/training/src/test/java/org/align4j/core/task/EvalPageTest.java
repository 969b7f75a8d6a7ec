package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.SignTest;
import org.align4j.core.page.BrowsedPages;
import org.align4j.core.page.Wording;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of an evaluation against the figures and items that it is of. */
class EvalPageTest {
    @TempDir
    Path folder;

    private String page(TaskReport report, Map<String, Map<Integer, TaskItem>> earlier) throws IOException {
        Path out = folder.resolve(EvalPage.FILE_NAME);
        EvalPage.write(out, report, earlier);
        return Files.readString(out);
    }

    @Test
    void figuresAndItemsAreThoseOfTheEvaluation() throws IOException {
        TaskReport report = EvalPages.of(folder, 30, "text", 0.6);
        String page = page(report, Map.of());
        BrowsedPages.assertInert(page);
        for (TaskResult result : report.results()) {
            double rate = EvalPages.right(result).rate();
            String interval = Wording.between(EvalPages.right(result).wilson(0.95));
            assertThat(page)
                    .contains("<td>" + Wording.percent(rate) + "<small>" + interval + "</small></td>")
                    .contains(format("%.0f\u00a0%% right on %s (30 items, ", 100 * rate, result.name()));
        }
        JsonNode items = BrowsedPages.items(page).get("items");
        assertThat(items).hasSize(90);
        for (int i = 0; i < 30; i++) {
            boolean right = report.results().get(0).items().get(i).values().get("acc") == 1;
            assertThat(items.get(i).get("facets").get(1).asText()).isEqualTo(right ? "right" : "wrong");
            assertThat(items.get(i).get("sides")).hasSize(4);
            assertThat(items.get(i).get("sides").get(1).get("note").asText())
                    .isEqualTo(right ? "right, the model’s choice, −3.0000 nats" : "right, −5.0000 nats");
        }
        assertThat(page)
                .contains(
                        "guessing 25 %", "Instructions of ifeval", "punctuation:<wbr>no_<wbr>comma", ">Wrong</button>")
                .contains(">loosely</option>", "2 items of choices are in no figure")
                .doesNotContain("Newly wrong", "Against the earlier");
    }

    @Test
    void changedItemsAreFound() throws IOException {
        TaskReport before = EvalPages.of(folder, 30, "text", 0.2);
        TaskReport report = EvalPages.against(folder, before, 0.95);
        EarlierTasks earlier = EarlierTasks.read(folder.resolve("earlier"));
        Map<String, Map<Integer, TaskItem>> items = new HashMap<>();
        report.results().forEach(result -> items.put(result.name(), earlier.items(result)));
        String page = page(report, items);
        JsonNode browsed = BrowsedPages.items(page).get("items");
        int newlyRight = 0;
        for (int i = 0; i < 30; i++) {
            boolean was = before.results().get(0).items().get(i).values().get("acc") == 1;
            boolean is = report.results().get(0).items().get(i).values().get("acc") == 1;
            assertThat(browsed.get(i).get("facets").get(2).asText())
                    .isEqualTo(was == is ? "" : is ? "newly right" : "newly wrong");
            newlyRight += is && !was ? 1 : 0;
        }
        assertThat(newlyRight).isPositive();
        TaskDifference difference = report.differences().get(0);
        assertThat(page)
                .contains(
                        "<h1 class=\"better\">Better than before on choices (" + EvalJudgement.change(difference) + ")")
                .contains("<td>" + difference.signs().higher() + "</td><td>"
                        + difference.signs().lower() + "</td>")
                .contains(">Newly right</button>");
    }

    @Test
    void hostileItemsStayText() throws IOException {
        String page = page(EvalPages.of(folder, 2, BrowsedPages.HOSTILE.replace("\ud83d", ""), 0.5), Map.of());
        BrowsedPages.assertInert(page);
        assertThat(BrowsedPages.items(page).get("items").get(0).get("prompt").asText())
                .contains("</script><script>alert(1)", "<img src=x", "\\u0000", "\\u202eevil");
    }

    @Test
    void aDifferenceIsPraisedOnlyWhereItsIntervalLeavesZeroOut() throws IOException {
        TaskReport report = EvalPages.of(folder, 2, "text", 0.5);
        assertThat(EvalJudgement.of(with(report, difference(0.032, 0.005, 0.059))))
                .returns(Verdict.BETTER, judgement -> judgement.verdict())
                .returns(
                        "Better than before on choices (+3.2 points, +0.5 to +5.9).",
                        judgement -> judgement.headline());
        assertThat(EvalJudgement.of(with(report, difference(-0.032, -0.059, -0.005))))
                .returns(Verdict.WORSE, judgement -> judgement.verdict());
        assertThat(EvalJudgement.of(with(report, difference(0.032, -0.005, 0.059))))
                .returns(Verdict.UNCLEAR, judgement -> judgement.verdict())
                .returns(
                        "No difference is shown on choices (570 items, +3.2 points, −0.5 to +5.9).",
                        judgement -> judgement.headline());
        assertThat(EvalJudgement.of(report).verdict())
                .as("nothing to compare with")
                .isEqualTo(Verdict.UNCLEAR);
    }

    private static TaskReport with(TaskReport report, TaskDifference difference) {
        return new TaskReport(report.about(), report.settings(), report.results(), List.of(difference));
    }

    private static TaskDifference difference(double mean, double low, double high) {
        return new TaskDifference(
                "choices",
                "acc",
                570,
                0.6,
                0.6 + mean,
                new PairedDifference(mean, new Interval(low, high, 0.95)),
                new SignTest(40, 22));
    }
}
