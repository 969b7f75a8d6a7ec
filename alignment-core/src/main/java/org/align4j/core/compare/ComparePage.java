package org.align4j.core.compare;

import static org.align4j.core.page.HtmlText.html;

import org.align4j.core.compare.ComparisonResult.SystemFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.ItemBrowser;
import org.align4j.core.page.Wording;

/**
 * Writes {@code report.html} of a comparison: what it comes to, win rates with intervals, where they come from, and every prompt with
 * all answers and verdicts, to search and to filter. One file that loads nothing.
 */
public final class ComparePage {
    /** The page's name beside {@code compare.json}. */
    public static final String FILE_NAME = "report.html";

    private final ComparisonResult result;
    private final List<JudgeVerdict> verdicts;

    private ComparePage(ComparisonResult result, List<JudgeVerdict> verdicts) {
        this.result = result;
        this.verdicts = verdicts;
    }

    /**
     * Writes the page, replacing a former one.
     *
     * @param out the file to write
     * @param verdicts every verdict of every judge, with the answers
     */
    public static void write(Path out, ComparisonResult result, List<JudgeVerdict> verdicts) throws IOException {
        OutputFile.write(out, new ComparePage(result, verdicts).text().getBytes(StandardCharsets.UTF_8));
    }

    private String text() throws IOException {
        String names = result.systems().stream().map(SystemFacts::name).collect(Collectors.joining(", "));
        ItemBrowser answers = new AnswerItems(result, verdicts).browser();
        FigureSections figures = new FigureSections(result);
        String body = new VerdictHeader(result).header()
                + figures.winRates()
                + figures.table()
                + figures.groups()
                + figures.ratings()
                + figures.judges()
                + figures.systems()
                + answers.html(
                        "Answers side by side",
                        "The answers need JavaScript; they stand in verdicts.jsonl with every verdict, too.")
                + limits();
        return new HtmlPage(
                        names + " – Align4J comparison",
                        List.of(ItemBrowser.style()),
                        body,
                        "align compare. Figures: compare.json; every verdict: verdicts.jsonl.",
                        List.of(answers.script()))
                .text();
    }

    private String limits() {
        List<String> limits = new ArrayList<>();
        limits.add(
                "What people would prefer: a verdict is a judge's, and the intervals tell only how much other prompts of the"
                        + " same kind would change it, not whether the judge is right.");
        limits.add("Other prompts: " + Wording.count(result.prompts(), "prompt was", "prompts were")
                + " asked; what they don't ask, no figure tells.");
        int compared = result.judges().size();
        if (compared > 1) {
            limits.add(compared
                    + " win rates stand here, each with an interval that fails for one in twenty; of many, some"
                    + " lie outside by chance. Parts by tag, length and language are more still.");
        }
        if (result.judges().stream().anyMatch(each -> each.positionConsistency() == null)) {
            limits.add(
                    "Whether a reward model was trained on one of these systems' answers, or one of the systems on its"
                            + " scores; if so, its verdict says little.");
        }
        limits.add("Facts and safety: no judge here looks anything up.");
        limits.addAll(result.notes());
        return HtmlText.section(
                "What this doesn’t show",
                limits.stream()
                        .map(limit -> "<li>" + html(limit) + "</li>")
                        .collect(Collectors.joining("", "<ul class=\"limits\">", "</ul>")));
    }
}
