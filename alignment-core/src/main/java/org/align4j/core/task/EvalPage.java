package org.align4j.core.task;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.ItemBrowser;
import org.align4j.core.page.Wording;
import org.align4j.core.verdict.Judgement;

/**
 * Writes {@code report.html} of an evaluation: what it comes to, figures with intervals, differences from an earlier evaluation, and
 * every item to search and to filter. One file that loads nothing.
 */
public final class EvalPage {
    /** The page's name beside {@code eval.json}. */
    public static final String FILE_NAME = "report.html";

    private EvalPage() {}

    /**
     * Writes the page, replacing a former one.
     *
     * @param out the file to write
     * @param earlier of each task, what an earlier evaluation made of its items by their number; empty where there is none
     */
    public static void write(Path out, TaskReport report, Map<String, Map<Integer, TaskItem>> earlier)
            throws IOException {
        TaskSections sections = new TaskSections(report);
        ItemBrowser items = TaskItems.of(report, earlier);
        String page = new HtmlPage(
                        model(report) + " – Align4J evaluation",
                        List.of(ItemBrowser.style()),
                        header(report)
                                + sections.figures()
                                + sections.differences()
                                + sections.instructions()
                                + items.html("Items", "The items need JavaScript; they stand in items-NAME.jsonl, too.")
                                + limits(report)
                                + section("How it was asked", Details.table(settings(report))),
                        "align eval. Figures: eval.json; every item: items-NAME.jsonl.",
                        List.of(items.script()))
                .text();
        OutputFile.write(out, page.getBytes(StandardCharsets.UTF_8));
    }

    private static String model(TaskReport report) {
        Object adapter = report.about().get("adapter");
        return report.about().getOrDefault("model", "a model") + (adapter == null ? "" : " with " + adapter);
    }

    private static String header(TaskReport report) {
        Judgement judgement = EvalJudgement.of(report);
        Object against = report.about().get("against");
        return "<header><p class=\"run\"><strong>" + html(model(report)) + "</strong><span>"
                + Wording.count(report.results().size(), "task", "tasks") + "</span>"
                + (against == null ? "" : "<span>" + html("against " + against) + "</span>") + "</p><h1 class=\""
                + (report.differences().isEmpty() ? "" : judgement.verdict().word()) + "\">"
                + html(Wording.unparted(judgement.headline())) + "</h1>"
                + (judgement.reasons().isEmpty()
                        ? ""
                        : "<p class=\"lead\">" + html(Wording.unparted("Now: " + String.join(" ", judgement.reasons())))
                                + "</p>")
                + "</header>";
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> settings(TaskReport report) {
        return (Map<String, ?>) report.document().getOrDefault("settings", Map.of());
    }

    private static String limits(TaskReport report) {
        List<String> limits = new ArrayList<>();
        limits.add("Whether the model saw these items in training; a task that is public may have been.");
        limits.add("What other prompts or examples would give: one wording was asked, and figures move with it.");
        limits.add(
                "More than the items tell: an interval says how far other items of the same kind would move a figure.");
        if (report.results().size() > 1) {
            limits.add(
                    "Each of several tasks has an interval that fails for one in twenty; of many, some lie outside by chance.");
        }
        if (report.results().stream().anyMatch(each -> each.task().kind() == TaskKind.MULTIPLE_CHOICE)) {
            limits.add(
                    "What the model would write: in multiple choice it writes nothing, the likeliest choice is taken.");
        }
        for (TaskResult result : report.results()) {
            if (result.dropped() > 0) {
                limits.add(Wording.count(result.dropped(), "item", "items") + " of " + result.name()
                        + (result.dropped() == 1 ? " is" : " are")
                        + " in no figure, since the model can't take so many tokens.");
            }
            if (result.unscored() > 0) {
                limits.add(Wording.count(result.unscored(), "token", "tokens") + " of " + result.name()
                        + (result.unscored() == 1 ? " is" : " are")
                        + " in no figure, since nothing stands before the first token of a window or of a text.");
            }
        }
        return section(
                "What this doesn’t show",
                limits.stream()
                        .map(limit -> "<li>" + html(limit) + "</li>")
                        .collect(Collectors.joining("", "<ul class=\"limits\">", "</ul>")));
    }
}
